"""From request to release: who may decide, when a release is allowed, and the signed decisions in between."""

"""The release bundle: what leaves, with everything needed to check for ever after that it was allowed to."""

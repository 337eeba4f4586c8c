"""Zone 1: raw deliveries with direct identifiers in, linkable data packages without them out."""

"""Zone 3: the only door out. The analyst asks, the checker computes, protects and renders; two people decide."""

"""Synthetic city: what source holders would deliver, with a documented truth planted in it."""

"""Recipes: derived tables that the checker makes again itself, and who stands behind each of their rows."""

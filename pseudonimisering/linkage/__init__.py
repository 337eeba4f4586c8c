"""Probabilistic linkage of persons where no common number exists, inside zone 1.

sides        which table and columns of a contract        persons      what persons are compared by
comparisons  levels and blocking rules                    candidates   pairs and their levels, by Splink
frequencies  how rare a shared value is                   calibration  probabilities that can be believed
link         two deliveries become a package

The method and its limits: docs/explanation/probabilistic-linkage.md.
"""

from pseudonimisering.linkage.link import DEFAULT_THRESHOLD, Linked, link, source_name

__all__ = ["DEFAULT_THRESHOLD", "Linked", "link", "source_name"]

"""Unit columns: which columns of a table hold pseudonyms, and of whom."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of a table or of a recipe's result.

    unit, domain: set only when the column is a genuine, unchanged pseudonym column. A record number has a domain and
    no unit. unit: the protected kind, or one word per numbering where a kind is numbered in more ways than one (a
    dwelling and its address): what has the same word is counted together. type: of the values; empty where only the
    engine knows.
    """

    name: str
    unit: str | None
    domain: str | None
    type: str

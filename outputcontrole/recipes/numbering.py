"""How units of a protected kind are numbered: a dwelling is one by its own number, and one by its address.

Lists of contributors are kept per numbering. In one list of both, a dwelling would count for two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zoo_formaat.package import FieldDescription


@dataclass(frozen=True)
class Numbering:
    """A protected kind and the domain of its pseudonyms; of owners, whose numberings are one, None."""

    kind: str
    domain: str | None

    @classmethod
    def of(cls, column: FieldDescription) -> "Numbering":
        """Return the numbering of a column of a protected unit; raises ValueError for another column."""
        if column.eenheid is None:
            raise ValueError(f"column {column.name} has no protected unit")
        return cls(column.eenheid, None if column.eenheid == "eigenaar" else column.domein)


class Numberings:
    """The numberings that occur in tables, each with a short label that can be part of a column's name."""

    def __init__(self, tables: Iterable[Mapping[str, FieldDescription]]) -> None:
        """Number what the tables hold; the labels follow from that alone, whatever the order."""
        found = {Numbering.of(column) for table in tables for column in table.values() if column.eenheid is not None}
        kinds = [numbering.kind for numbering in found]
        self._labels: dict[Numbering, str] = {}
        for numbering in sorted(found, key=lambda one: (one.kind, one.domain or "")):
            taken = sum(known.kind == numbering.kind for known in self._labels)
            several = kinds.count(numbering.kind) > 1
            self._labels[numbering] = f"{numbering.kind}_{taken + 1}" if several else numbering.kind
        self._of = {label: numbering for numbering, label in self._labels.items()}

    def label(self, column: FieldDescription) -> str | None:
        """Return the label of a column's numbering, None for a column of no protected unit."""
        return None if column.eenheid is None else self._labels[Numbering.of(column)]

    def of(self, label: str) -> Numbering:
        """Return the numbering of a label; raises KeyError."""
        return self._of[label]

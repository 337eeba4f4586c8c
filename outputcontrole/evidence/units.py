"""The protected units behind a row, as SQL."""

from collections.abc import Mapping
from dataclasses import dataclass

from outputcontrole.access import quoted
from outputcontrole.asked import lists_units
from outputcontrole.derived import AnySource
from outputcontrole.evidence.placed_rows import PlacedRows
from zoo_formaat.package import FieldDescription


@dataclass(frozen=True)
class Numbering:
    """One way in which the units of a kind are numbered.

    columns: quoted names of columns with a pseudonym. lists: quoted names of columns with a list of them.
    """

    columns: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def held(self) -> str:
        """SQL for the list of pseudonyms in a row; missing ones and double ones may be among them."""
        parts = [*(f"[{name}]" for name in self.columns), *(f"coalesce({name}, [])" for name in self.lists)]
        return parts[0] if len(parts) == 1 else f"flatten([{', '.join(parts)}])"

    def contributions(self, placed: PlacedRows, amount: str | None) -> str:
        """SQL for a row per row and distinct unit in it: the places, `eenheid`, and `bedrag` if an amount is asked.

        amount: SQL for what the row adds to each unit in it.
        """
        asked = {} if amount is None else {"bedrag": amount}
        if self.lists:
            listed = {"eenheid": f"unnest(list_distinct({self.held}))", **asked}
            return placed.select(listed, "eenheid IS NOT NULL")
        parts = []
        for number, column in enumerate(self.columns):
            # a unit that is in the row twice, as buyer and as seller, is in it once
            before = [f"{column} IS DISTINCT FROM {earlier}" for earlier in self.columns[:number]]
            own = f"CASE WHEN {' AND '.join(before)} THEN {column} END" if before else column
            parts.append(placed.select({"eenheid": own, **asked}, "eenheid IS NOT NULL"))
        return " UNION ALL ".join(parts)


def numberings(source: AnySource, columns: Mapping[str, FieldDescription]) -> dict[str, list[Numbering]]:
    """Return per protected unit kind the ways in which its units are numbered.

    Owners are persons or legal persons, so for them both numberings are one.
    """
    held: dict[str, dict[str | None, Numbering]] = {}
    for name, column in columns.items():
        if column.eenheid is None:
            continue
        of_kind = held.setdefault(column.eenheid, {})
        domain = None if column.eenheid == "eigenaar" else column.domein
        known = of_kind.get(domain, Numbering())
        if lists_units(source, name):
            of_kind[domain] = Numbering(known.columns, (*known.lists, quoted(name)))
        else:
            of_kind[domain] = Numbering((*known.columns, quoted(name)), known.lists)
    return {kind: list(of_kind.values()) for kind, of_kind in held.items()}


def unit_columns(source: AnySource, columns: Mapping[str, FieldDescription]) -> dict[str, list[str]]:
    """Return the same as SQL for the list of pseudonyms in a row."""
    return {kind: [one.held for one in of_kind] for kind, of_kind in numberings(source, columns).items()}

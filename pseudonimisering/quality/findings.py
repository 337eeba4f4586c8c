"""What stands out in a report, by fixed limits; each finding names a column or table, never a unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pseudonimisering.quality.sources import UNEXPECTED_ROWS, share

if TYPE_CHECKING:
    from pseudonimisering.quality.measure import Report

VALID = 0.99
"""The least share of usable identifiers; below it the source has a fault at its root."""
OUTSIDE = 0.05
"""The largest share of a column's rows with an address that the register of addresses does not have."""


@dataclass(frozen=True)
class Finding:
    """One finding. soort: which limit was passed; waarde and grens: the figure and its limit (shares are 0 to 1).

    ernst: `opvallend` calls for an answer from the holder before the source is used; `let_op` for a look.
    """

    ernst: Literal["opvallend", "let_op"]
    soort: str
    onderwerp: str
    waarde: float
    grens: float


def find(report: "Report") -> list[Finding]:
    """Return what stands out, the serious first."""
    found = [*_tables(report), *_keys(report), *_links(report), *_addresses(report), *_drift(report)]
    return sorted(found, key=lambda finding: (finding.ernst != "opvallend", finding.soort, finding.onderwerp))


def _tables(report: "Report") -> Iterator[Finding]:
    for table in report.tabellen:
        beyond = table.verworpen.get(UNEXPECTED_ROWS, 0)
        if beyond:
            yield Finding("opvallend", UNEXPECTED_ROWS, f"{table.bron}.{table.tabel}", beyond, 0)


def _keys(report: "Report") -> Iterator[Finding]:
    for key in report.sleutels:
        name = f"{key.bron}.{key.tabel}.{key.kolom}"
        if key.aangeboden >= report.drempel and key.geldigheid < VALID:
            yield Finding("opvallend", "geldigheid", name, key.geldigheid, VALID)
        if key.verwachte_dekking is not None and key.dekking < key.verwachte_dekking:
            yield Finding("opvallend", "dekking", name, key.dekking, key.verwachte_dekking)


def _links(report: "Report") -> Iterator[Finding]:
    for link in report.verwachtingen:
        if link.verwacht and link.deel < link.minimum:
            declared = link.herkomst == "opgegeven"
            yield Finding(
                "opvallend" if declared else "let_op", "koppeling", f"{link.van} → {link.naar}", link.deel, link.minimum
            )


def _addresses(report: "Report") -> Iterator[Finding]:
    for column in report.adressen.kolommen:
        if column.rijen_buiten_register is not None:
            outside = share(column.rijen_buiten_register, column.gevuld)
            if outside > OUTSIDE:
                yield Finding("let_op", "buiten_register", column.kolom, outside, OUTSIDE)
    for codes in report.adressen.codes:
        if codes.rijen_dood >= report.drempel:
            yield Finding("let_op", "dode_codes", codes.kolom, share(codes.rijen_dood, codes.rijen), 0.0)


def _drift(report: "Report") -> Iterator[Finding]:
    from pseudonimisering.quality import drift

    if report.verloop is None:
        return
    for table in report.verloop.tabellen:
        if table.opvallend:
            yield Finding("opvallend", "rijen", f"{table.bron}.{table.tabel}", table.verandering, drift.ROWS)
    for key in report.verloop.sleutels:
        changes = {
            "geldigheid": (key.geldigheid - key.geldigheid_vorige, drift.VALID),
            "dekking": (key.dekking - key.dekking_vorige, drift.FILLED),
            "gekoppeld": ((key.gekoppeld or 0) - (key.gekoppeld_vorige or 0), drift.LINKED),
            "nieuw": (share(key.nieuw or 0, (key.nieuw or 0) + (key.gebleven or 0)), drift.UNITS),
            "verdwenen": (share(key.verdwenen or 0, (key.verdwenen or 0) + (key.gebleven or 0)), drift.UNITS),
        }
        for measure in key.opvallend:
            yield Finding("opvallend", f"verloop_{measure}", key.kolom, *changes[measure])
    for value in report.verloop.waarden:
        if value.oordeel != "stabiel":
            limit = drift.PSI_NOTABLE if value.oordeel == "opvallend" else drift.PSI_LOOK
            yield Finding(value.oordeel, "verdeling", value.kolom, value.psi, limit)

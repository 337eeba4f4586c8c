"""The report as an HTML page: one file, no network, no script, readable in print and without colour."""

from collections.abc import Iterator
from typing import Any

from pseudonimisering.pages import Language, render
from pseudonimisering.quality.keys import KeyQuality
from pseudonimisering.quality.measure import Report
from pseudonimisering.quality.units import CLASSES
from pseudonimisering.quality.words import finding_text, reason_text, word

OWN = "recordnummer:"
"""How the domain of a source's own record numbers begins."""


def quality_page(report: Report, language: Language = "nl") -> str:
    """Return the page of a report."""
    vacancy = report.adressen.leegstand
    return render(
        "quality.html.j2",
        language,
        report=report,
        findings=[
            {
                "severity": word(finding.ernst, language),
                "serious": finding.ernst == "opvallend",
                "subject": finding.onderwerp,
                "text": finding_text(finding, language),
            }
            for finding in report.bevindingen
        ],
        tables=list(_tables(report, language)),
        keys=list(_keys(report)),
        classes=list(CLASSES),
        lost=list(_lost(report, language)),
        matrices=list(_matrices(report)),
        register=vacancy.register if vacancy else None,
        words={name: word(name, language) for name in ("geldigheid", "dekking", "gekoppeld", "nieuw", "verdwenen")},
        judgements={name: word(name, language) for name in ("stabiel", "let_op", "opvallend")},
    )


def _tables(report: Report, language: Language) -> Iterator[dict[str, Any]]:
    for table in report.tabellen:
        others = [
            f"{reason_text(reason, language)}: {count}"
            for reason, count in table.verworpen.items()
            if "." not in reason and reason != "dubbel"
        ]
        double = table.verworpen.get("dubbel", 0)
        yield {"name": f"{table.bron}.{table.tabel}", "rows": table.rijen, "double": double, "others": others}


def _keys(report: Report) -> Iterator[dict[str, Any]]:
    """Yield the identifier columns per domain; the sources' own record numbers, which link to nothing, last as one."""
    groups: dict[str | None, list[KeyQuality]] = {}
    for key in sorted(report.sleutels, key=lambda key: (key.domein.startswith(OWN), key.domein)):
        groups.setdefault(None if key.domein.startswith(OWN) else key.domein, []).append(key)
    yield from ({"domain": domain, "columns": columns} for domain, columns in groups.items())


def _lost(report: Report, language: Language) -> Iterator[dict[str, Any]]:
    links = {link.van: link for link in report.verwachtingen}
    for key in report.sleutels:
        name = f"{key.bron}.{key.tabel}.{key.kolom}"
        link = links.get(name)
        for reason, count in key.redenen.items():
            yield {
                "column": name,
                "reason": reason_text(reason, language),
                "count": count,
                "to": link.naar if link else None,
                "estimate": link.verloren[reason].geschat if link else None,
            }


def _matrices(report: Report) -> Iterator[dict[str, Any]]:
    shares: dict[str, dict[tuple[str, str], float]] = {}
    for pair in report.koppeling:
        of_domain = shares.setdefault(pair.domein, {})
        of_domain[pair.bron, pair.andere], of_domain[pair.andere, pair.bron] = pair.deel_bron, pair.deel_andere
    size = {(entry.domein, entry.bron): entry.aantal for entry in report.domeinen}
    for domain, values in shares.items():
        names = [entry.bron for entry in report.domeinen if entry.domein == domain]
        rows = [
            {"name": one, "units": size[domain, one], "shares": [values.get((one, other)) for other in names]}
            for one in names
        ]
        yield {"domain": domain, "names": names, "rows": rows}

"""The report on a terminal: short, what stands out last."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pseudonimisering.pages import number, percent
from pseudonimisering.quality.words import sentence

if TYPE_CHECKING:
    from pseudonimisering.quality.measure import Report

_MOST_FINDINGS = 12


def show(report: "Report", console: Console) -> None:
    """Print the report as Dutch tables."""
    tables = Table("tabel", "rijen", "verworpen", title=f"Pakketten van project {report.project}")
    for entry in report.tabellen:
        rejects = ", ".join(f"{reason} {number(count)}" for reason, count in entry.verworpen.items())
        tables.add_row(f"{entry.bron}.{entry.tabel}", number(entry.rijen), rejects or "geen")
    domains = Table("domein", "bron", "verschillende", title="Eenheden per bron")
    for unit in sorted(report.domeinen, key=lambda unit: unit.domein):
        domains.add_row(unit.domein, unit.bron, number(unit.aantal))
    links = Table("domein", "bron", "andere bron", "in beide", "% van bron", "% van andere", title="Koppeling")
    for link in report.koppeling:
        shares = (percent(share).removesuffix(" %") for share in (link.deel_bron, link.deel_andere))
        links.add_row(link.domein, link.bron, link.andere, number(link.gedeeld), *shares)
    for table in (tables, domains, links):
        console.print(table)
    if report.verloop is not None:
        drift = Table("tabel", "rijen vorige levering", "rijen", "verandering", title="Vorige levering")
        for change in report.verloop.tabellen:
            figures = (number(change.rijen_vorige), number(change.rijen), percent(change.verandering))
            drift.add_row(f"{change.bron}.{change.tabel}", *figures)
        console.print(drift)
    for finding in report.bevindingen[:_MOST_FINDINGS]:
        console.print(sentence(finding), highlight=False, soft_wrap=True)
    if len(report.bevindingen) > _MOST_FINDINGS:
        more = len(report.bevindingen) - _MOST_FINDINGS
        console.print(f"en {more} andere bevindingen; --html FILE of --json geeft alles")
    if not report.ondertekening_gecontroleerd:
        console.print("handtekeningen zijn niet gecontroleerd; geef --zone1 mee om dat te doen")

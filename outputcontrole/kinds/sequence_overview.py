"""Sequence overview: lengths, states ever, first and last, and the most frequent transitions of many units together.

What it tells: the counts of a table per part, all of distinct units and all in one protected system; shares and the
order of transitions follow from shown cells. No representative sequence: the one that is nearest to all others is
somebody's.
Source: project choice; the parts are those of Gabadinho et al. (2011), Analyzing and visualizing state sequences.
"""

from dataclasses import replace

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.evidence import TOTAL
from outputcontrole.kinds.table_answer import table_answer
from outputcontrole.kinds.transition_matrix import sequence_table, share_of_row
from outputcontrole.protection import TableProtection
from outputcontrole.render.caption import footnotes
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.render.tables import HIDDEN, decimal_comma
from outputcontrole.spec import SequenceOverview, Verdict, worst
from zoo_analyse.sequences import Part

WORDS = "overzicht van volgordes"
_REPRESENTATIVE = Finding(
    rule="voorbeeld",
    sentence="een representatieve volgorde is de levensloop van een persoon en gaat nooit naar buiten",
    remedy="laat 'voorbeeld' uit 'onderdelen'; de overgangen die het meest voorkomen zeggen hetzelfde over allen samen",
)


def tables(output: SequenceOverview) -> tuple[AskedTable, ...]:
    """Return a table of counts per part that is asked, in that order; none when what is asked is always refused."""
    return tuple(_tables(output).values())


def _tables(output: SequenceOverview) -> dict[Part, AskedTable]:
    found: dict[Part, AskedTable] = {}
    for part in output.onderdelen:
        if part == "voorbeeld":
            return {}
        found[part] = sequence_table(output, part, tuple(output.klassen) if part == "lengte" else ())
    return found


def answer(output: SequenceOverview, basis: Basis) -> Answer:
    """Answer with a table per part; a part of which nothing may be shown is left out, unless all was to be shown."""
    if "voorbeeld" in output.onderdelen:
        return refused(output, (_REPRESENTATIVE,))
    answers = {part: _part(output, part, basis.of(table), basis) for part, table in _tables(output).items()}
    findings = tuple(
        replace(finding, cell={"onderdeel": part, **finding.cell})
        for part, found in answers.items()
        for finding in found.findings
    )
    kept = {part: found for part, found in answers.items() if found.verdict is not Verdict.REFUSED}
    if not kept or (output.bescherming == "geen" and len(kept) < len(answers)):
        return refused(output, findings)
    verdict = worst([found.verdict for found in kept.values()])
    if len(kept) < len(answers):
        verdict = worst([verdict, Verdict.PROTECTED])
    csv = {f"{part}.csv": found.tables["tabel.csv"] for part, found in kept.items()}

    def files() -> dict[str, bytes]:
        return {
            name.replace("tabel", part, 1): content
            for part, found in kept.items()
            for name, content in found.draw().items()
        }

    preview = {"onderdelen": {part: dict(found.preview) for part, found in answers.items()}}
    return Answer(output, verdict, findings, csv, files, preview)


def _part(output: SequenceOverview, part: Part, table: TableProtection, basis: Basis) -> Answer:
    decimals = basis.policy.rate_decimals
    if part == "overgangen":
        return _most_frequent(output, table, basis)
    shown = {
        key: n
        for key, n, visible in zip(
            table.evidence.keys, table.evidence.cells["n"].tolist(), table.shown.tolist(), strict=True
        )
        if visible
    }
    whole = shown.get((TOTAL,))

    def share(n: int) -> str:
        return HIDDEN if whole is None else decimal_comma(100 * n / whole, decimals)

    return table_answer(
        output, basis, table, ["aantal", "aandeel_procent"], lambda _, row: [str(row["n"]), share(row["n"])]
    )


def _most_frequent(output: SequenceOverview, table: TableProtection, basis: Basis) -> Answer:
    """Return the transitions of most units, of those that are shown; equal ones in order of their names."""
    shares = share_of_row(table, basis.policy.rate_decimals)
    whole = table_answer(
        output, basis, table, ["aantal", "aandeel_van_rij_procent"], lambda key, row: [str(row["n"]), shares[key]]
    )
    if whole.verdict is Verdict.REFUSED:
        return whole
    counts = dict(zip(table.evidence.keys, table.evidence.cells["n"].tolist(), strict=True))
    pairs = sorted((key for key in shares if TOTAL not in key), key=lambda key: (-counts[key], key))[: output.hoogste]
    if not pairs:
        nothing = Finding(
            "niets over", "geen enkele overgang mag getoond worden", "voeg toestanden samen met een recept"
        )
        return refused(output, (nothing, *whole.findings))
    rendered = RenderedTable(
        output.titel,
        ["van", "naar", "aantal", "aandeel_van_rij_procent"],
        2,
        [[*key, str(counts[key]), shares[key]] for key in pairs],
        footnotes(output, [table.evidence.table], basis),
    )

    def files() -> dict[str, bytes]:
        return {"tabel.xlsx": rendered.xlsx(), "tabel.parquet": rendered.parquet(), "tabel.html": rendered.html()}

    return replace(whole, tables={"tabel.csv": rendered.csv()}, draw=files)

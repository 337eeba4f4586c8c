"""Survival: hazard and survival table on declared steps of time, and the Kaplan-Meier curve of it.

What it tells: per step how many leave (by the event or otherwise) and how many have the event, both cells of protected
tables of counts; at risk, censored, survival, its error and the cumulative hazard are functions of those. The censored
of a step are a difference of two cells, so the system of all tables guards them too. Steps are declared; the last one
has no end, and of it only how many it begins with is published, so that no last event or duration shows. No marks of
censoring: each is one unit's own duration. From the first hidden number on the curve stops: it could go on only with a
number that is not shown.

Source: ESSnet SDC (2010) and the SACRO taxonomy (class HazardSurvivalTables): at risk and events differ by the
threshold between published steps.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AREA_LEVELS, AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.follow_up import hazard, mostly_events
from outputcontrole.classes import class_labels
from outputcontrole.derived import EventSource
from outputcontrole.evidence import TOTAL, UNKNOWN
from outputcontrole.kinds.figure_answer import Number, with_figure
from outputcontrole.policy import Policy
from outputcontrole.protection import TableProtection
from outputcontrole.render.caption import footnotes, in_words, source_line
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.render.tables import HIDDEN, decimal_comma
from outputcontrole.spec import Condition, SurvivalCurve, Verdict
from zoo_analyse.survival import life_table
from zoo_formaat.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "overlevingstabel en -curve"
_CURVES = 7
_COLUMNS = (
    "onder_risico",
    "gebeurtenissen",
    "uit_beeld",
    "overleving_procent",
    "standaardfout",
    "onder_95",
    "boven_95",
    "cumulatieve_hazard",
)
_HAZARD_DECIMALS = 3


def tables(output: SurvivalCurve) -> tuple[AskedTable, ...]:
    """Return who leaves per step, with those left at the end; and the events per step before that end."""
    group = () if output.groep is None else (output.groep,)
    ends = tuple(output.tijdklassen)
    leaving = AskedTable(
        output.bron, tuple(output.filter), (*group, output.duur), output.tel, bins=((output.duur, ends),)
    )
    seen = EventSource(bron=output.bron, gebeurtenis=output.gebeurtenis, duur=output.duur, tot=ends[-1])
    return (leaving, replace(leaving, source=seen, bins=((output.duur, ends[:-1]),)))


@dataclass(frozen=True)
class _Step:
    """A step of one curve, as far as it may be shown; None: hidden."""

    label: str
    at_risk: int | None
    events: int | None = None
    censored: int | None = None
    numbers: tuple[float, ...] | None = None


def answer(output: SurvivalCurve, basis: Basis) -> Answer:
    """Answer with the table and the curve.

    Raises UserError for durations below 0, events that are not 0 or 1, a unit with more than one duration, and more
    groups than a figure has room for.
    """
    leaving, events = (basis.of(table) for table in tables(output))
    _check_rows(output, basis)
    cells = [*_reasons(leaving), *_reasons(events)]
    blocked = leaving.blocked or events.blocked
    if blocked is not None:
        return refused(output, (blocked, *cells))
    names = _groups(output, leaving)
    found: list[Finding] = []
    curves = {name: list(_steps(output, leaving, events, name, basis.policy, found)) for name in names}
    curves = {name: steps for name, steps in curves.items() if steps[0].numbers is not None}
    hard = [finding for finding in found if not finding.judgement]
    weighed = [finding for finding in found if finding.judgement]
    if not curves or (hard and output.bescherming == "geen"):
        return refused(output, (*hard, *cells) or (_NOTHING,))
    rows = [
        [*([name] if output.groep else []), *_texts(step, basis.policy)] for name in curves for step in curves[name]
    ]
    header = [*([output.groep] if output.groep else []), output.duur, *_COLUMNS]
    rendered = RenderedTable(
        output.titel, header, len(header) - len(_COLUMNS), rows, [*footnotes(output, tables(output), basis), *_NOTES]
    )

    def files() -> dict[str, bytes]:
        return {"tabel.xlsx": rendered.xlsx(), "tabel.parquet": rendered.parquet(), "tabel.html": rendered.html()}

    drawn = {name: [_number(_texts(step, basis.policy)[4]) for step in steps[:-1]] for name, steps in curves.items()}
    if len(drawn) > _CURVES:
        raise UserError(f"een figuur heeft plaats voor {_CURVES} groepen van '{output.groep}'; kies een grover kenmerk")
    complete = not cells and not hard and len(curves) == len(names)
    verdict = Verdict.MANUAL if weighed else Verdict.FREE if complete else Verdict.PROTECTED
    preview = {
        "dimensies": header[: -len(_COLUMNS)],
        "kolommen": list(_COLUMNS),
        "cellen": [
            {"labels": row[: -len(_COLUMNS)], "waarden": row[-len(_COLUMNS) :], "merk": "getoond"} for row in rows
        ],
    }
    whole = Answer(output, verdict, (*weighed, *hard, *cells), {"tabel.csv": rendered.csv()}, files, preview)
    source = source_line(output, tables(output), basis.access)
    return with_figure(whole, lambda: _draw(output, drawn, source))


def _check_rows(output: SurvivalCurve, basis: Basis) -> None:
    """Raise UserError for rows that are no durations of units, one each."""
    leaving, _ = tables(output)
    below = Condition.model_validate({"kolom": output.duur, "is": "<", "waarde": 0})
    early = basis.collector.collect(replace(leaving, filter=(*leaving.filter, below), dimensions=(), bins=()))
    if int(early.cells["n"].iloc[0]):
        raise UserError(f"duur '{output.duur}' heeft waarden onder 0; herstel de kolom of filter '{output.duur} >= 0'")
    split = basis.collector.collect(
        replace(leaving, dimensions=(*leaving.dimensions[:-1], output.gebeurtenis, output.duur))
    )
    counts = dict(zip(split.keys, split.cells["n"].tolist(), strict=True))
    found = {labels[-2] for labels, n in counts.items() if n and labels[-2] != TOTAL}
    if UNKNOWN in found:
        raise UserError(
            f"gebeurtenis '{output.gebeurtenis}' is bij een deel van de rijen leeg; filter "
            f"'niet leeg({output.gebeurtenis})', of maak met een recept een kolom die overal ja of nee is"
        )
    if not found <= {"ja", "nee", "0", "1", "0.0", "1.0"}:
        raise UserError(f"gebeurtenis '{output.gebeurtenis}' heeft nog andere waarden dan 0 en 1 (nee en ja)")
    if sum(n for labels, n in counts.items() if TOTAL not in labels) != counts[(TOTAL,) * len(split.table.dimensions)]:
        raise UserError(
            f"eenheden '{output.tel}' staan in deze bron met meer dan één duur; een overlevingstabel heeft er één per "
            "eenheid. Kies er één met een filter of een recept (bijvoorbeeld de eerste)"
        )


def _groups(output: SurvivalCurve, leaving: TableProtection) -> list[str]:
    """Return the labels that have a curve, everybody last."""
    if output.groep is None:
        return [TOTAL]
    labels = leaving.evidence.labels[0]
    if output.groep in AREA_LEVELS:
        raise UserError(f"groep '{output.groep}' is een gebied; vraag per gebied een eigen curve met een filter")
    return [*sorted(labels), TOTAL]


def _steps(
    output: SurvivalCurve,
    leaving: TableProtection,
    events: TableProtection,
    name: str,
    policy: Policy,
    found: list[Finding],
) -> Iterator[_Step]:
    """Yield the steps of a curve, the open last one too; what there is to say of them goes into `found`."""
    group = () if output.groep is None else (name,)
    left, seen = _shown(leaving), _shown(events)
    labels, seen_labels = class_labels(output.tijdklassen), class_labels(output.tijdklassen[:-1])
    entering = left.get((*group, TOTAL))
    where = {} if output.groep is None else {output.groep: name}
    happened: list[int] = []
    gone: list[int] = []
    at_risk = entering
    for label, seen_label in zip(labels, seen_labels, strict=False):
        step_left, step_seen = left.get((*group, label)), seen.get((*group, seen_label))
        if entering is None or at_risk is None or step_left is None or step_seen is None:
            yield _Step(label, at_risk, step_seen)
            at_risk = None
            continue
        if (finding := hazard(step_seen, at_risk, policy)) is not None:
            found.append(replace(finding, cell={**where, output.duur: label}))
            yield _Step(label, at_risk)
            at_risk = None
            continue
        if (finding := mostly_events(step_seen, step_left, policy)) is not None:
            found.append(replace(finding, cell={**where, output.duur: label}))
        happened.append(step_seen)
        gone.append(step_left)
        table = life_table(entering, happened, gone, estimator=output.schatter).iloc[-1]
        numbers = (
            *(100 * float(table[column]) for column in ("overleving", "standaardfout", "onder95", "boven95")),
            float(table["hazard"]),
        )
        yield _Step(label, at_risk, step_seen, step_left - step_seen, numbers)
        at_risk -= step_left
    yield _Step(labels[-1], at_risk)


def _shown(table: TableProtection) -> dict[tuple[str, ...], int]:
    cells = zip(table.evidence.keys, table.evidence.cells["n"].tolist(), table.shown.tolist(), strict=True)
    return {key: int(n) for key, n, shown in cells if shown}


def _texts(step: _Step, policy: Policy) -> list[str]:
    counts = [HIDDEN if number is None else str(number) for number in (step.at_risk, step.events, step.censored)]
    if step.numbers is None:
        return [step.label, *counts, *[HIDDEN] * (len(_COLUMNS) - 3)]
    *shares, total = step.numbers
    rates = [decimal_comma(share, policy.rate_decimals) for share in shares]
    return [step.label, *counts, *rates, decimal_comma(total, _HAZARD_DECIMALS)]


def _number(text: str) -> Number:
    return None if text == HIDDEN else float(text.replace(",", "."))


def _reasons(table: TableProtection) -> list[Finding]:
    """Return why cells are hidden, each with its labels."""
    keys, dimensions = table.evidence.keys, table.evidence.table.dimensions
    return [
        replace(finding, cell=dict(zip(dimensions, keys[cell], strict=True)))
        for cell, finding in sorted(table.findings.items())
    ]


def _draw(output: SurvivalCurve, drawn: dict[str, list[Number]], source: str) -> "Figure":
    from zoo_analyse import figures

    return figures.survival_curves(
        {("" if output.groep is None else name): shares for name, shares in drawn.items()},
        ends=output.tijdklassen,
        stepped=output.schatter == "kaplan_meier",
        title=output.titel,
        source=source,
        x_label=in_words(output.duur),
        y_label="nog zonder gebeurtenis",
    )


_NOTHING = Finding(
    rule="niets over",
    sentence="na bescherming blijft van geen enkele curve een begin over",
    remedy="neem langere tijdstappen, minder groepen, of een eerder einde",
)
_NOTES = (
    "Overleving: het deel dat de gebeurtenis aan het eind van de stap nog niet had, met de standaardfout van Greenwood "
    "en een interval van 95 % (log-log). Cumulatieve hazard: Nelson-Aalen.",
    "Een stap houdt zijn begin en niet zijn einde. Van de laatste, zonder einde, staat er alleen hoeveel eenheden er "
    "nog onder risico waren. Uit beeld: in deze stap niet meer gevolgd, zonder gebeurtenis.",
)

"""Sequences of states: per unit, the states it was seen in, in order; as SQL, so that zone 2 and zone 3 ask the same.

A *step* is a unit in a state at a moment. Rows of one unit with the same moment and state are one step, so a doubled
row makes no transition; two states at one moment are in order of their names. Rows without unit or moment take no
part; a missing state is a state of its own (`onbekend`).
"""

from typing import Literal, get_args

from sqlglot import exp

from zoo_analyse.errors import FeatureError

Part = Literal["overgangen", "toestanden", "eerste", "laatste", "lengte"]
"""What there is a row for: a transition, a step, the first or the last step, or a step again for the whole length."""
Repeats = Literal["tellen", "samenvoegen"]
"""Whether a state that follows itself is a step of its own, or the same step going on."""

COLUMNS: dict[Part, tuple[str, ...]] = {
    "overgangen": ("van", "naar"),
    "toestanden": ("toestand",),
    "eerste": ("eerste_toestand",),
    "laatste": ("laatste_toestand",),
    "lengte": ("lengte",),
}
"""The columns that each part has beside those that are kept."""


def sequence_sql(
    rows: str,
    part: Part,
    *,
    unit: str,
    state: str,
    order: str,
    keep: tuple[str, ...] = (),
    where: str = "true",
    repeats: Repeats = "tellen",
) -> str:
    """Return DuckDB SQL for a part of the sequences in a relation.

    rows: SQL name of the relation, quoted where it must be. unit, state, order, keep: names of its columns; those in
    `keep` come along. where: SQL of the rows that take part. The result has the columns of `keep` and of
    `COLUMNS[part]`, and a row for every row of `rows` behind what it is about: a transition has the rows of both its
    steps, the first state those of the first step, the length those of all steps. Counts are of distinct units.

    Raises FeatureError when the parts of a sequence are not different columns, or a name of `keep` is taken.
    """
    if part not in get_args(Part) or len({unit, state, order}) < 3:
        raise FeatureError("een volgorde heeft een eenheid, een toestand en een moment nodig: drie kolommen")
    if taken := set(keep) & set(COLUMNS[part]):
        raise FeatureError(
            f"kolom '{min(taken)}' heet als een kolom van de uitkomst; laat zij in het contract anders heten"
        )
    who, what, when = (_name(column) for column in (unit, state, order))
    label = (
        f"CASE WHEN {what} IS NULL THEN 'onbekend' WHEN typeof({what}) = 'BOOLEAN' THEN CASE WHEN "
        f"CAST({what} AS VARCHAR) = 'true' THEN 'ja' ELSE 'nee' END ELSE CAST({what} AS VARCHAR) END"
    )
    in_order = "OVER (PARTITION BY _eenheid ORDER BY _moment, _toestand)"
    going_on = f" QUALIFY lag(_toestand) {in_order} IS DISTINCT FROM _toestand" if repeats == "samenvoegen" else ""
    kept = "".join(f"b.{_name(column)}, " for column in keep)
    return (
        f"WITH basis AS (SELECT *, {label} AS _toestand FROM {rows} "
        f"WHERE {who} IS NOT NULL AND {when} IS NOT NULL AND ({where})), "
        f"momenten AS (SELECT DISTINCT {who} AS _eenheid, {when} AS _moment, _toestand FROM basis), "
        f"gekozen AS (SELECT * FROM momenten{going_on}), "
        f"stappen AS (SELECT *, lag(_toestand) {in_order} AS _vorige, lead(_toestand) {in_order} AS _volgende, "
        f"row_number() {in_order} AS _plaats, count(*) OVER (PARTITION BY _eenheid) AS _lengte FROM gekozen), "
        f"r AS (SELECT b.*, s._vorige, s._volgende, s._plaats, s._lengte FROM basis AS b JOIN stappen AS s "
        f"ON b.{who} = s._eenheid AND b.{when} = s._moment AND b._toestand = s._toestand) " + _rows_of(part, kept)
    )


def _rows_of(part: Part, kept: str) -> str:
    match part:
        case "overgangen":
            return (
                f"SELECT {kept}b._toestand AS van, b._volgende AS naar FROM r AS b WHERE b._volgende IS NOT NULL "
                f"UNION ALL "
                f"SELECT {kept}b._vorige AS van, b._toestand AS naar FROM r AS b WHERE b._vorige IS NOT NULL"
            )
        case "toestanden":
            return f"SELECT {kept}b._toestand AS toestand FROM r AS b"
        case "eerste":
            return f"SELECT {kept}b._toestand AS eerste_toestand FROM r AS b WHERE b._plaats = 1"
        case "laatste":
            return f"SELECT {kept}b._toestand AS laatste_toestand FROM r AS b WHERE b._plaats = b._lengte"
        case "lengte":
            return f"SELECT {kept}b._lengte AS lengte FROM r AS b"


def _name(column: str) -> str:
    return exp.to_identifier(column, quoted=True).sql("duckdb")

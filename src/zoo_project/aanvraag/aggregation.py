"""What an aggregation of pandas is called here, and what can be asked in the place of those that cannot."""

from dataclasses import dataclass, field
from typing import Any

from zoo_formaat.errors import UserError
from zoo_project.statement import closest


@dataclass(frozen=True)
class Aggregation:
    """A kind of output, the fields that the aggregation fills in, and the column that must be filled in (or None)."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    filled: str | None = None


_STATISTIC = {
    "sum": "som",
    "mean": "gemiddelde",
    "average": "gemiddelde",
    "std": "standaardafwijking",
    "var": "variantie",
    "skew": "scheefheid",
    "kurt": "kurtosis",
    "kurtosis": "kurtosis",
}
_COUNTS = {"count", "size", "len"}
_INSTEAD = {
    "max": 'een maximum is de waarde van één eenheid; vraag gemiddelde_van_uitersten(…, kant="hoogste")',
    "min": 'een minimum is de waarde van één eenheid; vraag gemiddelde_van_uitersten(…, kant="laagste")',
    "first": "een eerste rij is die van één eenheid; vraag een tabel of kwantielen(…)",
    "last": "een laatste rij is die van één eenheid; vraag een tabel of kwantielen(…)",
    "nth": "een rij is die van één eenheid; vraag een tabel of kwantielen(…)",
    "head": "rijen gaan nooit naar buiten; vraag een tabel",
    "tail": "rijen gaan nooit naar buiten; vraag een tabel",
    "idxmax": 'een rij aanwijzen kan niet; vraag gemiddelde_van_uitersten(…, kant="hoogste")',
    "idxmin": 'een rij aanwijzen kan niet; vraag gemiddelde_van_uitersten(…, kant="laagste")',
    "list": "losse waarden gaan nooit naar buiten; vraag kwantielen(…) of een histogram",
    "unique": "losse waarden gaan nooit naar buiten; vraag een tabel met de kolom als dimensie",
    "describe": "minimum en maximum gaan nooit naar buiten; vraag magnitude(…) en kwantielen(…)",
    "apply": "eigen functies kunnen rijen doorgeven; noem een statistiek: mean, sum, std, var, median, count",
    "transform": "een getal per rij gaat nooit naar buiten; noem een statistiek: mean, sum, std, var, median, count",
    "prod": "een product kan niet; vraag een som of gemiddelde",
    "sem": "vraag standaardafwijking en aantal; daaruit volgt de standaardfout",
}
KNOWN = {*_STATISTIC, *_COUNTS, "median", "quantile", "nunique", "mode", *_INSTEAD}


def aggregation(name: Any, measure: str | None, where: str, points: list[float] | None = None) -> Aggregation:
    """Return what an aggregation `name` of `measure` (None: of the rows) asks.

    points: of "quantile". Raises UserError that says what can be asked instead of one that cannot.
    """
    if name is None and measure is None:
        return Aggregation("frequentietabel")
    if not isinstance(name, str):
        raise UserError(
            f'{where}: noem één aggregatie als tekst (aggfunc="mean"); functies, lijsten en woordenboeken kunnen rijen '
            "doorgeven en worden niet uitgevoerd"
        )
    if name in _INSTEAD:
        raise UserError(f"{where}: '{name}' kan niet; {_INSTEAD[name]}")
    if name not in KNOWN:
        raise UserError(f"{where}: aggregatie '{name}' is niet bekend; {closest(name, KNOWN - _INSTEAD.keys())}")
    if name in _COUNTS:
        # pandas counts the rows of which the column is filled in
        return Aggregation("frequentietabel", filled=measure if name == "count" else None)
    if measure is None:
        raise UserError(f"{where}: '{name}' waarvan? Noem de kolom (values=, of [\"kolom\"] na groupby)")
    if name == "nunique":
        return Aggregation("frequentietabel", {"tel": measure})
    if name == "mode":
        return Aggregation("modustabel", {"kenmerk": measure})
    if name in {"median", "quantile"}:
        return Aggregation("kwantieltabel", {"maat": measure, "punten": points or [0.5]})
    return Aggregation("magnitudetabel", {"maat": measure, "statistiek": _STATISTIC[name]})

"""A regression as a table and in words: what was explained by what, and how to read it."""

import html
from typing import Any

from outputcontrole.basis import Basis
from outputcontrole.render.caption import footnotes, in_words
from outputcontrole.render.tables import csv_bytes, significant
from outputcontrole.spec import Regression

_NUMBERS = ("coefficient", "standaardfout", "laag_95", "hoog_95")
_MODELS = {
    "ols": "lineaire regressie (kleinste kwadraten)",
    "logit": "logistische regressie (logit)",
    "probit": "probitregressie",
    "poisson": "Poissonregressie",
    "negbin": "negatief-binomiale regressie",
    "multiniveau": "multiniveaumodel (willekeurig snijpunt per groep, grootste aannemelijkheid)",
}
_READING = {
    "ols": "Een coëfficiënt is het verschil in de uitkomst bij één eenheid meer van het kenmerk, of tussen een niveau "
    "en de referentie, als al het andere gelijk is.",
    "logit": "Een coëfficiënt is het verschil in de logaritme van de kansverhouding (odds); e tot de macht de "
    "coëfficiënt is de odds ratio.",
    "probit": "Een coëfficiënt is het verschil in de onderliggende, standaardnormaal verdeelde score.",
    "poisson": "Een coëfficiënt is het verschil in de logaritme van het verwachte aantal; e tot de macht de "
    "coëfficiënt is de verhouding van aantallen.",
}
_READING["negbin"] = _READING["poisson"]
_READING["multiniveau"] = _READING["ols"]


def coefficient_csv(record: dict[str, Any]) -> bytes:
    """Return the coefficients of a published model as CSV."""
    return csv_bytes(["kenmerk", "niveau", *_NUMBERS, "p"], _rows(record))


def _rows(record: dict[str, Any]) -> list[list[str]]:
    least = record["p_ten_minste"]
    return [
        [
            row["kenmerk"],
            row["niveau"],
            *(significant(row[name]) for name in _NUMBERS),
            f"<{significant(least, 1)}" if row["p"] <= least else significant(row["p"]),
        ]
        for row in record["coefficienten"]
    ]


def summary(output: Regression, record: dict[str, Any], basis: Basis) -> bytes:
    """Return a published model in Dutch, as Markdown."""
    references = [
        f"- {_safe(regressor.kolom)}: vergeleken met '{_safe(_words(regressor.referentie))}'"
        for regressor in output.regressoren
        if regressor.referentie is not None
    ]
    measures = "; ".join(f"{in_words(name)} {significant(value)}" for name, value in record["maten"].items())
    header = ["kenmerk", "niveau", "coëfficiënt", "standaardfout", "95 % van", "tot", "p"]
    lines = [
        f"# {_safe(output.titel)}",
        "",
        f"Model: {_MODELS[output.model]}. Uitkomst: {_safe(record['uitkomst'])}. "
        f"Eenheden: {record['eenheden']}; waarnemingen: {significant(record['waarnemingen'])}.",
        "",
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(_safe(cell) for cell in row)} |" for row in _rows(record)),
        "",
        *references,
        *([""] if references else []),
        f"Maten: {measures}.",
        "",
        _READING[output.model],
        "Getallen staan in drie cijfers. "
        + ("" if output.snijpunt else "Het snijpunt is geschat en wordt niet gepubliceerd. ")
        + "Samenhang is geen oorzaak, en een model zegt niets over één persoon, adres of bedrijf.",
        "",
        *footnotes(output, _tables(output), basis),
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _tables(output: Regression) -> Any:
    from outputcontrole.kinds.regression import tables

    return tables(output)


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    return str(value)


def _safe(text: str) -> str:
    """Return text that a reader of Markdown shows as it is: no markup, no cell or line of its own."""
    flat = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{character}" if character in "\\|*_`[]#" else character for character in flat)

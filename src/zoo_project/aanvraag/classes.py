"""Classes of a number as one writes them in a notebook, `pd.cut` included, as the boundaries that a question declares.

A declared class holds its lower boundary and the outer ones have no end, so the first and last edge of `pd.cut`, which
only say where the data may end, fall away.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zoo_formaat.errors import UserError

Klassen = Mapping[str, Sequence[float]]
"""Per column with numbers the ascending boundaries between its classes."""


def class_values(klassen: Klassen) -> dict[str, Any]:
    """Return boundaries as a specification has them: lists of numbers."""
    return {name: _numbers(edges) for name, edges in klassen.items()}


def boundaries(edges: Iterable[Any], where: str, *, closed_above: bool) -> list[float]:
    """Return the boundaries that mean the classes between edges of `pd.cut`, the outer edges included.

    closed_above: whether a class holds its upper edge, as `pd.cut` has it unless `right=False`. Of whole numbers such a
    class ends at the next whole number. Raises UserError for edges that cannot be declared.
    """
    found = _numbers(edges)
    numeric = isinstance(found, list) and all(type(edge) in {int, float} for edge in found)
    if not numeric or len(found) < 3:
        raise UserError(f"{where}: noem ten minste drie grenzen, als getallen; grenzen uit de gegevens tellen niet")
    inner: list[float] = found[1:-1]
    if not all(math.isfinite(edge) for edge in inner) or any(math.isnan(edge) for edge in found):
        raise UserError(f"{where}: alleen de buitenste grenzen kunnen oneindig zijn")
    if not closed_above:
        return inner
    if any(edge != int(edge) for edge in inner):
        raise UserError(f"{where}: een klasse bevat haar ondergrens; schrijf pd.cut(…, right=False)")
    return [edge + 1 for edge in inner]


def cut_edges(column: Any, where: str, *, numeric: bool) -> tuple[list[float], bool] | None:
    """Return the edges of a Series made by `pd.cut` and whether classes hold their upper one; None for any other.

    numeric: whether the column is a number, so that labels of text were made by `pd.cut`. Raises UserError for such
    labels, which hide the edges, and for edges that pandas took from the data or rounded.
    """
    categories = getattr(getattr(column, "dtype", None), "categories", None)
    if categories is None:
        return None
    if not hasattr(categories, "closed"):
        if not numeric or categories.dtype.kind in "if":
            return None
        raise UserError(f"{where}: laat 'labels' van pd.cut weg, de klassen heten naar hun grenzen; of geef klassen=…")
    edges = [float(edge) for edge in (*categories.left, *categories.right[-1:])]
    if list(categories.left[1:]) != list(categories.right[:-1]):
        raise UserError(f"{where}: klassen sluiten op elkaar aan; geef klassen={{kolom: [grenzen]}}")
    if any(math.isfinite(edge) and round(edge, 2) != edge for edge in edges):
        raise UserError(
            f"{where}: noem de grenzen zelf: pandas rondt ze af, of nam ze uit de gegevens (pd.cut met een aantal, "
            "pd.qcut); geef klassen={kolom: [grenzen]}"
        )
    return edges, categories.closed == "right"


def _numbers(edges: Any) -> Any:
    if isinstance(edges, str | Mapping) or not isinstance(edges, Iterable):
        return edges
    # numbers of numpy are their own types; a whole one stays whole, which says the same in fewer signs
    plain = [edge.item() if hasattr(edge, "item") else edge for edge in edges]
    return [int(edge) if isinstance(edge, float) and edge.is_integer() else edge for edge in plain]

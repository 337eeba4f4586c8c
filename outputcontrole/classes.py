"""Declared classes of a number: their boundaries, their labels, and the SQL that puts a value in its class.

Classes come from the specification, never from the data: boundaries taken from the data would tell values. The outer
classes are open-ended, so that neither end of the data shows. A class holds its lower boundary.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from outputcontrole.spec.classes import MAX_EDGE, MAX_EDGES
from zoo_formaat.errors import UserError

DECIMALS = 6


def check_edges(edges: Sequence[float], where: str) -> None:
    """Raise UserError, naming `where`, unless the boundaries ascend and can be written exactly in six decimals."""
    if not 1 <= len(edges) <= MAX_EDGES:
        raise UserError(f"{where}: noem 1 tot {MAX_EDGES} grenzen")
    if not all(math.isfinite(edge) and abs(edge) <= MAX_EDGE and round(edge, DECIMALS) == edge for edge in edges):
        raise UserError(f"{where}: een grens is een getal tot {MAX_EDGE} met hooguit {DECIMALS} decimalen")
    if any(low >= high for low, high in pairwise(edges)):
        raise UserError(f"{where}: grenzen moeten oplopen, elke grens één keer")


def edge_texts(edges: Sequence[float]) -> list[str]:
    """Return the boundaries in Dutch notation, all with the decimals that the finest of them needs."""
    exact = [_exact(edge) for edge in edges]
    decimals = max(-int(edge.normalize().as_tuple().exponent) for edge in exact)
    # A true minus sign: a label that begins with a hyphen is a formula to a spreadsheet.
    return [f"{edge:.{max(decimals, 0)}f}".replace(".", ",").replace("-", "−") for edge in exact]


def class_labels(edges: Sequence[float]) -> list[str]:
    """Return the label of every class, lowest first: one more than there are boundaries."""
    texts = edge_texts(edges)
    return [f"minder dan {texts[0]}", *(f"{low} tot {high}" for low, high in pairwise(texts)), f"{texts[-1]} of meer"]


def class_sql(column: str, edges: Sequence[float]) -> str:
    """Return SQL for the label of the class that a value is in.

    column: quoted name of a numeric column without missing values. Boundaries enter as numbers of a fixed type, made
    from the numbers themselves; the labels consist of our own words and those numbers.
    """
    labels = class_labels(edges)
    cases = " ".join(
        f"WHEN {column} < CAST({_exact(edge):.{DECIMALS}f} AS DECIMAL(38, {DECIMALS})) THEN '{label}'"
        for edge, label in zip(edges, labels, strict=False)
    )
    return f"CASE {cases} ELSE '{labels[-1]}' END"


def _exact(edge: float) -> Decimal:
    # Adding zero turns -0 into 0.
    return Decimal(repr(float(edge))) + 0

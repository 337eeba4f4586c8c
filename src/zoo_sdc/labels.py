"""Labels of table cells, compared by kind and value and never by their text.

Tables come with text, numbers, booleans, dates and intervals as labels, sometimes mixed in one column. Python and
pandas hold True, 1 and 1.0 for equal, and the text of a float or a quoted name is not the label. So every label has
a key (kind, value): equal labels have equal keys, keys of one kind are ordered, and kinds are ordered by name.
"""

import datetime
import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from zoo_sdc.errors import CellError

LabelKey = tuple[str, Any]


def label_key(label: object) -> LabelKey:
    """Key of one label: (kind, value), hashable and ordered within its kind.

    Numbers compare as numbers (1 equals 1.0), booleans only with booleans, a timestamp at midnight without zone
    equals its date. Raises `ValueError` for a missing label (None, NaN, NaT, NA) and `TypeError` for a label of a
    kind that has no value of its own (a list, an object).
    """
    if isinstance(label, np.generic):
        label = pd.Timestamp(label) if isinstance(label, np.datetime64) else label.item()
    if label is None or label is pd.NaT or label is pd.NA:
        raise ValueError("label ontbreekt")
    key: LabelKey
    if isinstance(label, bool):
        key = ("janee", label)
    elif isinstance(label, str):
        key = ("tekst", str.__str__(label))
    elif isinstance(label, int | float | Decimal | Fraction):
        if math.isnan(label):
            raise ValueError("label ontbreekt")
        key = ("getal", label)
    elif isinstance(label, datetime.datetime):
        midnight = label.tzinfo is None and label.time() == datetime.time(0) and not getattr(label, "nanosecond", 0)
        key = ("datum", label.date().isoformat()) if midnight else ("tijdstip", label.isoformat())
    elif isinstance(label, datetime.date):
        key = ("datum", label.isoformat())
    elif isinstance(label, pd.Interval):
        key = ("interval", (label.left, label.right, label.closed))
    elif isinstance(label, pd.Period):
        key = ("periode", (label.freqstr, label.ordinal))
    else:
        raise TypeError("label is geen tekst, getal, ja/nee, datum of interval")
    return key


def factorize_labels(column: "pd.Series[Any]", name: str) -> tuple[np.ndarray, list[Any]]:
    """Code a column of labels: (codes int64 of shape (rows,), labels in canonical order).

    The order of the labels depends on the labels alone, not on the order of rows. Raises `CellError` with column
    and row number (1-based) for a missing label or one of an unusable kind.
    """
    values = column.tolist()
    if len(set(map(type, values))) <= 1 and not (values and isinstance(values[0], list | dict | set)):
        first_codes, uniques = pd.factorize(pd.Series(values, dtype=object), use_na_sentinel=True)
        codes = np.asarray(first_codes, dtype=np.int64)
        labels = list(uniques)
    else:
        # Several kinds in one column: pandas would merge True, 1 and 1.0, so go by key.
        position: dict[LabelKey | None, int] = {}
        labels = []
        codes = np.empty(len(values), dtype=np.int64)
        for row, value in enumerate(values):
            key = _key_or_error(value, name, row)
            if key not in position:
                position[key] = len(labels)
                labels.append(value)
            codes[row] = position[key]
    if (codes < 0).any():
        row = int(np.flatnonzero(codes < 0)[0])
        raise CellError(f"kolom {name!r}, rij {row + 1}: label ontbreekt; vul het in of laat de rij weg")
    first_row = np.full(len(labels), len(values), dtype=np.int64)
    np.minimum.at(first_row, codes, np.arange(len(codes)))
    keys = [_key_or_error(label, name, int(row)) for label, row in zip(labels, first_row, strict=True)]
    order = sorted(range(len(labels)), key=lambda index: keys[index])
    rank = np.empty(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(labels))
    return rank[codes] if len(codes) else codes, [labels[index] for index in order]


def label_series(labels: Sequence[Any]) -> "pd.Series[Any]":
    """Labels as a column that keeps each label as it is: text columns as text, everything else as objects."""
    if labels and all(isinstance(label, str) for label in labels):
        return pd.Series(list(labels), dtype="str")
    column = np.empty(len(labels), dtype=object)
    column[:] = list(labels)
    return pd.Series(column, dtype=object)


def _key_or_error(label: object, name: str, row: int) -> LabelKey:
    try:
        return label_key(label)
    except (ValueError, TypeError) as error:
        raise CellError(f"kolom {name!r}, rij {row + 1}: {error}; verbeter het label of laat de rij weg") from None

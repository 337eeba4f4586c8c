"""A made-up survey for the checker: six hundred people with ages, incomes, dates, and weights of every sort."""

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.outputcontrole.world import Column, World, build, uuid

COLUMNS: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("groep", "string", None, None),
    ("leeftijd", "integer", None, None),
    ("inkomen", "integer", None, None),
    ("huur", "number", None, None),
    ("datum", "date", None, None),
    ("jaar", "integer", None, None),
    ("gelijk", "integer", None, None),
    ("werkt", "integer", None, None),
    *((f"w_{name}", "number", None, None) for name in ("goed", "leeg", "min", "nan", "inf", "enorm", "klein")),
    *((f"w_{name}", "number", None, None) for name in ("een", "drie", "nul", "vast")),
]
NAMES = [name for name, *_ in COLUMNS]
SIZE = 600


def rows(seed: int = 11) -> list[list[Any]]:
    """One row per person. `w_goed` is a decent weight; of the others each is wrong in the way it is called."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(SIZE):
        day = date(2010, 1, 1) + timedelta(days=int(rng.integers(0, 6 * 365)))
        good = round(float(rng.uniform(0.5, 3)), 3)
        first = i == 7
        weights = {
            "goed": good,
            "leeg": None if first else good,
            "min": -1.0 if first else good,
            "nan": math.nan if first else good,
            "inf": math.inf if first else good,
            "enorm": 1e300 if first else good,
            "klein": 1e-7 if first else good,
            "een": 1e6 if first else good,
            # three people of whom the rest is a shadow
            "drie": 900.0 + i if i in (7, 11, 13) else round(0.001 * good, 6) or 0.001,
            "nul": 900.0 + i if i in (7, 11, 13, 17, 19) else 0.0,
            "vast": 1.5,
        }
        weights["drie"] = max(weights["drie"] or 0, 0.001)
        made.append(
            [
                uuid("persoon", i),
                "noord" if i % 20 < 13 else "zuid",
                None if i % 31 == 0 else int(rng.integers(0, 95)),
                int(rng.lognormal(10, 0.6)),
                round(float(rng.uniform(300, 1500)), 2),
                day,
                day.year,
                40_000,
                int(rng.integers(0, 2)),
                *weights.values(),
            ]
        )
    return made


def frame() -> pd.DataFrame:
    return pd.DataFrame(rows(), columns=NAMES)


def people(root: Path) -> World:
    """Build a world with the survey as table `extra.mensen`, and one in which each person answered twice."""
    twice = [row for row in rows() for _ in range(2)]
    return build(root, extra={"extra": {"mensen": (COLUMNS, rows()), "dubbel": (COLUMNS, twice)}})


def asked(kind: str, *dimensions: str, **changes: Any) -> dict[str, Any]:
    """A question on the survey."""
    return {
        "soort": kind,
        "bron": {"tabel": "extra.mensen"},
        "dimensies": list(dimensions),
        "tel": "wie",
        "bescherming": "onderdrukken",
        **changes,
    }

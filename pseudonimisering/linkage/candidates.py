"""Candidate pairs and their comparison levels, by Splink on an in-memory DuckDB.

Nothing is written to disk: the database is in memory, spilling is off, and when memory runs out the run stops with an
error rather than with names in a temporary file.
"""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from pseudonimisering.canonical import thousands
from pseudonimisering.linkage.comparisons import (
    BLOCKING,
    COMPARISONS,
    EQUALITIES,
    TOP,
    TRAINING,
    equality,
    settings,
)
from zoo_formaat.errors import UserError

MOST_PAIRS = 20_000_000
"""Pairs that a run compares at most; each takes about 150 bytes while it lasts."""
_PAIRS_PER_CHUNK = 2_000_000
MEMORY = "4GB"
RANDOM_PAIRS = 500_000
"""Random pairs from which Splink estimates how often persons who are not the same agree by chance (u)."""
SEED = 1969
_LEFT, _RIGHT = "links", "rechts"

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Pairs in the order of (left, right), with per comparison the level reached (-1: unknown).

    left, right: row numbers. levels: shape (pairs, 4), columns in the order of COMPARISONS. m, u: per comparison the
    share of true and of random pairs per level, level 0 first, as Splink estimated them. splink: Splink's own match
    probability, without any correction.
    """

    left: Ints
    right: Ints
    levels: npt.NDArray[np.int8]
    m: dict[str, Floats]
    u: dict[str, Floats]
    splink: Floats


def count_pairs(left: pl.DataFrame, right: pl.DataFrame) -> dict[str, int]:
    """Return per blocking rule how many pairs it makes (a pair of two rules counts twice)."""
    return {name: _pairs(left, right, columns) for name, columns in BLOCKING.items()}


def _pairs(left: pl.DataFrame, right: pl.DataFrame, columns: Sequence[str]) -> int:
    """Return how many pairs agree on all the columns."""
    names = list(columns)
    sizes = [frame.select(names).drop_nulls().group_by(names).len() for frame in (left, right)]
    both = sizes[0].join(sizes[1], on=names, how="inner")
    product = pl.col("len").cast(pl.Int64) * pl.col("len_right").cast(pl.Int64)
    return int(both.select(product.sum()).item() or 0)


def check_pairs(counts: dict[str, int], most: int = MOST_PAIRS) -> None:
    """Raise UserError when the rules together make more pairs than a run may compare."""
    total = sum(counts.values())
    if total > most:
        worst = max(counts, key=lambda name: (counts[name], name))
        raise UserError(
            f"{thousands(total)} paren om te vergelijken, meer dan de grens van {thousands(most)}; de regel "
            f"'{worst}' geeft er {thousands(counts[worst])}. Lever de bestanden in delen (bijvoorbeeld per gemeente), "
            "of haal standaardwaarden (zoals één adres of datum voor iedereen zonder) eerst uit het bestand"
        )


def compare(left: pl.DataFrame, right: pl.DataFrame, pairs: int, threads: int = 2) -> Candidates:
    """Compare the persons of two tables (columns of `persons`), whose rows must be in an order made by content.

    The result depends on the content of the rows alone: sampling is by a hash of the row number, sums are of whole
    numbers or made by one thread. Raises UserError when memory does not suffice.
    """
    database = duckdb.connect(
        ":memory:",
        config={
            "temp_directory": "",
            "memory_limit": MEMORY,
            "threads": threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    from splink.internals.exceptions import SplinkException

    try:
        return _compare(database, left, right, pairs, threads)
    except (duckdb.Error, SplinkException) as error:
        # messages of the engines quote values: only the kind may be seen; Splink wraps what DuckDB raised
        kind = error if isinstance(error, duckdb.Error) or error.__cause__ is None else error.__cause__
        short = isinstance(kind, duckdb.OutOfMemoryException)
        problem = "te weinig geheugen" if short else f"onverwachte fout {type(kind).__name__}"
    finally:
        database.close()
    raise UserError(
        f"de koppeling is gestopt: {problem} bij het vergelijken (grens {MEMORY}); er is niets geschreven. Namen komen "
        "niet op schijf, dus uitwijken kan niet: koppel in delen (bijvoorbeeld per gemeente)"
    ) from None


def _compare(database: Any, left: pl.DataFrame, right: pl.DataFrame, pairs: int, threads: int) -> Candidates:
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    interface = DuckDBAPI(connection=database)
    frames = []
    for name, frame in ((_LEFT, left), (_RIGHT, right)):
        numbered = frame.with_row_index("unique_id").with_columns(pl.col("unique_id").cast(pl.Int64))
        frames.append(interface.register(numbered.to_arrow(), dataset_display_name=name))
    prior = 0.5 / max(left.height, right.height)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = Linker(frames, settings(prior), log_level=None, validate_settings=False)
        linker.training.estimate_u_using_random_sampling(
            max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=4
        )
        # one thread: sums of probabilities are then always made in the same order
        database.execute("SET threads = 1")
        for columns in TRAINING:
            # a session without pairs fails, and leaves the linker without its comparisons
            if _pairs(left, right, columns):
                linker.training.estimate_parameters_using_expectation_maximisation(equality(columns))
        database.execute(f"SET threads = {threads}")
        names = ", ".join(f"gamma_{name}" for name in COMPARISONS)
        chunks = 1 + pairs // _PAIRS_PER_CHUNK
        found = []
        for chunk in range(1, chunks + 1):
            predicted = linker.inference.predict_chunk((chunk, chunks), (1, 1), warning_mode="never")
            found.append(
                database.sql(
                    f"SELECT source_dataset_l = '{_LEFT}', unique_id_l, unique_id_r, {names}, match_probability "
                    f"FROM {predicted.physical_name}"
                ).to_arrow_table()
            )
            predicted.drop_table_from_database_and_remove_from_cache()
        model = linker.misc.save_model_to_json()
    return _candidates(pa.concat_tables(found), model, left, right)


def _candidates(pairs: Any, model: dict[str, Any], first_table: pl.DataFrame, second_table: pl.DataFrame) -> Candidates:
    straight = pairs.column(0).to_numpy()
    first, second = (pairs.column(k).to_numpy() for k in (1, 2))
    left, right = np.where(straight, first, second), np.where(straight, second, first)
    levels = np.column_stack([pairs.column(3 + k).to_numpy() for k in range(len(COMPARISONS))]).astype(np.int8)
    order = np.lexsort((right, left))
    m, u = {}, {}
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        informative = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        m[name] = _start(name) if _untrained(informative) else _shares(informative, "m_probability")
        sampled = _shares(informative, "u_probability")
        u[name] = _counted(name, sampled, first_table, second_table)
    splink = pairs.column(3 + len(COMPARISONS)).to_numpy()
    return Candidates(left[order], right[order], levels[order], m, u, splink[order])


def _untrained(levels: list[dict[str, Any]]) -> bool:
    return all(not isinstance(level.get("m_probability"), float) for level in levels)


def _start(name: str) -> Floats:
    """Return what is assumed of true pairs where the data are too few to train on: most agree fully."""
    return np.append(np.full(TOP[name], 0.15 / TOP[name]), 0.85)


def _shares(levels: list[dict[str, Any]], key: str) -> Floats:
    """Return shares that add up to one, level 0 first; a level that was never seen gets half an observation."""
    least = 0.5 / RANDOM_PAIRS
    # Splink lists the highest level first, and says in words that a level was not seen
    estimates = [level.get(key) for level in levels[::-1]]
    shares = np.array([value if isinstance(value, float) and value > least else least for value in estimates])
    normed: Floats = shares / shares.sum()
    return normed


def _counted(name: str, sampled: Floats, left: pl.DataFrame, right: pl.DataFrame) -> Floats:
    """Replace what was sampled by an exact count for the levels that are the equality of a column."""
    shares, least = sampled.copy(), 0.5 / RANDOM_PAIRS
    reached = 0.0
    equalities = EQUALITIES.get(name, {})
    for level, column in sorted(equalities.items(), reverse=True):
        at_least = _chance_equal(left.get_column(column), right.get_column(column))
        shares[level] = max(at_least - reached, least)
        reached = max(reached, at_least)
    others = [level for level in range(len(shares)) if level not in equalities]
    shares[others] *= max(1 - reached, least) / sampled[others].sum()
    normed: Floats = shares / shares.sum()
    return normed


def _chance_equal(left: pl.Series, right: pl.Series) -> float:
    """Return the share of all pairs of filled values that are equal."""
    counts = [side.drop_nulls().alias("waarde").to_frame().group_by("waarde").len() for side in (left, right)]
    both = counts[0].join(counts[1], on="waarde").select((pl.col("len").cast(pl.Float64) * pl.col("len_right")).sort())
    filled = float(counts[0].get_column("len").sum()) * float(counts[1].get_column("len").sum())
    return float(both.sum().item() or 0.0) / filled if filled else 0.0

"""GeoJSON: the properties of every feature, and its geometry as a column."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from pseudonimisering.contract import GEOMETRY, Table
from pseudonimisering.readers.chunk import RawChunk, check_columns
from zoo_formaat.errors import UserError


def read(path: Path, table: Table, place: str, _wanted: Collection[str]) -> Iterator[RawChunk]:
    """Yield all features in one chunk: area files are small (12,000 buurten of a country: 60 MB)."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
        features = [(dict(feature["properties"] or {}), feature.get("geometry")) for feature in content["features"]]
    except OSError:
        problem = "niet te lezen; controleer het pad en de rechten"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        problem = "geen geldige GeoJSON in UTF-8; lever een FeatureCollection aan"
    else:
        problem = ""
    if problem:
        raise UserError(f"{place}: {problem}") from None
    if not features:
        return
    names = list(dict.fromkeys(name for properties, _ in features for name in properties))
    if GEOMETRY not in names:
        names.append(GEOMETRY)
        features = [({**properties, GEOMETRY: geometry}, None) for properties, geometry in features]
    check_columns(names, table, place)
    columns = {name: [_json_text(properties.get(name)) for properties, _ in features] for name in names}
    try:
        frame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    except UnicodeEncodeError:
        frame = None
    if frame is None:
        raise UserError(f"{place}: bevat halve tekens (losse surrogaten); lever het in geldige Unicode aan") from None
    yield RawChunk(frame, 1, share=1.0)


def _json_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)

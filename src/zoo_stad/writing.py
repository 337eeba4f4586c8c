"""Writing a city to a folder: ruw/, contracten/ and truth/."""

from importlib.resources import files
from pathlib import Path

import polars as pl
import pyreadstat

from zoo_formaat.atomic import new_directory
from zoo_formaat.errors import UserError
from zoo_stad.city import City, build_city
from zoo_stad.deliveries import HOUSEHOLD_TYPES, INCOMES_FILE, TABLES, areas_as_geojson
from zoo_stad.dirt import FLAWS, spoil
from zoo_stad.truth import planted_truth

LEAST_PERSONS_PER_GEMEENTE = 1_000
MOST_PERSONS = 5_000_000
MOST_GEMEENTEN = 900
_INCOME_LABELS = {
    "bsn": "burgerservicenummer",
    "jaar": "inkomensjaar",
    "loon": "loon, euro per jaar",
    "uitkering": "uitkeringen, euro per jaar",
    "winst": "winst uit onderneming, euro per jaar (negatief: verlies)",
    "huurinkomsten": "inkomsten uit verhuur, euro per jaar",
    "pensioen": "pensioen en AOW, euro per jaar",
    "huishoudtype": "type huishouden",
}
_SAV_TIME_AT = 92
_SAV_TIME = b"31 Dec 1600:00:00"


def write_city(folder: Path, persons: int, gemeenten: int, seed: int, *, dirty: bool) -> City:
    """Build a city and write it. The same arguments give the same bytes.

    Raises UserError when the folder exists and holds something, or when the numbers do not make a city. Nothing is
    left half-written.
    """
    _check(persons, gemeenten, seed)
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()
    elif folder.exists():
        raise UserError(f"{folder} bestaat al en is niet leeg; kies een andere map met --uit of verwijder haar eerst")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with new_directory(folder) as target:
        city = build_city(persons, gemeenten, seed)
        for name in ("ruw", "contracten", "truth"):
            (target / name).mkdir()
        dirt = _write_deliveries(city, target / "ruw", dirty)
        (target / "ruw" / "gebieden.geojson").write_bytes(areas_as_geojson(city))
        for contract in files("zoo_stad").joinpath("contracten", "synthetisch").iterdir():
            if contract.name.endswith(".toml"):
                (target / "contracten" / contract.name).write_bytes(contract.read_bytes())
        truth = planted_truth(city, persons, seed, dirty)
        for name, table in truth.tables.items():
            _write_csv(table, target / "truth" / name)
        _write_csv(dirt, target / "truth" / "vuil.csv")
        (target / "truth" / "waarheid.md").write_text(truth.explanation, encoding="utf-8")
    return city


def _check(persons: int, gemeenten: int, seed: int) -> None:
    if not 1 <= gemeenten <= MOST_GEMEENTEN:
        raise UserError(f"--gemeenten moet tussen 1 en {MOST_GEMEENTEN} liggen")
    if not LEAST_PERSONS_PER_GEMEENTE * gemeenten <= persons <= MOST_PERSONS:
        least = LEAST_PERSONS_PER_GEMEENTE * gemeenten
        raise UserError(f"--personen moet bij {gemeenten} gemeente(n) tussen {least} en {MOST_PERSONS} liggen")
    if seed < 0:
        raise UserError("--seed moet nul of groter zijn")


def _write_deliveries(city: City, folder: Path, dirty: bool) -> pl.DataFrame:
    """Write every table in random row order; returns the counts of the dirt."""
    order = city.streams["deliveries"].spawn(len(TABLES))
    flaws = city.streams["dirt"].spawn(len(TABLES))
    counts: list[tuple[str, str, int]] = []
    for (name, build), own, spoiling in zip(TABLES.items(), order, flaws, strict=True):
        frame = build(city, own)
        if dirty:
            frame, found = spoil(spoiling, frame, FLAWS[name])
            counts += [(kind, name, number) for kind, number in found.items()]
        frame = frame[own.permutation(len(frame))]
        if name == INCOMES_FILE:
            _write_sav(frame, folder / name)
        else:
            _write_csv(frame, folder / name)
    schema = {"soort": pl.String, "bestand": pl.String, "aantal": pl.Int64}
    return pl.DataFrame(counts, schema=schema, orient="row").sort("soort", "bestand")


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    # An empty text is an empty field, as in registers, not two quotes
    text = pl.col(pl.String)
    frame.with_columns(pl.when(text != "").then(text)).write_csv(path, separator=";")


def _write_sav(frame: pl.DataFrame, path: Path) -> None:
    """Write SPSS, and replace the moment of writing in its header by a fixed one (date 9 bytes, time 8 bytes)."""
    pyreadstat.write_sav(
        frame.to_pandas(),
        str(path),
        column_labels=[_INCOME_LABELS[column] for column in frame.columns],
        variable_value_labels={"huishoudtype": dict(HOUSEHOLD_TYPES)},
        variable_measure={
            column: "nominal" if column in {"bsn", "huishoudtype"} else "scale" for column in frame.columns
        },
    )
    with path.open("r+b") as stream:
        stream.seek(_SAV_TIME_AT)
        stream.write(_SAV_TIME)

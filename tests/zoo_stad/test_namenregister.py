"""The registers of names: reproducible, overlapping, and as hard as they are meant to be."""

from pathlib import Path

import polars as pl
import pytest

from zoo_formaat.errors import UserError
from zoo_stad.namenregister import write_registers


def read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / name, separator=";", infer_schema=False).fill_null("")


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("een", "twee"):
        write_registers(tmp_path / name, 500, 7)
    for path in sorted((tmp_path / "een").rglob("*.csv")):
        assert path.read_bytes() == (tmp_path / "twee" / path.relative_to(tmp_path / "een")).read_bytes()


def test_truth_overlap_twins_and_namesakes(tmp_path: Path) -> None:
    counts = write_registers(tmp_path / "namen", 8_000, 3)
    left, right = read(tmp_path / "namen", "ruw/inwoners.csv"), read(tmp_path / "namen", "ruw/klanten.csv")
    truth = read(tmp_path / "namen", "truth/paren.csv")
    assert counts == {"inwoners": left.height, "klanten": right.height, "paren": truth.height}
    assert truth.join(left, on="bsn").height == truth.join(right, on="klantnummer").height == truth.height
    # neither holds the other
    assert 0.45 < truth.height / left.height < 0.55
    assert 0.75 < truth.height / right.height < 0.85
    name = ["geslachtsnaam", "voornamen"]
    year = pl.col("geboortedatum").str.slice(0, 4).alias("jaar")
    namesakes = left.group_by(*name, year).agg(pl.col("geboortedatum").n_unique()).filter(pl.col("geboortedatum") > 1)
    assert namesakes.height > 0
    home = ["postcode", "huisnummer", "huisletter", "geslachtsnaam", "geboortedatum"]
    assert left.group_by(home).len().filter(pl.col("len") > 1).height > 5
    largest = left.group_by("geslachtsnaam").len().get_column("len").max()
    assert 0.004 < int(str(largest)) / left.height < 0.02


def test_without_dirt_true_pairs_agree(tmp_path: Path) -> None:
    write_registers(tmp_path / "namen", 1_000, 3, 0.0)
    left, right = read(tmp_path / "namen", "ruw/inwoners.csv"), read(tmp_path / "namen", "ruw/klanten.csv")
    pairs = read(tmp_path / "namen", "truth/paren.csv").join(left, on="bsn").join(right, on="klantnummer")
    assert (pairs["geslachtsnaam"] == pairs["naam"]).all()
    assert (pairs["voornamen"] == pairs["voornamen_right"]).all()
    assert (pairs["postcode"] == pairs["postcode_right"]).all()
    turned = pairs["geboren"].str.replace(r"(..)-(..)-(....)", "$3$2$1")
    assert (turned == pairs["geboortedatum"]).all()


def test_numbers_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    for persons, seed, dirt in ((10, 1, 1.0), (500, -1, 1.0), (500, 1, 9.0)):
        with pytest.raises(UserError):
            write_registers(tmp_path / "namen", persons, seed, dirt)
    assert not (tmp_path / "namen").exists()

"""The contracts that come with a city describe exactly its files."""

import csv
import json
from fnmatch import fnmatch

import pyreadstat
import pytest

from pseudonimisering.contract import load_contract

SOURCES = ["bag", "brp", "gebieden", "hennep", "inkomens", "kadaster", "kvk", "politie", "verhuur"]


def columns_of(file):
    if file.suffix == ".csv":
        with file.open(encoding="utf-8") as stream:
            return set(next(csv.reader(stream, delimiter=";")))
    if file.suffix == ".sav":
        return set(pyreadstat.read_sav(str(file), metadataonly=True)[1].column_names)
    features = json.loads(file.read_text("utf-8"))["features"]
    return {"geometrie", *features[0]["properties"]}


@pytest.mark.parametrize("source", SOURCES)
def test_contract_and_files_have_the_same_columns(clean, source):
    contract = load_contract(clean.folder / "contracten" / f"{source}.toml")
    assert contract.bron == source
    assert contract.synthetisch
    assert contract.doelen == ["ondermijning-vastgoed"]
    for table in contract.tabellen.values():
        matches = [file for file in (clean.folder / "ruw").iterdir() if fnmatch(file.name, table.bestand)]
        assert len(matches) == 1
        assert columns_of(matches[0]) == set(table.source_columns)


def test_every_file_belongs_to_one_contract(clean):
    patterns = [
        table.bestand
        for source in SOURCES
        for table in load_contract(clean.folder / "contracten" / f"{source}.toml").tabellen.values()
    ]
    for file in (clean.folder / "ruw").iterdir():
        assert sum(fnmatch(file.name, pattern) for pattern in patterns) == 1


def test_code_lists_cover_what_is_delivered(clean):
    for source in SOURCES:
        for table in load_contract(clean.folder / "contracten" / f"{source}.toml").tabellen.values():
            if table.formaat == "csv":
                frame = clean.raw(table.bestand.removesuffix("*.csv"))
                for name, column in table.kolommen.items():
                    if column.waarden:
                        assert set(frame[name]) <= set(column.waarden)


def test_nothing_criminal_is_called_ordinary(clean):
    for source in ("politie", "hennep"):
        for table in load_contract(clean.folder / "contracten" / f"{source}.toml").tabellen.values():
            for output in table.outputs(source, "x"):
                assert output.source.categorie == "strafrechtelijk"

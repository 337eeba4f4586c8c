"""What a file looks like is recognised, helps in errors, and is told without one value of the data."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pseudonimisering.readers.detect import detect_text, look
from tests.pseudonimisering.test_ingest import many_persons
from tests.pseudonimisering.test_readers import csv, refused
from tests.pseudonimisering.test_readers_formats import parquet, sav, xlsx

COMMAND = Path(sys.executable).with_name("pseudonimisering")


def written(town, persons, encoding="utf-8", separator=";") -> Path:
    text = "\n".join([town.header, *persons]) + "\n"
    return town.write("ruw/los.csv", text.replace(";", separator).encode(encoding))


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "utf-16"])
def test_encoding_and_separator(town, encoding, separator):
    names = ["Jansén", "Müller", "Ölçer", "Groën", "Daniël"]
    persons = [f"123456782;{name};19700101;M;H1;1234AB;1;;" for name in names * 5]
    found = detect_text(written(town, persons, encoding, separator))
    assert found.encoding == encoding.removesuffix("-sig")
    assert found.separator == separator
    assert found.rows[1][1] == "Jansén"


def test_kinds_of_columns(town):
    found = look(written(town, many_persons(400)))
    assert (found.format, found.header, found.rows_looked_at) == ("csv", True, 199)
    assert {column.name: column.kind for column in found.columns} == {
        "bsn": "bsn (of rsin)", "achternaam": "tekst", "geboortedatum": "datum", "geslacht": "code",
        "huishouden_nummer": "tekst", "postcode": "postcode", "huisnummer": "geheel", "huisletter": "leeg",
        "toevoeging": "leeg",
    }  # fmt: skip


@pytest.mark.parametrize("make", [sav, xlsx, parquet])
def test_other_formats_are_known_by_their_content(town, make):
    file = make(town)
    path = file.rename(file.with_suffix(".dat"))
    found = look(path)
    assert found.format == file.suffix[1:]
    assert [column.name for column in found.columns] == ["bsn", "soort", "bedrag", "datum", "actief"]


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_bekijk_shows_no_value_and_begins_a_contract(town):
    persons = many_persons(100)
    file, skeleton = written(town, persons), town.root / "begin.toml"
    done = run("bekijk", file, "--contract", skeleton)
    assert done.returncode == 0, done.stderr
    assert "kolommen:  9" in done.stdout and "scheiding: ;" in done.stdout
    shown = done.stdout + skeleton.read_text()
    cells = {cell for row in persons for cell in row.split(";") if len(cell) > 2}
    assert not [cell for cell in cells if cell in shown]
    columns = tomllib.loads(skeleton.read_text())["tabellen"]["los"]["kolommen"]
    assert columns["bsn"] == {"rol": "identifier", "vorm": "bsn", "eenheid": "persoon"}
    assert columns["achternaam"] == columns["postcode"] == {"rol": "weglaten"}
    assert columns["geboortedatum"]["generaliseer"] == "jaar"
    assert run("bekijk", file, "--contract", skeleton).returncode == 2


def test_a_file_without_names_shows_none(town):
    persons = many_persons(100)
    file = town.write("ruw/los.csv", "\n".join(persons) + "\n")
    done = run("bekijk", file, "--json")
    document = json.loads(done.stdout)
    assert not document["kolomnamen"]
    assert [column["kolom"] for column in document["kolommen"]] == [f"kolom {i}" for i in range(1, 10)]
    refused_skeleton = run("bekijk", file, "--contract", town.root / "begin.toml")
    assert refused_skeleton.returncode == 2 and "kolomnamen" in refused_skeleton.stderr


def test_errors_name_the_likely_right_value(town):
    comma = town.contract(town.brp_contract.replace('formaat = "csv"', 'formaat = "csv"\nscheiding = ","'))
    assert "lijkt gescheiden met ';'" in refused(town, csv(town), comma)
    latin = csv(town, *town.rows[1:], town.rows[0]).encode("cp1252")
    assert "(het bestand lijkt cp1252)" in refused(town, latin)


def test_a_date_that_no_calendar_has_is_named_and_nothing_else_is_printed(town):
    far = pa.array([2_932_897 + 400_000], pa.int32()).cast(pa.date32())
    pq.write_table(pa.table({"bsn": ["123456782"], "geboren": far}), town.root / "t.parquet")
    done = subprocess.run([COMMAND, "bekijk", town.root / "t.parquet"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert (
        done.stderr.count("\n") == 1
        and "kolom 'geboren': een datum ligt buiten de jaren 1 tot en met 9999" in done.stderr
    )


def test_a_parquet_file_without_rows_still_has_columns(town):
    pq.write_table(
        pa.table({"bsn": pa.array([], pa.string()), "jaar": pa.array([], pa.int64())}), town.root / "t.parquet"
    )
    assert [(column.name, column.kind) for column in look(town.root / "t.parquet").columns] == [
        ("bsn", "leeg"),
        ("jaar", "leeg"),
    ]

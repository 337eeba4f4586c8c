"""Attacks on zone 1: by who has its packages, its machine or a pen for the contract, and by who delivers the files."""

import base64
import gzip
import hashlib
import hmac
import io
import json
import os
import random
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

from pseudonimisering.contract import load_contract
from pseudonimisering.suppression import Suppressed
from tests.pseudonimisering.conftest import PROJECT
from tests.pseudonimisering.test_cli import COMMAND, process
from tests.pseudonimisering.test_ingest import many_persons, rows
from zoo_formaat import eventlog
from zoo_formaat.command import run
from zoo_formaat.errors import UserError
from zoo_formaat.package import load_package
from zoo_formaat.sealed import OpeningKey

VALUE = "Geheimwaarde"
HEAD = """versie = 1
bron = "bron"
houder = "Houder"
grondslag = "artikel 1"
doelen = ["ondermijning-vastgoed"]
bewaren_tot = 2999-12-31
synthetisch = true
"""
IDENTIFIER = 'rol = "identifier"\nvorm = "bsn"\nnaar = "persoon"'
TEXT = 'rol = "attribuut"\ntype = "tekst"'
GOOD = f"bsn;w\n123456782;{VALUE}\n111222333;b\n"


def contract_text(format="csv", columns=(("bsn", IDENTIFIER), ("w", TEXT)), table="", top="") -> str:
    text = HEAD + top + f'[tabellen.t]\nbestand = "*"\nformaat = "{format}"\n' + table
    return text + "".join(f"[tabellen.t.kolommen.{json.dumps(name)}]\n{body}\n" for name, body in columns)


def deliver(town, content, name="a.csv", *, target="pakket", takes=("persoon", "w"), **contract):
    """Deliver one file, given as its content or as what writes it, under a contract of two columns."""
    more = f"[bronnen.bron]\nt = {json.dumps(list(takes))}"
    project = PROJECT.format(id="proef", purpose="ondermijning-vastgoed", end="2999-12-31", more=more)
    if callable(content):
        file = town.write(f"ruw/{name}", b"")
        content(file)
    else:
        file = town.write(f"ruw/{name}", content)
    return town.deliver(town.contract(contract_text(**contract)), [file], town.project(text=project), target)


def refused(town, content, name="a.csv", **options) -> str:
    """Return what the refusal says, after checking that it quotes nothing and that nothing is left behind."""
    with pytest.raises(UserError) as caught:
        deliver(town, content, name, **options)
    message = str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert VALUE not in message and "123456782" not in message
    assert not [path.name for path in town.root.iterdir() if "pakket" in path.name]
    return message


def table(town, target="pakket", name="t") -> pa.Table:
    return pq.ParquetFile(town.root / target / f"{name}.parquet").read()


# --------------------------------------------------------------------------------- who has packages and no secret


def spellings(number: str) -> list[bytes]:
    """Return the bytes by which somebody could have hashed a BSN: texts and integers, with and without the zero."""
    texts = [number, number.lstrip("0"), number.lstrip("0") + ".0", f"{number[:4]}.{number[4:6]}.{number[6:]}"]
    texts += [f"persoon:{number}", f"bsn:{number}", f"persoon|{number}", number + "\n"]
    found = [text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    return found + [int(number).to_bytes(size, order) for size in (4, 8, 16) for order in ("little", "big")]


def encoded(digest: bytes) -> list[bytes]:
    """Return the digest, cut to the 16 bytes of a pseudonym, in every encoding; each is the beginning of the whole."""
    short = digest[:16]
    return [
        short, short[::-1], digest[-16:], short.hex().encode(), short.hex().upper().encode(),
        base64.b64encode(digest)[:20], base64.urlsafe_b64encode(digest)[:20], base64.b32encode(digest)[:24],
        base64.b32encode(digest)[:24].lower(),
    ]  # fmt: skip


@pytest.fixture
def large(town):
    """Two packages of three hundred persons, with audit identities, and their persons."""
    persons = [*town.rows, *many_persons(300)]
    town.custody.trust_checker(OpeningKey.generate("zone3").public)
    town.deliver(town.contract(), [town.persons(persons)], town.project())
    income = town.contract(town.income_contract, "inkomens.toml")
    town.deliver(income, [town.incomes([123456782.0, 12345672.0])], town.project(), "inkomens")
    return persons


def test_a_dictionary_over_the_planted_numbers_finds_no_unkeyed_hash(town, large):
    numbers = [*town.bsns[:4], *(row.split(";")[0] for row in large[4:40])]
    functions = [hashlib.sha256, hashlib.sha1, hashlib.md5]
    # a hash under a key that everybody can guess is unkeyed as well
    guesses = [b"", b"proef", b"persoon", b"brp", bytes(32)]
    needles = set()
    for number in numbers:
        for spelled in spellings(number):
            digests = [function(spelled).digest() for function in functions]
            digests += [hmac.digest(guess, spelled, "sha256") for guess in guesses]
            needles |= {needle for digest in digests for needle in encoded(digest)}
    files = [path for name in ("pakket", "inkomens") for path in sorted((town.root / name).rglob("*"))]
    assert len(files) >= 9
    content = b"\n".join(path.read_bytes() for path in files)
    for path in files:
        if path.suffix == ".parquet":
            for column in pq.ParquetFile(path).read().columns:
                for value in column.to_pylist():
                    content += getattr(value, "bytes", b"") + b"\n" + str(value).encode() + b"\n"
    # every piece of the haystack once, by length: thousands of needles, one pass each way
    for length in {len(needle) for needle in needles}:
        pieces = {content[start : start + length] for start in range(len(content) - length + 1)}
        assert not pieces & {needle for needle in needles if len(needle) == length}
    for number in numbers:
        assert number.encode() not in content and number.lstrip("0").encode() + b"\n" not in content


def _rank_correlation(values: list) -> float:
    """Return how much an order follows that of the delivery: 0 for not at all, 1 or -1 for wholly."""
    place = {value: rank for rank, value in enumerate(sorted(values))}
    n = len(values)
    squares = sum((rank - place[value]) ** 2 for rank, value in enumerate(values))
    return 1 - 6 * squares / (n * (n * n - 1))


def test_rows_pseudonyms_and_codes_carry_nothing_of_the_order_and_nothing_of_another_project(town):
    persons = sorted(many_persons(1_000))
    orders = {}
    for project in ("proef", "ander"):
        signed = town.project(f"{project}.toml", id=project)
        town.deliver(town.contract(), [town.persons(persons)], signed, project)
        secret = town.custody.project_secret(project).domain_key("persoon")
        made = [value.as_py() for value in secret.pseudonyms(pl.Series([row.split(";")[0] for row in persons]))]
        found = {row["persoon"].bytes: row for row in rows(town, target=project)}
        file_order = {pseudonym: number for number, pseudonym in enumerate(found)}
        orders[project] = [
            made,
            [file_order[pseudonym] for pseudonym in made],
            [found[pseudonym]["persoon_code"] for pseudonym in made],
            [found[pseudonym]["adres"].bytes for pseudonym in made],
        ]
    # a thousand ranks correlate by chance with a standard deviation of 0.03
    for values in (*orders["proef"], *orders["ander"]):
        if len(set(values)) == len(persons):
            assert abs(_rank_correlation(values)) < 0.25
    for mine, theirs in zip(orders["proef"], orders["ander"], strict=True):
        assert mine != theirs
        along = [value for _, value in sorted(zip(mine, theirs, strict=True))]
        if len(set(along)) == len(persons):
            assert abs(_rank_correlation(along)) < 0.25
    assert not {*orders["proef"][0], *orders["proef"][3]} & {*orders["ander"][0], *orders["ander"][3]}


def test_an_empty_or_unknown_identifier_is_missing_rather_than_a_frequent_pseudonym(town):
    text = town.brp_contract.replace("verplicht = true\n", "").replace('uniek = ["bsn"]\n', "")
    empty = [f"{bsn};N;19700101;M;H1;1234AB;1;;" for bsn in ("", "  ", "000000000", "999999999", "123456782")]
    contract = town.contract(text.replace("synthetisch = true", 'synthetisch = true\nfouten = "melden"'))
    town.deliver(contract, [town.persons(empty)], town.project())
    assert sum(row["persoon"] is not None for row in rows(town)) == 1
    assert sum(row["persoon_code"] is not None for row in rows(town)) == 1


# ------------------------------------------------------------------------------------- who tampers with a package


def _swap(town, package, other):
    name = "personen.parquet"
    one, two = (package / name).read_bytes(), (other / name).read_bytes()
    (package / name).write_bytes(two)
    (other / name).write_bytes(one)


def _cut(town, package, other):
    path = package / "personen.parquet"
    path.write_bytes(path.read_bytes()[:-1])


def _link(town, package, other):
    (package / "personen.parquet").unlink()
    (package / "personen.parquet").symlink_to(other / "personen.parquet")


def _link_to_itself(town, package, other):
    (package / "personen.parquet").rename(town.root / "elders.parquet")
    (package / "personen.parquet").symlink_to(town.root / "elders.parquet")


def _extra(town, package, other):
    (package / "extra.parquet").symlink_to("/etc/passwd")


def _folder(town, package, other):
    (package / "map").mkdir()


def _manifest_of_the_other(town, package, other):
    (package / "datapackage.json").write_bytes((other / "datapackage.json").read_bytes())


def _signature_of_the_other(town, package, other):
    (package / "datapackage.dsse.json").write_bytes((other / "datapackage.dsse.json").read_bytes())


def _both_of_the_other(town, package, other):
    _manifest_of_the_other(town, package, other)
    _signature_of_the_other(town, package, other)


def _nested(town, package, other):
    (package / "datapackage.dsse.json").write_bytes(b"[" * 100_000)


def _empty_signature(town, package, other):
    (package / "datapackage.dsse.json").write_bytes(b"")


@pytest.mark.parametrize(
    "harm",
    [
        _swap, _cut, _link, _link_to_itself, _extra, _folder, _manifest_of_the_other, _signature_of_the_other,
        _both_of_the_other, _nested, _empty_signature,
    ],
)  # fmt: skip
def test_a_package_that_was_cut_swapped_linked_or_added_to_does_not_open(town, harm):
    contract, project = town.contract(), town.project()
    town.deliver(contract, [town.persons()], project)
    town.deliver(contract, [town.persons(town.rows[:2])], project, "ander")
    package, other = town.root / "pakket", town.root / "ander"
    keys = [town.custody.public_key()]
    assert load_package(package, keys) and load_package(other, keys)
    harm(town, package, other)
    with pytest.raises(UserError):
        load_package(package, keys)


def test_an_older_package_put_back_does_not_bring_the_erased_back(town):
    contract = town.contract(town.brp_contract.replace('uniek = ["bsn"]', 'uniek = ["bsn"]\nlevering = "vult_aan"'))
    project = town.project()
    town.deliver(contract, [town.persons()], project)
    (gone,) = (
        town.custody.project_secret("proef").domain_key("persoon").pseudonyms(pl.Series(["111222333"])).to_pylist()
    )
    Suppressed(town.custody).add("proef", "persoon", 1, 1, gone)
    more = [town.persons(["001234560;N;19700101;M;H1;1234AB;1;;"])]
    with pytest.raises(UserError, match="eerdere uitgave"):
        town.deliver(contract, more, project)
    assert len(rows(town)) == 4
    town.deliver(contract, [town.persons()], project, anew=True)
    assert len(rows(town)) == 3


# ---------------------------------------------------------------------------------------- who watches the process


def test_a_running_delivery_shows_no_secret_and_no_identifier(town, tmp_path):
    persons = many_persons(4_000)
    contract, project, file = town.contract(), town.project(), town.persons(persons)
    town.custody.project_secret("proef")
    secret = town.custody.open_secrets("proef")[0][0]
    master = (town.custody.path / "hoofdsleutel.geheim").read_bytes().strip()
    temporary = tmp_path / "tijdelijk"
    temporary.mkdir()
    running = subprocess.Popen(
        [COMMAND, *map(str, process(town, project, file, contract=contract))],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=temporary, env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    seen: dict[str, set[bytes]] = {"proces": set(), "schijf": set(), "kern": set()}
    proc = Path(f"/proc/{running.pid}")
    while running.poll() is None:
        try:
            seen["proces"] |= {(proc / name).read_bytes() for name in ("cmdline", "environ")}
            limits = (proc / "limits").read_text().splitlines()
            seen["kern"] |= {line.encode() for line in limits if line.startswith("Max core file size")}
            places = [*temporary.rglob("*"), *town.root.glob(".pakket*/**/*")]
            seen["schijf"] |= {path.read_bytes() for path in places if path.is_file()}
        except OSError:
            pass  # it is gone already
        time.sleep(0.01)
    output = running.communicate()
    assert running.returncode == 0, output
    assert any(line.split()[4:6] == [b"0", b"0"] for line in seen["kern"])
    assert seen["schijf"] and list(temporary.iterdir()) == []
    hidden = [secret, secret.hex().encode(), base64.b64encode(secret), master]
    for content in (*seen["proces"], *seen["schijf"], *output):
        assert not [text for text in hidden if text in content]
    numbers = [row.split(";")[0].encode() for row in persons[:500]]
    for content in (*seen["schijf"], *output):
        assert not [number for number in numbers if number in content]


@pytest.mark.parametrize("bits", [0o640, 0o604])
@pytest.mark.parametrize("name", ["hoofdsleutel.geheim", "projecten/proef.v1.geheim", "zone1.sleutel"])
def test_a_key_file_open_to_the_group_stops_every_delivery(town, name, bits):
    town.custody.project_secret("proef")
    (town.custody.path / name).chmod(bits)
    fresh = type(town.custody)(town.custody.path)
    with pytest.raises(UserError, match="leesbaar voor anderen"):
        town.deliver(town.contract(), [town.persons()], town.project(), custody=fresh)
    assert not list(town.root.glob("*pakket*"))


def test_two_deliveries_at_once_on_one_custody_link_and_keep_the_log_whole(town):
    # the secret, the audit key and the code book do not exist yet: both want to make them
    arguments = [process(town, town.project(), town.persons(), target=name) for name in ("een", "twee")]
    running = [subprocess.Popen([COMMAND, *map(str, part)], stderr=subprocess.PIPE) for part in arguments]
    assert [(run.communicate()[1], run.returncode) for run in running] == [(b"", 0)] * 2
    assert (town.root / "een/personen.parquet").read_bytes() == (town.root / "twee/personen.parquet").read_bytes()
    assert eventlog.verify(town.custody.path / "logboek.jsonl") >= 4


@pytest.mark.parametrize("most", [2_300])
def test_a_full_disk_at_any_moment_is_one_line_and_leaves_custody_and_log_whole(town, most):
    arguments = [COMMAND, *map(str, process(town, town.project(), town.persons(many_persons(500))))]
    town.custody.project_secret("proef")
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # noqa: E731
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith("fout: ") and not (town.root / "pakket").exists()
    eventlog.verify(town.custody.path / "logboek.jsonl")
    assert subprocess.run(arguments, check=False, capture_output=True).returncode == 0


class PanicException(BaseException):
    """What a library in Rust raises when it panics: no Exception, and its message quotes the value."""


@pytest.mark.parametrize("kind", [PanicException, MemoryError, RecursionError, AssertionError])
def test_no_exception_shows_its_message(kind, capsys, monkeypatch):
    application = typer.Typer()

    @application.command()
    def fail() -> None:
        raise kind(VALUE)

    monkeypatch.setattr(sys, "argv", ["proef"])
    with pytest.raises(SystemExit) as caught:
        run(application, "proef")
    assert caught.value.code == 1
    assert VALUE not in "".join(capsys.readouterr())


def test_a_panic_of_a_library_is_a_refusal_without_its_message(town, monkeypatch):
    monkeypatch.setattr(
        "pseudonimisering.canonical.normalise", lambda *_, **__: (_ for _ in ()).throw(PanicException(VALUE))
    )
    with pytest.raises(UserError, match="PanicException") as caught:
        deliver(town, GOOD)
    assert VALUE not in str(caught.value) and not (town.root / "pakket").exists()


# ---------------------------------------------------------------------------------------- who delivers the files


def _gj(value) -> str:
    return json.dumps({"type": "FeatureCollection", "features": value})


BAD_CSV = {
    "only a mark": b"\xef\xbb\xbf",
    "empty": b"",
    "first line empty": f"\n{GOOD}",
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode(),
    "NUL in a name": "bsn;w\0\n123456782;x\n",
    "NUL in a number": "bsn;w\n" + "111222333;x\n" * 200 + "1234\x0056782;x\n",
    "field without end": "bsn;" + "w" * 200_000 + "\n123456782;x\n",
    "one line": b"G" * 3_000_000,
    "million columns": ";".join(f"c{i}" for i in range(1_000_000)) + "\n",
    "million cells in a row": GOOD + ";".join(["1"] * 1_000_000) + "\n",
    "name twice": f"bsn;w;w\n123456782;{VALUE};x\n",
    "name twice but for case": f"bsn;w;W\n123456782;{VALUE};x\n",
    "no UTF-8": b"bsn;w\n123456782;" + VALUE.encode() + b"\xff\n",
    "half a character": b"bsn;w\n123456782;" + VALUE.encode() + b"\xed\xa0\x80\n",
    "no UTF-8 in the names": b"bsn;w\xff\n123456782;x\n",
    "long line": b"bsn;w\n123456782;" + b"G" * 40_000_000 + b"\n",
    "look-alike name": "bѕn;w\n123456782;x\n",
}


@pytest.mark.parametrize("content", BAD_CSV.values(), ids=BAD_CSV)
def test_a_bad_csv_is_refused_in_one_sentence(town, content):
    refused(town, content)


@pytest.mark.parametrize("content", [GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\r"), "\ufeff" + GOOD,
                                     f"bsn;w\r\n123456782;{VALUE}\r111222333;b\n"])  # fmt: skip
def test_line_ends_and_a_mark_do_not_change_what_is_read(town, content):
    deliver(town, content.encode())
    assert sorted(table(town).column("w").to_pylist()) == [VALUE, "b"]


@pytest.mark.parametrize("suffix", ["gz", "bz2", "zst", "lz4"])
def test_a_damaged_archive_is_refused(town, suffix):
    refused(town, gzip.compress(GOOD.encode())[:-9] if suffix == "gz" else b"garbage", f"a.csv.{suffix}")
    refused(town, gzip.compress(GOOD.encode()) + b"garbage", "b.csv.gz")


def test_a_bomb_in_gzip_is_refused_before_it_is_unpacked_whole(town):
    bomb = gzip.compress(b"bsn;w\n123456782;" + bytes(60_000_000))
    assert len(bomb) < 100_000
    refused(town, bomb, "a.csv.gz")


BAD_GEOJSON = {
    "properties in a list": _gj([{"properties": ["x"]}]),
    "properties as text": _gj([{"properties": VALUE}]),
    "properties as number": _gj([{"properties": 5}]),
    "no feature": _gj([None]),
    "features as text": _gj("abc"),
    "list": "[1]",
    "nested": "[" * 100_000,
    "nested geometry": '{"features":[{"properties":{},"geometry":' + "[" * 100_000,
    "half a character": '{"features":[{"properties":{"bsn":"123456782","w":"' + VALUE + '\\ud800"},"geometry":1}]}',
    "long number": '{"features":[{"properties":{"bsn":1,"w":' + "9" * 5_000 + "}}]}",
    "not a number": '{"features":[{"properties":{"bsn":NaN,"w":1}}]}',
}


@pytest.mark.parametrize("content", BAD_GEOJSON.values(), ids=BAD_GEOJSON)
def test_a_bad_geojson_is_refused_in_one_sentence(town, content):
    columns = [("bsn", IDENTIFIER), ("w", TEXT), ("geometrie", 'rol = "weglaten"')]
    refused(town, content, "a.geojson", format="geojson", columns=columns)


def _parquet(values: pa.Array):
    return lambda path: pq.write_table(pa.table({"bsn": ["123456782", "111222333"], "w": values}), path)


def _no_utf8() -> pa.Array:
    stored = pa.array([b"\xff\xfe" + VALUE.encode(), b"x"], pa.binary())
    return pa.Array.from_buffers(pa.string(), 2, stored.buffers())


BAD_PARQUET = {
    "date in the year 5,000,000": pa.array([2**31 - 1, 1], pa.date32()),
    "date before the calendar": pa.array([-(2**31), 1], pa.date32()),
    "time in the year 290,000": pa.array([2**63 - 1, 1], pa.timestamp("us")),
    "time in milliseconds": pa.array([2**63 - 1, 1], pa.timestamp("ms")),
    "decimal of 256 bits": pa.array([1, 2], pa.decimal256(70, 0)),
    "no UTF-8": _no_utf8(),
    "bytes": pa.array([b"\xff", b"x"]),
    "list": pa.array([["a"], ["b"]]),
}


@pytest.mark.parametrize("values", BAD_PARQUET.values(), ids=BAD_PARQUET)
def test_a_bad_parquet_is_refused_in_one_sentence(town, values, capfd):
    refused(town, _parquet(values), "a.parquet", format="parquet")
    assert capfd.readouterr().err == ""


def test_a_parquet_file_damaged_anywhere_is_refused_or_read(town):
    pq.write_table(pa.table({"bsn": ["123456782"] * 500, "w": [f"{VALUE}{i}" for i in range(500)]}), town.root / "heel")
    whole, draw = (town.root / "heel").read_bytes(), random.Random(3)
    for number in range(8):
        harmed = bytearray(whole)
        for _ in range(5):
            harmed[draw.randrange(4, len(harmed))] = draw.randrange(256)
        try:
            deliver(town, bytes(harmed), "a.parquet", format="parquet", target=f"uit{number}")
        except UserError as error:
            assert VALUE not in str(error) and "123456782" not in str(error)


def _workbook(change) -> bytes:
    stream, book = io.BytesIO(), openpyxl.Workbook()
    for row in (["bsn", "w"], ["123456782", VALUE]):
        book.active.append(row)
    book.save(stream)
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


BAD_WORKBOOK = {
    "cell in the last column and row": lambda name, it: it.replace(b'r="B2"', b'r="XFD1048576"'),
    "cell beyond the sheet": lambda name, it: it.replace(b'r="B2"', b'r="ZZZZZ99999999999"'),
    "no workbook": lambda name, it: None if name == "xl/workbook.xml" else it,
    "no sheet": lambda name, it: None if "sheet1" in name else it,
    "no XML": lambda name, it: b"\xff<<<" if "sheet1" in name else it,
    "half a sheet": lambda name, it: it[: len(it) // 2] if "sheet1" in name else it,
    "entities": lambda name, it: b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;' if "sheet1" in name else it,
}


@pytest.mark.parametrize("change", BAD_WORKBOOK.values(), ids=BAD_WORKBOOK)
def test_a_bad_workbook_is_refused_in_one_sentence(town, change):
    refused(town, _workbook(change), "a.xlsx", format="xlsx")


def test_a_workbook_that_unpacks_to_more_than_memory_is_refused(town, monkeypatch):
    monkeypatch.setattr("pseudonimisering.readers.excel._MOST_BYTES", 10_000_000)
    bomb = _workbook(lambda name, it: it + b" " * 20_000_000 if "sheet1" in name else it)
    assert len(bomb) < 100_000
    assert "te groot" in refused(town, bomb, "a.xlsx", format="xlsx")


@pytest.mark.parametrize(
    "content", [b"", b"bsn;w\n1;2\n", b"PK\x03\x04xxxx", b"PAR1PAR1", b"$FL2" + bytes(300), bytes(900)]
)
@pytest.mark.parametrize("format", ["xlsx", "parquet", "sav", "dta", "geojson", "csv"])
def test_a_file_of_another_kind_is_refused(town, format, content):
    if (format, content[:3]) != ("csv", b"bsn"):
        refused(town, content, f"a.{format}", format=format)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("geheel", "9223372036854775808"), ("geheel", "1" * 5_000), ("geheel", "1e3"), ("geheel", "٣"),
        ("decimaal", "1e400"), ("decimaal", "-1e999999999"), ("decimaal", "NaN"), ("decimaal", "inf"),
        ("jaar", "99999999999"), ("jaar", "0000"), ("janee", "misschien"),
    ],
)  # fmt: skip
def test_a_number_that_does_not_fit_is_refused(town, kind, value):
    columns = [("bsn", IDENTIFIER), ("w", f'rol = "attribuut"\ntype = "{kind}"')]
    refused(town, f"bsn;w\n123456782;{value}\n", columns=columns)


@pytest.mark.parametrize("step", ["", "jaar", "maand"])
@pytest.mark.parametrize(
    "value", ["0000-00-00", "10000-01-01", "00000000", "-2016-01-01", "２０１６-01-01", "2016-99-99"]
)
def test_a_date_of_no_calendar_is_refused(town, value, step):
    body = 'rol = "datum"' + (f'\ngeneraliseer = "{step}"' if step else "")
    refused(town, f"bsn;w\n123456782;{value}\n", columns=[("bsn", IDENTIFIER), ("w", body)])


@pytest.mark.parametrize("name", ["a\nb.csv", "fout: x\r\n.csv", "\x1b[31m.csv", "a'b.csv", "a*b?[1].csv", "-x.csv"])
def test_a_file_may_have_any_name(town, name):
    deliver(town, GOOD, name)
    assert table(town).num_rows == 2


def test_a_name_that_is_no_text_is_refused(town):
    assert "UTF-8" in refused(town, GOOD, os.fsdecode(b"a\xff.csv"))
    with pytest.raises(UserError, match="UTF-8"):
        deliver(town, GOOD, target=os.fsdecode(b"p\xff"))


# --------------------------------------------------------------------------------------- who writes the contract


@pytest.mark.parametrize("name", ["w=anders", "_rij=5", "persoon=1", "w_code=1"])
def test_the_name_of_a_folder_on_the_way_does_not_become_a_column(town, name):
    """`jaar=2016/` is a partition to some readers: its value took the place of the column in a signed package."""
    (town.root / name).mkdir()
    unique = {"table": 'uniek = ["bsn"]\n'}
    doubles = GOOD + f"123456782;{VALUE}\n"
    for target in ("pakket", f"{name}/pakket"):
        result = deliver(town, doubles, target=target, **unique)
        assert result.rejected == {"t": {"dubbel": 1}}
        assert sorted(table(town, target).column("w").to_pylist()) == [VALUE, "b"]


@pytest.mark.parametrize(
    "name", ["rang", "wie", "rijen", "eerste", "soorten", "gekozen", "deel", "weg", "row", "select"]
)
def test_a_column_may_be_called_what_the_program_uses_inside(town, name):
    content = "bsn;k\n123456782;1\n123456782;1\n111222333;2\n123456782;3\n111222333;3\n"
    columns = [("bsn", IDENTIFIER), ("k", f'rol = "attribuut"\ntype = "geheel"\nnaar = "{name}"')]
    result = deliver(town, content, columns=columns, takes=("persoon", name), table='uniek = ["k"]\n')
    assert result.rejected == {"t": {"dubbel": 2}}
    assert sorted(table(town).column(name).to_pylist()) == [1, 2, 3]
    columns = [("bsn", IDENTIFIER.replace("persoon", name)), ("k", 'rol = "attribuut"\ntype = "geheel"')]
    result = deliver(
        town, content, columns=columns, takes=(name, "k"), table='uniek = ["bsn"]\n', target="identificerend"
    )
    assert result.rejected == {"t": {"dubbel": 3}}


@pytest.mark.parametrize("name", ["", "*", "^.*$", "^b.*$", "_rij"])
def test_a_column_with_a_name_that_means_something_to_a_library_is_refused(town, name):
    with pytest.raises(UserError, match="heet als iets van het programma"):
        load_contract(town.contract(contract_text(columns=[("bsn", IDENTIFIER), (name, 'rol = "weglaten"')])))


@pytest.mark.parametrize(
    "name",
    [
        'w"; DROP TABLE deel; --',
        "w'x",
        "a\nb",
        "a/../../c",
        "x" * 5_000,
        "ｗ",
        "w\u200b",
        " ",
        "tekst",
        "waarde",
        "reden",
    ],
)
def test_any_other_column_name_is_only_a_name(town, name):
    quoted = '"' + name.replace('"', '""') + '"'
    columns = [("bsn", IDENTIFIER), (name, TEXT + '\nnaar = "w"')]
    deliver(town, GOOD.replace("w", quoted, 1), columns=columns, table=f"uniek = [{json.dumps(name)}]\n")
    assert sorted(table(town).column("w").to_pylist()) == [VALUE, "b"]


@pytest.mark.parametrize("name", ["../x", "a/b", "A", "", "x" * 64, "..", ".", "a\nb", "t'", "t\0"])
def test_a_table_name_is_no_path(town, name):
    text = contract_text().replace("[tabellen.t", f"[tabellen.{json.dumps(name)}")
    with pytest.raises(UserError):
        load_contract(town.contract(text))


@pytest.mark.parametrize(
    "line",
    [
        *(
            f"codering = {json.dumps(name)}"
            for name in ("rot13", "hex", "base64", "zip", "bz2", "idna", "undefined", "a\0b", "utf-7", "unicode_escape")
        ),
        *(f"scheiding = {json.dumps(text)}" for text in ("é", "€", "\n", "\r", '"', "\0", ";;", "")),
    ],
)
def test_an_encoding_or_separator_that_is_none_is_refused(town, line):
    with pytest.raises(UserError, match="regel"):
        load_contract(town.contract(contract_text(table=line + "\n")))


@pytest.mark.parametrize("top", ["", "openbaar = true\n"])
@pytest.mark.parametrize("role", [TEXT, 'rol = "attribuut"\ntype = "geheel"', 'rol = "gebied"',
                                  'rol = "vrije_tekst"\nbehouden_omdat = "omdat het moet"'])  # fmt: skip
def test_numbers_of_persons_do_not_leave_under_another_role(town, role, top):
    numbers = [row.split(";")[0] for row in many_persons(60)]
    content = "nummer;w\n" + "".join(f"{number};x\n" for number in numbers)
    columns = [("nummer", role), ("w", TEXT)]
    message = refused(town, content, columns=columns, takes=("nummer", "w"), top=top)
    assert "burgerservicenummers" in message and not any(number in message for number in numbers)


def test_other_numbers_of_nine_digits_may_leave(town):
    draw = random.Random(2)
    content = "nummer;w\n" + "".join(f"{draw.randrange(10**8, 10**9)};x\n" for _ in range(300))
    columns = [("nummer", 'rol = "attribuut"\ntype = "geheel"'), ("w", TEXT)]
    deliver(town, content, columns=columns, takes=("nummer", "w"))
    assert table(town).num_rows == 300


@pytest.mark.parametrize("takes", [("persoon", "achternaam"), ("persoon_code",), ("bsn", "w"), ()])
def test_a_project_gets_no_column_that_the_contract_does_not_give(town, takes):
    refused(town, GOOD, takes=takes)

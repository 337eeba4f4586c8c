"""Every byte of every file that can leave, searched for what was planted in the data, for every kind of output.

The world holds labels that few have, amounts that are each somebody's own, and pseudonyms (see planted_world). An
answer of each kind is made, unpacked to the last part (workbooks, Parquet footers, PNG chunks) and searched; made again
in another process, with other threads and another seed of Python's hashes, it has the same bytes.
"""

import html
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pyarrow.parquet as pq
import pytest

from outputcontrole.assessment import assess
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.spec import Output, Verdict
from tests.outputcontrole.planted_world import COMMON, Secrets, leaks_in, planted, unpacked
from tests.outputcontrole.test_fuzz import KINDS
from tests.outputcontrole.world import CLUSTERS, INHABITANTS, MAP, TREE, World, share
from zoo_formaat.canonical import digest

ROWS = {"bron": {"tabel": "vreemd.rijen"}, "tel": "woning"}
HIDING = {**ROWS, "bescherming": "onderdrukken"}
MANY = {"bron": {"tabel": "vreemd.veel"}}
PLAIN = [{"kolom": "tekst", "is": "in", "waarde": [text for text in COMMON if "\n" not in text]}]
# Per kind a question that is answered, and of which the data behind it hold rare labels and planted amounts.
EXAMPLES: dict[str, dict[str, Any]] = {
    "tekst": {"tekst": "# Werkwijze\n\nZonder getallen.\n"},
    "frequentietabel": {**HIDING, "dimensies": ["tekst"]},
    "magnitudetabel": {**HIDING, "dimensies": ["tekst"], "maat": "bedrag", "statistiek": "som"},
    "verhoudingstabel": {**HIDING, "dimensies": ["tekst"], "teller": {"maat": "bedrag"}, "noemer": {}},
    "concentratietabel": {**HIDING, "dimensies": ["zeldzaam"], "maat": "bedrag"},
    "kwantieltabel": {**HIDING, "dimensies": ["zeldzaam"], "maat": "bedrag"},
    "modustabel": {**HIDING, "dimensies": ["nul_een"], "kenmerk": "tekst"},
    "gemiddelde_van_uitersten": {**HIDING, "dimensies": ["zeldzaam"], "maat": "bedrag"},
    "histogram": {**HIDING, **MANY, "maat": "bedrag", "klassen": [5e8, 7e8], "per": "tekst"},
    "dichtheid": {**ROWS, **MANY, "maat": "bedrag", "klassen": [4e8, 6e8, 8e8]},
    "boxplot": {**HIDING, **MANY, "maat": "bedrag", "per": "nul_een"},
    "staafdiagram": {**HIDING, "dimensies": ["tekst"]},
    "lijndiagram": {**HIDING, "dimensies": ["jaar", "zeldzaam"]},
    "rasterdiagram": {
        **HIDING,
        "x": {"kolom": "bedrag", "van": 4e8, "stap": 2e8, "aantal": 2},
        "y": {"kolom": "nummer", "van": 0, "stap": 1, "aantal": 2},
    },
    "lorenzcurve": {**ROWS, **MANY, "maat": "bedrag"},
    "overlevingscurve": {**HIDING, **MANY, "duur": "nummer", "gebeurtenis": "nul_een", "tijdklassen": [1, 2]},
    "overgangsmatrix": {**HIDING, "tel": "thuis", "toestand": "tekst", "volgorde": "bedrag"},
    "volgordeoverzicht": {**HIDING, "tel": "thuis", "toestand": "zeldzaam", "volgorde": "bedrag", "klassen": [2, 4]},
    "kaart": MAP,
    "hotspotkaart": {"kenmerk": share()},
    "referentiebeeld": {"kenmerk": share(), "gelijk_op": []},
    "kleinegebiedsschatting": {"kenmerk": share(), "klassen": [20, 30, 40]},
    "clusterprofiel": CLUSTERS,
    "beslisboom": TREE,
    "bosbelang": {
        "doel": share(),
        "kenmerken": [INHABITANTS, share("twee", periode_eind="2013-12-31")],
        "aandeel": 0.3,
        "bomen": 50,
    },
    "regressie": {
        **ROWS,
        "filter": PLAIN,
        "uitkomst": "bedrag",
        "regressoren": [{"kolom": "breuk"}, {"kolom": "tekst", "referentie": "gewoon"}],
    },
    "correlatie": {**ROWS, "kolommen": ["bedrag", "breuk", "negatief"]},
    "toetsing": {**ROWS, "toets": "anova", "groep": "nummer", "maat": "bedrag"},
    "factoranalyse": {**ROWS, "kolommen": ["bedrag", "breuk", "negatief"]},
}
ALWAYS_REFUSED: dict[str, dict[str, Any]] = {
    "extremen": {**ROWS, "maat": "bedrag", "dimensies": ["tekst"]},
    "spreidingsdiagram": {**ROWS, "x": "bedrag", "y": "negatief"},
    "residuen": {"bron": ROWS["bron"]},
}
ASKED = {kind: {"soort": kind, **question} for kind, question in {**EXAMPLES, **ALWAYS_REFUSED}.items()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return planted(tmp_path_factory.mktemp("lek") / "w")


@pytest.fixture(scope="module")
def secrets(world: World) -> Secrets:
    return Secrets(world)


@pytest.fixture(scope="module")
def released(world: World) -> dict[str, dict[str, bytes]]:
    """Kind -> the files that would leave."""
    return {kind: payload(world, kind, threads=1) for kind in EXAMPLES}


def payload(world: World, kind: str, threads: int) -> dict[str, bytes]:
    assessment = assess(world.registration, world.request(ASKED[kind]), threads=threads)
    (answer,) = assessment.answers
    assert answer.verdict is not Verdict.REFUSED, [finding.sentence for finding in answer.findings]
    return assessment.payload


def test_every_kind_is_searched() -> None:
    """A kind that is added needs a question here, or to be one that is never answered."""
    assert set(ASKED) == {model.model_fields["soort"].default for model in get_args(get_args(Output)[0])}
    assert not set(EXAMPLES) & set(ALWAYS_REFUSED)
    assert set(ASKED) == KINDS


@pytest.mark.parametrize("kind", EXAMPLES)
def test_no_planted_value_in_any_byte_of_a_released_file(
    released: dict[str, dict[str, bytes]], secrets: Secrets, kind: str
) -> None:
    files = released[kind]
    assert len(files) > 2 or kind == "tekst"
    assert leaks_in(secrets, files.items()) == []


@pytest.mark.parametrize("kind", ALWAYS_REFUSED)
def test_what_is_refused_leaves_no_file(world: World, kind: str) -> None:
    (answer,) = world.assess(ASKED[kind]).answers
    assert answer.verdict is Verdict.REFUSED
    assert answer.files == {}


def test_the_search_finds_what_is_there(secrets: Secrets) -> None:
    """Each way to carry a value: text, a workbook, a Parquet file with a dictionary, a PNG text, stored numbers."""
    number = min(secrets.numbers)
    book = RenderedTable("x", ["a", "b"], 1, [["GEHEIM", str(number)]], [])
    for content in (
        str(number).encode(),
        f"{number:,}".replace(",", ".").encode(),
        f"{float(number)}".encode(),
        b"<!-- geheim -->",
        next(iter(secrets.units)).hex().encode(),
        book.csv(),
        book.xlsx(),
        book.parquet(),
        book.html(),
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0atEXtC\0GEHEIM\0\0\0\0\0\0",
    ):
        assert leaks_in(secrets, [("f", content)]), content[:60]
    assert "stored amount" in secrets.found_in_binary(b"\0" + int(number).to_bytes(8, "little"))
    assert leaks_in(secrets, [("f", b"123456789 en 12.345")]) == []


# One of every way to make files; all of them with the full budget.
MADE_AGAIN = list(EXAMPLES) if os.environ.get("ZOO_FULL") else ["magnitudetabel", "histogram", "kaart", "regressie"]


def test_same_question_same_bytes_in_another_process(world: World, released: dict[str, dict[str, bytes]]) -> None:
    """Other threads, another seed of hashes, another time zone and language: the same files to the byte."""
    program = (
        "import json, sys; from pathlib import Path\n"
        "from tests.outputcontrole.test_leaks_in_files import payload\n"
        "from tests.outputcontrole.world import World\n"
        "from zoo_formaat.canonical import digest\n"
        "w = World(Path(sys.argv[1]))\n"
        "print(json.dumps({k: {n: digest(c) for n, c in payload(w, k, 3).items()} for k in sys.argv[2:]}))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8"}
    root = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join([root, *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program, str(world.root), *MADE_AGAIN],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    here = {kind: {name: digest(content) for name, content in released[kind].items()} for kind in MADE_AGAIN}
    assert json.loads(done.stdout.splitlines()[-1]) == here


def every(released: dict[str, dict[str, bytes]], suffix: str) -> Iterator[tuple[str, bytes]]:
    found = [
        (f"{kind}: {name}", content)
        for kind, files in released.items()
        for name, content in files.items()
        if name.endswith(suffix)
    ]
    assert found
    yield from found


def test_parquet_has_no_dictionary_no_statistics_and_no_metadata(released: dict[str, dict[str, bytes]]) -> None:
    """A dictionary keeps labels whose rows are gone; statistics keep the least and the greatest value."""
    for name, content in every(released, ".parquet"):
        file = pq.ParquetFile(io.BytesIO(content))
        # Arrow's own schema: the names and types of the columns; unpacked above, and searched
        assert set(file.metadata.metadata or {}) <= {b"ARROW:schema"}, name
        assert file.schema_arrow.metadata is None, name
        for group in range(file.metadata.num_row_groups):
            for place in range(file.metadata.num_columns):
                column = file.metadata.row_group(group).column(place)
                assert not any("DICTIONARY" in encoding for encoding in column.encodings), name
                assert not column.has_dictionary_page, name
                assert column.statistics is None, name


def test_workbooks_hold_no_formula_link_comment_or_hidden_part(released: dict[str, dict[str, bytes]]) -> None:
    for name, content in every(released, ".xlsx"):
        parts = {place: part.decode() for place, part in unpacked(name, content) if place.endswith((".xml", ".rels"))}
        assert not [p for p in parts if re.search("comment|external|hyperlink|custom|vba|drawing|printer", p)], name
        everything = "".join(parts.values())
        assert "<f>" not in everything, name
        assert "hyperlink" not in everything, name
        assert 'state="hidden"' not in everything, name
        assert 'hidden="1"' not in everything, name
        core = next(part for place, part in parts.items() if place.endswith("core.xml"))
        assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) <= {"2000-01-01T"}, name
        assert not re.search(r"<(cp:lastModifiedBy|dc:creator|cp:keywords|dc:description)>[^<]", core), name
        # every text in the list of texts is in a cell: none is left of a label that went
        shared = re.findall(r"<si><t[^>]*>", parts[f"{name}!xl/sharedStrings.xml"])
        sheet = parts[f"{name}!xl/worksheets/sheet1.xml"]
        used = {int(number) for number in re.findall(r't="s"[^>]*><v>(\d+)</v>', sheet)}
        assert used == set(range(len(shared))), name
        assert all(item.date_time[0] == 1980 for item in zipfile.ZipFile(io.BytesIO(content)).infolist()), name


def test_drawings_hold_no_tooltip_script_link_or_data_attribute(released: dict[str, dict[str, bytes]]) -> None:
    for name, content in every(released, ".svg"):
        text = content.decode()
        for word in (
            "<title",
            "<desc",
            "<script",
            "<a ",
            "<image",
            "data-",
            "onload",
            "onclick",
            "<dc:date",
            "javascript:",
        ):
            assert word not in text.replace("data:image", ""), f"{name}: {word}"
        # letters are drawn or typed; an id is one of the drawing's own
        assert all(
            re.fullmatch(r"[A-Za-z]+[A-Za-z0-9_.\-]*", found) for found in re.findall(r'\bid="([^"]*)"', text)
        ), name
        links = {link for link in re.findall(r'href="([^"]*)"', text) if not link.startswith("#")}
        assert not links, f"{name}: {links}"


def test_images_hold_nothing_but_the_image(released: dict[str, dict[str, bytes]]) -> None:
    for name, content in every(released, ".png"):
        chunks = {place.rsplit("!", 1)[1]: part for place, part in unpacked(name, content) if "!" in place}
        assert set(chunks) <= {"IHDR", "PLTE", "tRNS", "pHYs", "sBIT", "IEND"}, f"{name}: {sorted(chunks)}"


def test_cells_that_a_spreadsheet_would_run_are_text_in_every_table(released: dict[str, dict[str, bytes]]) -> None:
    """Of every kind: a cell of a CSV that begins with a formula's sign is a number, or has an apostrophe before it."""
    seen = 0
    for name, content in every(released, ".csv"):
        for line in content.decode().splitlines():
            for cell in line.split(";"):
                text = cell.strip('"')
                seen += text.startswith("'=")
                if text.startswith(("=", "+", "-", "@", "\t", "\r")):
                    assert re.fullmatch(r"-\d+(,\d+)?", text), f"{name}: {text}"
    assert seen > 3


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "=-", "-+", "@=", "+1+", "-1-"])
def test_every_sign_of_a_formula_is_neutralised_in_every_format(sign: str) -> None:
    label = f"{sign}cmd|' /C calc'!A0"
    table = RenderedTable(label, [label, "aantal"], 1, [[label, "12"], [f'{sign}HYPERLINK("x";1)', "."]], [label])
    for line in table.csv().decode().split("\n"):
        assert not line.lstrip('"').startswith(("=", "+", "-", "@", "\t", "\r"))
    parts = {place: part.decode() for place, part in unpacked("x", table.xlsx()) if place.endswith(".xml")}
    assert "<f>" not in "".join(parts.values())
    # texts are in the list of texts, cells only point there: nothing is left for a program to work out
    sheet = parts["x!xl/worksheets/sheet1.xml"]
    assert sheet.count('t="s"') + len(re.findall(r"<c [^>]*><v>12</v>", sheet)) == sheet.count("<c ")
    assert html.escape(label) in table.html().decode()
    assert "<a" not in table.html().decode()
    assert pq.read_table(io.BytesIO(table.parquet())).column(0).to_pylist()[0] == label

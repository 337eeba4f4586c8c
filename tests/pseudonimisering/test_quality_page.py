"""The page: valid HTML, one file without network or script, two languages, and nothing that names a unit."""

import base64
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pseudonimisering.quality import measure
from pseudonimisering.quality.page import quality_page

VOID = {"meta", "link", "br", "wbr", "hr", "img", "input", "rect", "line"}


class Balance(HTMLParser):
    """Note what a browser would have to repair, every reference outwards, and ids and headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.faults, self.outward, self.ids, self.anchors, self.headings = [], [], [], [], [], []
        self.headers = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.outward += [values[name] for name in ("src", "xlink:href", "data") if name in values]
        if "href" in values:
            (self.anchors if values["href"].startswith("#") else self.outward).append(values["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and "scope" not in values:
            self.faults.append("th zonder scope")
        if tag == "script":
            self.faults.append("script")

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def check_html(page: str) -> Balance:
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert parser.faults == [] and parser.open == [] and parser.outward == []
    assert len(set(parser.ids)) == len(parser.ids)
    assert {anchor.removeprefix("#") for anchor in parser.anchors} <= set(parser.ids)
    assert parser.headings[0] == 1 and parser.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(parser.headings, parser.headings[1:], strict=False))
    return parser


@pytest.fixture
def report(make_package):
    """Every chapter filled: wrong values, findings, areas, dead codes, and drift."""
    people = [f"p{i}" for i in range(300)]
    homes = [f"a{i % 60}" for i in range(300)]
    houses = {"adres": ("adres", [f"a{i}" for i in range(100)]), "buurtcode": ("string", ["BU1", "BU<2>"] * 50)}
    owners = {"wie": ("persoon", [*people[:150], *[f"x{i}" for i in range(50)], *[None] * 20])}
    brp = {"personen": {"persoon": ("persoon", people), "adres": ("adres", homes)}}
    rejected = {"eigendom": {"wie.elfproef": 12, "wie.leeg": 8, "dubbel": 4, "buiten_periode": 5}}
    previous = make_package("kadaster", {"eigendom": {"wie": ("persoon", people)}}, folder="oud")
    packages = [
        make_package("kadaster", {"eigendom": owners}, rejected, coverage={"wie": 0.99}),
        make_package("brp", brp),
        make_package("bag", {"woningen": houses}),
        make_package("gebieden", {"buurten": {"buurtcode": ("string", ["BU1"])}}, public=True),
    ]
    return packages, measure(packages, previous=[previous])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_is_valid_and_stands_alone(report, language):
    page = quality_page(report[1], language)
    check_html(page)
    assert f'<html lang="{language}">' in page
    assert "http://" not in page and "https://" not in page and "@import" not in page and "url(" not in page


def test_the_two_languages_hold_the_same_figures(report):
    dutch, english = quality_page(report[1], "nl"), quality_page(report[1], "en")
    assert "Koppelkwaliteit" in dutch and "Link quality" in english
    for word in ("Wat opvalt", "Bronhouder", "verwachting is", "Blijft binnen"):
        assert word not in english
    assert "Stays inside zones 1 and 2" in english and "Blijft binnen zone 1 en 2" in dutch

    def figures(page: str) -> list[str]:
        body = re.sub(r"<[^>]+>", " ", page[page.index("<body>") :])
        return re.findall(r"\d+[.,]\d %", body.replace(".", ","))

    assert figures(dutch) == [text.replace(".", ",") for text in figures(english)]


def test_no_pseudonym_in_any_spelling_stands_on_page_or_in_json(report):
    packages, measured = report
    text = (quality_page(measured, "nl") + quality_page(measured, "en") + str(measured.as_json())).encode()
    lower = text.lower().replace(b"-", b"")
    count = 0
    for file in [file for package in packages for file in package.glob("*.parquet")]:
        table = pq.read_table(file)
        for name in {"wie", "persoon", "adres"} & set(table.column_names):
            for raw in {value.bytes for value in table[name].to_pylist() if value is not None}:
                count += 1
                base32 = base64.b32encode(raw).decode().lower().rstrip("=").encode()
                assert raw not in text and raw.hex().encode() not in lower and base32 not in lower
                assert base64.b64encode(raw).rstrip(b"=") not in text
    assert count > 500


def test_values_from_manifests_are_escaped(report):
    assert "BU<2>" not in quality_page(report[1])


def test_the_command_writes_page_and_json_and_stays_short_without(report, tmp_path):
    packages, _ = report
    command = [str(Path(sys.executable).with_name("pseudonimisering")), "kwaliteit", *map(str, packages)]

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)

    page = tmp_path / "kwaliteit.html"
    done = run("--html", str(page), "--taal", "en", "--vorige", str(tmp_path / "oud"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Link quality" in page.read_text() and page.stat().st_mode & 0o077 == 0
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "opvallend: kadaster.eigendom.wie: 94,4 % van de waarden is bruikbaar" in done.stdout
    assert "stabiliteitsindex" not in done.stdout
    done = run("--html", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("fout: ")

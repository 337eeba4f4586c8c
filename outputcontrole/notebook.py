"""Notebooks and files as output: what in them could leave, and why not.

Nothing is decided by guess. Whatever holds data cannot leave from a file, however harmless it looks: it is asked for,
and the checker computes it. The reason names what kind of thing it is. Prose and code can be asked for as `tekst`
('niet herrekend'), shown whole to both officers.
"""

import html.parser
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outputcontrole.spec import Verdict, worst
from outputcontrole.spec.prose import MAX_CHARACTERS, readable
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError

MAX_BYTES = 200_000_000
PROSE_SUFFIXES = (".md", ".txt", ".rst", ".py", ".sql", ".r")

_ASK = "kan niet naar buiten; vraag het aan"
_TABLE = "vraag aanvraag.tabel(…), aanvraag.magnitude(…) of aanvraag.kwantielen(…)"
_FIGURE = "vraag aanvraag.figuur(…) of aanvraag.kaart(…); de toetser tekent uit beschermde getallen"
_NUMBER = "vraag het getal als aanvraag.tabel(…) of aanvraag.magnitude(…), zonder dimensies of met"
_CLEAR = "wis de uitvoer (nbstripout) voor u de tekst aanvraagt"
# What Jupyter itself writes; anything else was put there by somebody or some program, and can hold anything.
_CELL_METADATA = {"collapsed", "scrolled", "deletable", "editable", "tags", "jupyter", "trusted", "name", "id"}
_NOTEBOOK_METADATA = {"kernelspec", "language_info", "jupytext", "orig_nbformat", "authors", "title"}


@dataclass(frozen=True)
class Part:
    """One part of a notebook or file: where it is, what it is, its verdict, why, and what can be done."""

    where: str
    kind: str
    verdict: Verdict
    reason: str
    remedy: str

    def record(self) -> dict[str, str]:
        """Return the part as JSON values."""
        return {
            "plaats": self.where,
            "aard": self.kind,
            "oordeel": self.verdict.value,
            "reden": self.reason,
            "uitweg": self.remedy,
        }


@dataclass(frozen=True)
class FileCheck:
    """What there is to say of a file: its parts in order, and the most severe verdict of them."""

    parts: tuple[Part, ...]

    @property
    def verdict(self) -> Verdict:
        """The most severe verdict; a file without any part is refused, for nothing was decided."""
        return worst([part.verdict for part in self.parts])

    def record(self, path: str) -> dict[str, Any]:
        """Return the check as JSON values."""
        return {"bestand": path, "oordeel": self.verdict.value, "delen": [part.record() for part in self.parts]}


def check_file(path: Path) -> FileCheck:
    """Say of a notebook, or of any file, which parts could leave and why not.

    Raises UserError for a file that cannot be read, or a notebook that is none.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UserError(f"{path} is geen gewoon bestand; noem een notebook of bestand")
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise UserError(f"{path}: groter dan {MAX_BYTES // 1_000_000} MB; zo'n bestand gaat niet naar buiten")
    content = read_bytes(path, "bestand")
    if path.suffix.lower() == ".ipynb":
        return FileCheck(tuple(_notebook(content, str(path))))
    return FileCheck((_file(path, content),))


# --- files -----------------------------------------------------------------------------------------------------------

# First bytes -> what it is, whatever the file calls itself. (The formats' own specifications.)
_MAGIC = (
    (b"PAR1", "Parquet-bestand"),
    (b"ARROW1", "Arrow-bestand"),
    (b"PK\x03\x04", "zipbestand of werkmap (xlsx, ods, docx, npz)"),
    (b"\x89PNG", "afbeelding"),
    (b"\xff\xd8\xff", "afbeelding"),
    (b"GIF8", "afbeelding"),
    (b"%PDF", "PDF"),
    (b"SQLite format 3", "database"),
    (b"\x89HDF", "HDF5-bestand"),
    (b"\x93NUMPY", "NumPy-bestand"),
    (b"$FL2", "SPSS-bestand"),
    (b"\x1f\x8b", "ingepakt bestand"),
    (b"BZh", "ingepakt bestand"),
    (b"\xfd7zXZ", "ingepakt bestand"),
    (b"\x28\xb5\x2f\xfd", "ingepakt bestand"),
    (b"7z\xbc\xaf", "ingepakt bestand"),
    (b"\xd0\xcf\x11\xe0", "oude Office-werkmap"),
    (b"\x80\x02", "pickle: programmacode en gegevens ineen"),
    (b"\x80\x03", "pickle: programmacode en gegevens ineen"),
    (b"\x80\x04", "pickle: programmacode en gegevens ineen"),
    (b"\x80\x05", "pickle: programmacode en gegevens ineen"),
)
_BY_SUFFIX = {
    ".csv": "gegevens in tekst",
    ".tsv": "gegevens in tekst",
    ".json": "gegevens in tekst",
    ".jsonl": "gegevens in tekst",
    ".geojson": "gegevens in tekst",
    ".xml": "gegevens in tekst",
    ".yaml": "gegevens in tekst",
    ".yml": "gegevens in tekst",
    ".toml": "gegevens in tekst",
    ".html": "pagina, waarin gegevens en figuren kunnen zitten",
    ".svg": "afbeelding",
    ".log": "logboek",
    ".out": "logboek",
    ".sav": "SPSS-bestand",
    ".dta": "Stata-bestand",
    ".rds": "R-bestand",
    ".rdata": "R-bestand",
    ".feather": "Arrow-bestand",
    ".duckdb": "database",
    ".pkl": "pickle: programmacode en gegevens ineen",
    ".pickle": "pickle: programmacode en gegevens ineen",
    ".joblib": "pickle: programmacode en gegevens ineen",
    ".onnx": "modelbestand",
    ".pt": "modelbestand",
}
_WAY_OUT = {
    "afbeelding": _FIGURE,
    "modelbestand": "vraag aanvraag.model(…); een model gaat als coëfficiënten of boom naar buiten, nooit als bestand",
    "pickle: programmacode en gegevens ineen": "vraag aanvraag.model(…) of aanvraag.tabel(…)",
    "logboek": "vat in eigen woorden samen wat u deed, en vraag dat aan als aanvraag.tekst(…)",
}


def _file(path: Path, content: bytes) -> Part:
    kind = next((kind for start, kind in _MAGIC if content.startswith(start)), _BY_SUFFIX.get(path.suffix.lower()))
    if kind is None and path.suffix.lower() not in PROSE_SUFFIXES:
        kind = "bestand van een soort die hier niet bekend is"
    if kind is None:
        try:
            return _prose(path.name, content.decode("utf-8"))
        except UnicodeDecodeError:
            kind = "bestand dat geen UTF-8-tekst is"
    reason = f"een gegevensbestand dat de analist maakte, heeft geen weg naar buiten ({kind}); {_ASK}"
    return Part(path.name, kind, Verdict.REFUSED, reason, _WAY_OUT.get(kind, _TABLE))


def _prose(where: str, text: str) -> Part:
    if len(text) > MAX_CHARACTERS:
        reason = f"niet herrekend, en langer dan {MAX_CHARACTERS} tekens: niemand leest dat helemaal"
        return Part(where, "tekst", Verdict.REFUSED, reason, "deel de tekst op, of laat weg wat niet nodig is")
    try:
        readable(text)
    except ValueError as error:
        return Part(where, "tekst", Verdict.REFUSED, f"niet herrekend, en {error}", "pas de tekst aan")
    reason = "niet herrekend: beide toetsers lezen de hele tekst"
    return Part(where, "tekst", Verdict.MANUAL, reason, f'vraag aan: aanvraag.tekst(…, bestand="{where}")')


# --- notebooks -------------------------------------------------------------------------------------------------------


def _notebook(content: bytes, source: str) -> Iterator[Part]:
    document = _parsed(content, source)
    cells = document["cells"]
    prose = []
    for number, cell in enumerate(cells, start=1):
        where = f"cel {number}"
        yield from _attached(cell, where)
        for index, output in enumerate(cell.get("outputs") or [], start=1):
            yield _output(output, f"{where}, uitvoer {index}")
        prose.append(_joined(cell.get("source")))
    yield from _hidden(document.get("metadata"), _NOTEBOOK_METADATA, "notebook")
    more = sorted(set(document) - {"cells", "metadata", "nbformat", "nbformat_minor"})
    if more:
        yield _refused("notebook", "onbekend veld", "het notebook heeft velden die niet bij de vorm horen", _CLEAR)
    text = "\n\n".join(prose)
    if text.strip():
        part = _prose("tekst en code van het notebook", text)
        remedy = 'vraag aan: aanvraag.tekst(…, bestand="….ipynb"), nadat de uitvoer is gewist'
        yield Part(
            part.where, part.kind, part.verdict, part.reason, remedy if part.verdict is Verdict.MANUAL else _CLEAR
        )


def _parsed(content: bytes, source: str) -> dict[str, Any]:
    """Return a notebook of version 4 whose parts have the types that are relied on; raises UserError."""
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise UserError(f"{source}: geen notebook (geen geldige JSON in UTF-8); bewaar het opnieuw") from None
    except (RecursionError, ValueError):
        raise UserError(
            f"{source}: geen bruikbaar notebook; te diep genest, een veld staat er dubbel of een getal is te lang"
        ) from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list) or document.get("nbformat") != 4:
        raise UserError(f"{source}: geen notebook van versie 4; open en bewaar het met een recente Jupyter")
    if not all(isinstance(cell, dict) and isinstance(cell.get("outputs") or [], list) for cell in cells):
        raise UserError(f"{source}: een cel heeft niet de vorm van een notebook; open en bewaar het met Jupyter")
    return dict(document)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that stands there twice: which of the two is shown differs per program."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _joined(text: object) -> str:
    """Return Jupyter's text: one string, or a list of lines."""
    return "".join(str(line) for line in text) if isinstance(text, list) else str(text or "")


def _refused(where: str, kind: str, reason: str, remedy: str) -> Part:
    return Part(where, kind, Verdict.REFUSED, f"{reason}; {_ASK}", remedy)


def _attached(cell: Mapping[str, Any], where: str) -> Iterator[Part]:
    if cell.get("attachments"):
        yield _refused(where, "bijlage", "aan de cel hangt een afbeelding of bestand", _FIGURE)
    yield from _hidden(cell.get("metadata"), _CELL_METADATA, where)
    known = {"cell_type", "id", "metadata", "source", "outputs", "execution_count", "attachments"}
    if set(cell) - known:
        yield _refused(where, "onbekend veld", "de cel heeft velden die niet bij de vorm horen", _CLEAR)


def _hidden(metadata: object, known: set[str], where: str) -> Iterator[Part]:
    """Report metadata beside what Jupyter writes: nobody sees it, and it can hold anything."""
    if not metadata:
        return
    names = set(metadata) if isinstance(metadata, dict) else {""}
    if "widgets" in names:
        yield _refused(
            where, "toestand van widgets", "de toestand van een widget bevat gegevens die niet te zien zijn", _CLEAR
        )
    if names - known - {"widgets"}:
        yield _refused(
            where,
            "metagegevens",
            "metagegevens buiten de gewone velden zijn onzichtbaar en kunnen gegevens zijn",
            _CLEAR,
        )


def _output(output: object, where: str) -> Part:
    """Say what an output is, most telling form first. All hold data or may, so all are refused."""
    if not isinstance(output, dict):
        return _refused(where, "onbekende uitvoer", "deze uitvoer heeft geen bekende vorm", _CLEAR)
    match output.get("output_type"):
        case "error":
            reason = "een foutmelding met traceback bevat waarden uit de gegevens"
            return _refused(where, "foutmelding", reason, "herstel de cel en wis de uitvoer")
        case "stream":
            return _text(_joined(output.get("text")), where)
        case "execute_result" | "display_data" | "update_display_data":
            data = output.get("data")
            if isinstance(data, dict) and not any(_hidden(output.get("metadata"), set(data) | {"isolated"}, where)):
                return _shown(data, where)
            return _refused(where, "uitvoer met metagegevens", "uitvoer met gegevens die niet te zien zijn", _CLEAR)
        case _:
            return _refused(where, "onbekende uitvoer", "deze uitvoer heeft geen bekende vorm", _CLEAR)


# Begin of a media type -> kind, reason, way out; the first that fits names an output that has several forms.
_MEDIA = (
    (
        ("application/vnd.jupyter.widget", "application/vnd.ipywidgets"),
        ("widget", "een widget toont gegevens en houdt ze vast", _TABLE),
    ),
    (
        ("image/", "video/", "audio/", "application/pdf"),
        ("beeld zonder specificatie", "een beeld zegt niet welke getallen erin zitten", _FIGURE),
    ),
    (
        ("application/vnd.plotly", "application/vnd.vega", "application/vnd.bokeh"),
        ("interactieve figuur", "een interactieve figuur bevat de gegevens waaruit zij getekend is", _FIGURE),
    ),
)


def _shown(data: Mapping[str, Any], where: str) -> Part:
    types = sorted(data)
    for starts, words in _MEDIA:
        if any(name.startswith(starts) for name in types):
            return _refused(where, *words)
    if "text/html" in data:
        rows = _rows_of_tables(_joined(data["text/html"]))
        words = ("opgemaakte weergave", "een opgemaakte weergave kan gegevens bevatten, ook onzichtbaar", _TABLE)
        if rows:
            words = ("rijen van een tabel", f"toont een tabel met {_count(rows)} uit de gegevens", _TABLE)
        return _refused(where, *words)
    if not types or not all(name.startswith("text/") for name in types):
        return _refused(where, "gegevens in eigen vorm", "uitvoer in een eigen vorm kan van alles bevatten", _TABLE)
    return _text(_joined(data[types[0]]), where)


def _text(text: str, where: str) -> Part:
    rows = _rows_of_text(text)
    if rows > 1:
        return _refused(where, "rijen in tekst", f"toont {_count(rows)} met getallen of waarden", _TABLE)
    if any(character.isdigit() for character in text):
        return _refused(where, "getal zonder bescherming", "toont een getal dat niemand heeft getoetst", _NUMBER)
    return _refused(where, "getoonde tekst", "toont tekst die een waarde uit de gegevens kan zijn", _CLEAR)


def _rows_of_text(text: str) -> int:
    """Return how many lines hold a digit, or columns set apart by spaces."""
    return sum(any(c.isdigit() for c in line) or "  " in line.strip() for line in text.splitlines())


def _count(rows: int) -> str:
    # a number of rows may be a count of units: said roughly
    return "een rij" if rows == 1 else "enkele rijen" if rows < 10 else "veel rijen"


class _Rows(html.parser.HTMLParser):
    """Counts the rows with cells in the tables of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows = 0
        self._filled = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._filled = False
        if tag == "td" and not self._filled:
            self._filled = True
            self.rows += 1


def _rows_of_tables(page: str) -> int:
    parser = _Rows()
    try:
        parser.feed(page)
    except AssertionError:
        # the parser's own way to say that a declaration is broken; what it saw until there counts
        return parser.rows
    return parser.rows

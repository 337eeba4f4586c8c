"""Released tables in four formats: the same numbers, nothing beside them, nothing that a program would run."""

import io
import re
import zipfile

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from outputcontrole.kinds import called, kind_of
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.spec import Output
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import World, counts, sums

TABLE = RenderedTable(
    'Wie "x" <b>',
    ["groep", "aantal", "gemiddelde"],
    1,
    [["=HYPERLINK(1)", "12", "3,5"], ["-", ".", "."], ["<script>", "10", "1200"]],
    ["Bron: proef."],
)


@pytest.mark.parametrize("asked", [counts("woningtype", "buurtcode"), sums("woningtype", statistiek="gemiddelde")])
def test_every_format_has_the_numbers_of_the_csv(world: World, asked: dict[str, object]) -> None:
    files = answer(world, asked).files
    plain = csv(files["tabel.csv"])
    parquet = pq.read_table(io.BytesIO(files["tabel.parquet"])).to_pandas()
    html = pd.read_html(io.BytesIO(files["tabel.html"]), flavor="lxml")[0] if _has_lxml() else None
    sheet = openpyxl.load_workbook(io.BytesIO(files["tabel.xlsx"])).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows[0] == list(plain.columns)
    for number, row in enumerate(plain.to_dict("records")):
        for place, (name, text) in enumerate(row.items()):
            in_book, in_parquet = rows[number + 1][place], parquet[name].iloc[number]
            if text == ".":
                assert in_book == "."
                assert pd.isna(in_parquet)
            elif parquet[name].dtype == "float64":
                assert in_book == in_parquet == float(text.replace(",", "."))
            else:
                assert in_book == in_parquet == text
    assert html is None or len(html) == len(plain)


def _has_lxml() -> bool:
    try:
        import lxml  # noqa: F401
    except ImportError:
        return False
    return True


def test_a_hidden_number_looks_the_same_whatever_the_reason(world: World) -> None:
    files = answer(world, counts("woningtype", "buurtcode")).files
    page = files["tabel.html"].decode()
    assert set(re.findall(r'<td class="getal">([^0-9]*)</td>', page)) == {"."}
    everything = b"".join(zipfile.ZipFile(io.BytesIO(files["tabel.xlsx"])).read(n) for n in _names(files["tabel.xlsx"]))
    for word in (b"primair", b"secundair", b"drempel", b"herleidbaar"):
        assert word not in everything + files["tabel.html"] + files["tabel.parquet"] + files["tabel.csv"]


def _names(book: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(book)).namelist()


def test_labels_are_text_in_every_program() -> None:
    book = openpyxl.load_workbook(io.BytesIO(TABLE.xlsx()))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]  # type: ignore[union-attr]
    assert all(cell.data_type in {"s", "n"} and cell.hyperlink is None for cell in cells)
    assert TABLE.csv().splitlines()[1].startswith(b"'=HYPERLINK")
    page = TABLE.html().decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page


def test_files_tell_no_program_author_or_time() -> None:
    assert TABLE.xlsx() == TABLE.xlsx()
    core = zipfile.ZipFile(io.BytesIO(TABLE.xlsx())).read("docProps/core.xml").decode()
    assert "<dc:creator></dc:creator>" in core or "dc:creator/" in core
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) == {"2000-01-01T"}
    schema = pq.read_schema(io.BytesIO(TABLE.parquet()))
    assert schema.metadata is None
    assert TABLE.parquet() == TABLE.parquet()


def test_every_kind_says_what_it_is_called() -> None:
    from typing import get_args

    for model in get_args(get_args(Output)[0]):
        output = model.model_construct(soort=model.model_fields["soort"].default)
        assert called(output)
        assert (kind_of(output).__doc__ and "tell" in kind_of(output).__doc__.lower()) or output.soort in _BY_PARTS


# Made of shown cells only: what they tell is what the tables behind them tell.
_BY_PARTS = {"frequentietabel", "kaart", "clusterprofiel", "beslisboom"}

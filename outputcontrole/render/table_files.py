"""A protected table as files for people and programs: CSV, XLSX, Parquet and HTML with the same numbers.

What is hidden is one symbol in CSV, XLSX and HTML and a missing value in Parquet, whatever the reason. Nothing goes
along that the table does not show: no properties of program or author, no dictionary of labels, no formula.
"""

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from outputcontrole.render.tables import HIDDEN, csv_bytes

# The release's date stands in its signed statement; a file has to be the same whenever it is made.
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_STYLE = (
    "body{font-family:sans-serif;max-width:60em;margin:2em auto;color:#1a1a1a}"
    "table{border-collapse:collapse}th,td{padding:.25em .75em;border-bottom:1px solid #767676;text-align:left}"
    "td.getal{text-align:right}caption{text-align:left;font-weight:bold;padding:.5em 0}footer{margin-top:1em}"
)


@dataclass(frozen=True)
class RenderedTable:
    """A table as it leaves: title, labels and numbers as text (decimal comma, HIDDEN where hidden), and footnotes.

    labels: how many of the columns, from the left, are labels; the others are numbers.
    """

    title: str
    header: Sequence[str]
    labels: int
    rows: Sequence[Sequence[str]]
    footnotes: Sequence[str]

    def csv(self) -> bytes:
        """Return the table as CSV, without title and footnotes."""
        return csv_bytes(self.header, self.rows)

    def xlsx(self) -> bytes:
        """Return the table as a workbook of one sheet; labels are text, never formulas or links."""
        import xlsxwriter

        buffer = io.BytesIO()
        literal = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        book = xlsxwriter.Workbook(buffer, {"in_memory": True, **literal})
        book.set_properties({"title": self.title, "created": _NO_DATE})
        sheet = book.add_worksheet("tabel")
        bold = book.add_format({"bold": True})
        sheet.write_string(0, 0, self.title, bold)
        for column, name in enumerate(self.header):
            sheet.write_string(2, column, name, bold)
        for number, row in enumerate(self.rows, start=3):
            for column, text in enumerate(row):
                value = None if column < self.labels else _number(text)
                if value is None:
                    sheet.write_string(number, column, text)
                else:
                    sheet.write_number(number, column, value)
        for number, note in enumerate(self.footnotes, start=len(self.rows) + 4):
            sheet.write_string(number, 0, note)
        book.close()
        return buffer.getvalue()

    def parquet(self) -> bytes:
        """Return the table as Parquet: labels as plain text, numbers as doubles, hidden ones as missing."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.header)
        arrays = [
            pa.array(values, pa.string()) if place < self.labels else pa.array(map(_number, values), pa.float64())
            for place, values in enumerate(columns)
        ]
        buffer = io.BytesIO()
        table = pa.table(arrays, names=list(self.header))
        pq.write_table(table, buffer, use_dictionary=False, write_statistics=False, compression="none")
        return buffer.getvalue()

    def html(self) -> bytes:
        """Return the table as one page without scripts and without anything from elsewhere."""
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.header)
        body = "".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.footnotes)
        title = html.escape(self.title)
        return (
            f'<!DOCTYPE html>\n<html lang="nl"><head><meta charset="utf-8"><title>{title}</title>'
            f"<style>{_STYLE}</style></head><body><table><caption>{title}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><footer>{notes}</footer></body></html>\n"
        ).encode()

    def _cells(self, row: Sequence[str]) -> str:
        labels = "".join(f'<th scope="row">{html.escape(text)}</th>' for text in row[: self.labels])
        return labels + "".join(f'<td class="getal">{html.escape(text)}</td>' for text in row[self.labels :])


def _number(text: str) -> float | None:
    """Return a published number, or None for the hidden symbol and for what is no number (a modal value)."""
    if text == HIDDEN:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None

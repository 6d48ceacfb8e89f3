"""How does a frozen list read as CSV and as NDJSON?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Literal

from collector.lists.issuing import canonical
from collector.lists.render.layout import Layout, Line, Row
from collector.text import Lang

ROW_SCHEMA = "minewatch.weekly-row/1"
Charset = Literal["utf-8", "gb18030"]
_BOM = {"utf-8": b"\xef\xbb\xbf", "gb18030": b""}
"""Without it a spreadsheet reads UTF-8 as the local code page."""


class Tables:
    """CSV and NDJSON of the rows that pass, so that a long list is read and put into words once."""

    def __init__(self, layout: Layout, lang: Lang, charset: Charset = "utf-8") -> None:
        self._layout, self._lang = layout, lang
        self._csv, self._ndjson = io.BytesIO(_BOM[charset]), io.BytesIO()
        self._csv.seek(0, io.SEEK_END)
        self._text = io.TextIOWrapper(self._csv, charset, newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow(column.title(lang) for column in layout.columns)

    def passing(self, rows: Iterable[Row]) -> Iterator[Line]:
        """The same rows, each with its cells."""
        for row in rows:
            cells = self._layout.cells(row, self._lang)
            self._writer.writerow([cell.replace("\n", "; ") for cell in cells])
            self._ndjson.write(_line(row))
            yield row, cells

    def csv_bytes(self) -> bytes:
        """CRLF, the same columns as the workbook, one line per row; UTF-8 has a BOM."""
        self._text.flush()
        return self._csv.getvalue()

    def ndjson_bytes(self) -> bytes:
        """As ``ndjson_bytes`` below, of the rows that have passed."""
        return self._ndjson.getvalue()


def ndjson_bytes(rows: Iterable[Row]) -> bytes:
    """One JSON object per line; machine names, times in UTC (ISO 8601)."""
    return b"".join(map(_line, rows))


def _line(row: Row) -> bytes:
    return canonical({"schema": ROW_SCHEMA, **row}) + b"\n"

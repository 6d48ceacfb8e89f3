"""How does a frozen list read as CSV and as NDJSON?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Literal

from collector.lists.issuing import canonical
from collector.lists.render.layout import Layout, Row
from collector.text import Lang

ROW_SCHEMA = "minewatch.weekly-row/1"
Charset = Literal["utf-8", "gb18030"]
_BOM = {"utf-8": b"\xef\xbb\xbf", "gb18030": b""}
"""Without it a spreadsheet reads UTF-8 as the local code page."""


def csv_bytes(layout: Layout, rows: Iterable[Row], lang: Lang, charset: Charset = "utf-8") -> bytes:
    """CRLF, the same columns as the workbook, one line per row; UTF-8 has a BOM."""
    out = io.BytesIO(_BOM[charset])
    out.seek(0, io.SEEK_END)
    text = io.TextIOWrapper(out, charset, newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.title(lang) for column in layout.columns)
    writer.writerows([cell.replace("\n", "; ") for cell in layout.cells(row, lang)] for row in rows)
    text.flush()
    return out.getvalue()


def ndjson_bytes(rows: Iterable[Row]) -> bytes:
    """One JSON object per line; machine names, times in UTC (ISO 8601)."""
    return b"".join(canonical({"schema": ROW_SCHEMA, **row}) + b"\n" for row in rows)

"""How does a frozen list read as CSV and as NDJSON?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from collector.lists.render.columns import COLUMNS, cells
from collector.lists.render.words import Lang
from collector.lists.services import canonical

ROW_SCHEMA = "minewatch.weekly-row/1"
_BOM = b"\xef\xbb\xbf"
"""Without it a spreadsheet reads UTF-8 as the local code page."""


def csv_bytes(rows: Iterable[dict[str, Any]], lang: Lang) -> bytes:
    """UTF-8 with BOM, CRLF, the same columns as the workbook; one line per row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.title(lang) for column in COLUMNS)
    writer.writerows([cell.replace("\n", "; ") for cell in cells(row, lang)] for row in rows)
    return _BOM + text.getvalue().encode()


def ndjson_bytes(rows: Iterable[dict[str, Any]]) -> bytes:
    """One JSON object per line; machine names, times in UTC (ISO 8601)."""
    return b"".join(canonical({"schema": ROW_SCHEMA, **row}) + b"\n" for row in rows)

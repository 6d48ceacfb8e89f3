"""What does an XLSX workbook say? The first sheet's cells as the text a CSV export would hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from collector.faults import CollectorError

_MAX_GROWTH = 20
"""A workbook may unpack to this many times the largest file allowed; what claims more is not opened."""
_MAX_COLUMNS = 256
_EXACT_DIGITS = 15


def workbook_records(raw: bytes, name: str, max_bytes: int) -> Iterator[Sequence[str]]:
    """Rows of the first sheet; raises ``CollectorError`` when the file is damaged or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > max_bytes * _MAX_GROWTH:
            raise CollectorError(
                f"{name}: unpacks to {unpacked} bytes; split it, or raise imports.max_file_bytes",
                f"工作簿解压后有 {unpacked} 字节；请拆分，或调高 imports.max_file_bytes",
            )
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=_MAX_COLUMNS):
            yield [cell_text(value) for value in row]
        book.close()
    except CollectorError:
        raise
    # A damaged workbook makes openpyxl raise almost anything: KeyError, ValueError, IndexError, XML and zip errors.
    except Exception as fault:
        raise CollectorError(
            f"{name}: is no readable XLSX workbook ({type(fault).__name__}); save it as CSV",
            "XLSX 工作簿已损坏，无法读取；请另存为 CSV",
        ) from None


def cell_text(value: Any) -> str:
    """A cell as text: days and times as ISO 8601, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    is_whole = value.is_integer() if isinstance(value, float) else type(value) is int
    if is_whole:
        # Beyond fifteen digits Excel has already lost some: written so that readers see a damaged number.
        return str(int(value)) if abs(value) < 10**_EXACT_DIGITS else f"{value:.5E}"
    return str(value)

"""How does a ZIP come out with the same bytes every time?"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import IO, cast

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

_FIRST_SHEET = "xl/worksheets/sheet1.xml"
_NUMBERS_ARE_TEXT = b'<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1" /></ignoredErrors>'
_SHEET_END = b"</worksheet>"
_LEVEL = 6
_UNIX = 3
_READABLE = 0o644 << 16
_SPOOLED_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


def zip_bytes(files: Iterable[tuple[str, bytes]], moment: datetime) -> bytes:
    """A ZIP of ``files`` in their order, every entry dated ``moment`` (as it reads, without zone)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, data in files:
            archive.writestr(_entry(name, moment), data)
    return out.getvalue()


def workbook_zip(book: Workbook, moment: datetime) -> bytes:
    """The workbook as a file, its times set to ``moment``: saving it the usual way stamps the clock into it.

    Its sheets go over the disk, so that a long list needs no more memory than a short one.
    """
    book.properties.created = book.properties.modified = moment
    with tempfile.SpooledTemporaryFile(_SPOOLED_BYTES) as spool:
        with zipfile.ZipFile(cast(IO[bytes], spool), "w", zipfile.ZIP_STORED, allowZip64=True) as saved:
            ExcelWriter(book, saved).save()
        return _repacked(cast(IO[bytes], spool), moment)


def repacked(document: bytes, moment: datetime) -> bytes:
    """An office document with the times of its entries set to ``moment``."""
    return _repacked(io.BytesIO(document), moment)


def _repacked(file: IO[bytes], moment: datetime) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(file) as saved,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
    ):
        for name in saved.namelist():
            with saved.open(name) as source, archive.open(_entry(name, moment), "w", force_zip64=False) as target:
                if name == _FIRST_SHEET:
                    _copy_quiet(source, target)
                else:
                    shutil.copyfileobj(source, target, _CHUNK_BYTES)
    return out.getvalue()


def _copy_quiet(source: IO[bytes], target: IO[bytes]) -> None:
    """Counts and codes are text on purpose: no green corners on every cell."""
    held = b""
    while chunk := source.read(_CHUNK_BYTES):
        held += chunk
        target.write(held[: -len(_SHEET_END)])
        held = held[-len(_SHEET_END) :]
    target.write(_NUMBERS_ARE_TEXT + held)


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _READABLE
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined]  # zipfile takes no level for a streamed entry
    return entry

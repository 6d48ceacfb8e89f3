"""How does a ZIP come out with the same bytes every time?"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime

from openpyxl.packaging.core import DocumentProperties
from openpyxl.xml.functions import tostring

_CORE = "docProps/core.xml"
_FIRST_SHEET = "xl/worksheets/sheet1.xml"
_NUMBERS_ARE_TEXT = b'<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1" /></ignoredErrors>'
_SHEET_END = b"</worksheet>"
_LEVEL = 6
_UNIX = 3
_READABLE = 0o644 << 16


def zip_bytes(files: Iterable[tuple[str, bytes]], moment: datetime) -> bytes:
    """A ZIP of ``files`` in their order, every entry dated ``moment`` (as it reads, without zone)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _READABLE
            archive.writestr(entry, data)
    return out.getvalue()


def fixed_bytes(workbook: bytes, properties: DocumentProperties, moment: datetime) -> bytes:
    """The workbook with its times set to ``moment``: saving stamps the clock into the entries and the properties."""
    properties.created = properties.modified = moment
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    core = tostring(properties.to_tree())
    files[_CORE] = core if isinstance(core, bytes) else core.encode()
    files[_FIRST_SHEET] = _quiet(files[_FIRST_SHEET])
    return zip_bytes(files.items(), moment)


def _quiet(sheet: bytes) -> bytes:
    """Counts and codes are text on purpose: no green corners on every cell."""
    return sheet.removesuffix(_SHEET_END) + _NUMBERS_ARE_TEXT + _SHEET_END

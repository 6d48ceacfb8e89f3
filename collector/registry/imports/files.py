"""What text does a file hold? Bounded reading, digest, and the encoding Chinese offices really use."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from collector.faults import CollectorError

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WITHOUT_BOM = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's text, and how it was read."""

    name: str
    sha256: str
    encoding: str
    text: str


def read_file(path: Path, max_bytes: int) -> SourceFile:
    """Read and decode a file; raises ``CollectorError`` when it cannot be read, is too large or is no text."""
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except OSError as fault:
        raise CollectorError(f"{path}: cannot be read: {fault.strerror}; check the path") from None
    if len(raw) > max_bytes:
        raise CollectorError(f"{path}: is larger than {max_bytes} bytes; split it, or raise imports.max_file_bytes")
    if raw.startswith(b"PK\x03\x04"):
        raise CollectorError(f"{path}: is an XLSX workbook; save the sheet as CSV and import that")
    encoding, text = decode(raw, str(path))
    return SourceFile(path.name, hashlib.sha256(raw).hexdigest(), encoding, text)


def decode(raw: bytes, name: str) -> tuple[str, str]:
    """Encoding and text of ``raw``: a byte order mark decides, then UTF-8, then GB18030."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return encoding, _strict(raw, encoding, name)
    for encoding in _WITHOUT_BOM[:-1]:
        try:
            return encoding, raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _WITHOUT_BOM[-1], _strict(raw, _WITHOUT_BOM[-1], name)


def _strict(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise CollectorError(
            f"{name}: row {line}: is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8 and try again"
        ) from None

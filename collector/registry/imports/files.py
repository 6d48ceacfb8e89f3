"""What rows does a file hold? Bounded reading, digest, CSV in the encodings offices really use, and XLSX."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.faults import CollectorError
from collector.registry.imports.workbook import workbook_records

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LAST_GUESS = "gb18030"
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's records (the header is the first), and how they were read. ``records`` can be walked once."""

    name: str
    sha256: str
    encoding: str
    records: Iterator[Sequence[str]]


@dataclass(frozen=True, slots=True)
class TextFile:
    """The whole text of a file that is no table."""

    name: str
    sha256: str
    encoding: str
    text: str


def read_file(path: Path, max_bytes: int) -> SourceFile:
    """Read a CSV file or a workbook; raises ``CollectorError`` when it cannot be read, is too large or is neither."""
    raw, digest = _raw(path, max_bytes)
    if raw.startswith(_ZIP):
        return SourceFile(path.name, digest, "xlsx", workbook_records(raw, str(path), max_bytes))
    if raw.startswith(_OLD_EXCEL):
        raise CollectorError(
            f"{path}: is an XLS workbook of the old form; save it as XLSX or CSV",
            f"{path.name}：是旧版 XLS 工作簿；请另存为 XLSX 或 CSV",
        )
    encoding, text = decode(raw, str(path))
    read = ndjson_records if text.lstrip().startswith("{") else csv_records
    return SourceFile(path.name, digest, encoding, read(text, str(path)))


def read_text(path: Path, max_bytes: int) -> TextFile:
    """Read a log; raises ``CollectorError`` as ``read_file`` does."""
    raw, digest = _raw(path, max_bytes)
    encoding, text = decode(raw, str(path))
    return TextFile(path.name, digest, encoding, text)


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, one at a time; only a line feed ends a line, as in an editor."""
    for number, line in enumerate(io.StringIO(text, newline="\n"), start=1):
        yield number, line.rstrip("\r\n")


def csv_records(text: str, name: str) -> Iterator[Sequence[str]]:
    """Records of a CSV text; comma, tab or semicolon, whichever the header has most of."""
    header_line, _, _ = text.partition("\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=header_line.count))
    try:
        yield from reader
    except csv.Error as fault:
        raise CollectorError(
            f"{name}: row {reader.line_num}: {fault}; export the file as CSV again",
            f"第 {reader.line_num} 行：CSV 格式有误；请重新导出为 CSV",
        ) from None


def ndjson_records(text: str, name: str) -> Iterator[Sequence[str]]:
    """Records of one JSON object to a line; the header is every name, in the order they come up."""
    rows = []
    for number, line in numbered_lines(text):
        try:
            row = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise CollectorError(
                f"{name}: line {number}: is no JSON object; write one to a line",
                f"第 {number} 行：不是 JSON 对象；请每行写一个",
            )
        rows.append({str(key): "" if value is None else str(value) for key, value in row.items()})
    header = list(dict.fromkeys(key for row in rows for key in row))
    yield header
    for row in rows:
        yield [row.get(key, "") for key in header]


def decode(raw: bytes, name: str) -> tuple[str, str]:
    """Encoding and text of ``raw``: a byte order mark decides, then UTF-8, then GB18030."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return encoding, _strict(raw, encoding, name)
    try:
        return "utf-8", raw.decode()
    except UnicodeDecodeError:
        return _LAST_GUESS, _strict(raw, _LAST_GUESS, name)


def _raw(path: Path, max_bytes: int) -> tuple[bytes, str]:
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except OSError as fault:
        raise CollectorError(
            f"{path}: cannot be read: {fault.strerror}; check the path", f"{path.name}：无法读取；请检查路径"
        ) from None
    if len(raw) > max_bytes:
        raise CollectorError(
            f"{path}: is larger than {max_bytes} bytes; split it, or raise imports.max_file_bytes",
            f"{path.name}：超过 {max_bytes} 字节；请拆分，或调高 imports.max_file_bytes",
        )
    return raw, hashlib.sha256(raw).hexdigest()


def _strict(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise CollectorError(
            f"{name}: row {line}: is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8 and try again",
            f"第 {line} 行：既不是 UTF-8 也不是 GB18030 文本；请另存为 UTF-8 的 CSV 后重试",
        ) from None

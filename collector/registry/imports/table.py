"""Which column is which? Header guessing by synonyms in Chinese and English, explicit mapping, rows as fields."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from collector.faults import CollectorError
from collector.registry.imports.faults import CellFault, Fault, RowFault

T = TypeVar("T")
_MAX_TITLES = 4
_SPACE = " \t\r\n\u00a0\u3000\ufeff"


class HeaderError(CollectorError):
    """The header lacks columns that the kind of file needs."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a kind of file; ``synonyms`` are header texts that mean it."""

    name: str
    synonyms: tuple[str, ...]
    required: bool = False
    max_chars: int = 200


@dataclass(slots=True)
class Row:
    """One row: cleaned texts by field name. Collects warnings; a fault is raised as ``CellFault`` and placed later."""

    number: int
    cells: Mapping[str, str]
    headers: Mapping[str, str]
    warnings: list[RowFault] = field(default_factory=list)
    column: str = ""

    def text(self, name: str) -> str:
        """The cell's text, "" when the column is not there."""
        self.column = self.headers.get(name, name)
        return self.cells.get(name, "")

    def parse(self, name: str, parser: Callable[[str], T]) -> T | None:
        """The cell as ``parser`` reads it, None when empty; the parser may raise ``CellFault``."""
        text = self.text(name)
        return parser(text) if text else None

    def need(self, name: str, parser: Callable[[str], T]) -> T:
        """Like ``parse``, but an empty cell is a fault."""
        text = self.text(name)
        if not text:
            raise CellFault(Fault.EMPTY)
        return parser(text)

    def warn(self, name: str, fault: Fault, value: str) -> None:
        """Note something to check; the row is kept."""
        self.warnings.append(RowFault(self.number, self.headers.get(name, name), fault, value[:60]))


def read_rows(
    records: Iterator[Sequence[str]], columns: Sequence[Column], mapping: Mapping[str, str], file_name: str
) -> Iterator[Row | RowFault]:
    """Rows below the header, as they come. Raises ``HeaderError`` when the header lacks a required column."""
    first, header = _header(records, columns)
    places = locate(header, columns, mapping, file_name)
    for number, cells in enumerate(records, start=first + 1):
        if any(cell.strip(_SPACE) for cell in cells):
            yield _row(number, cells, header, places, columns)


def read_parsed(
    parsed: Iterator[tuple[int, Mapping[str, str]] | RowFault], columns: Sequence[Column]
) -> Iterator[Row | RowFault]:
    """Rows of a file that is no table; unknown field names are left out, the bounds of the columns hold."""
    known = {column.name for column in columns}
    headers = {column.name: column.name for column in columns}
    for item in parsed:
        if isinstance(item, RowFault):
            yield item
            continue
        number, cells = item
        texts = {name: text.strip(_SPACE) for name, text in cells.items() if name in known}
        yield _checked(Row(number, texts, headers), columns)


def locate(
    header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str], file_name: str
) -> dict[str, int]:
    """Field name → index of its column. An explicit mapping wins; a guess must be the only one."""
    _check_mapping(mapping, columns, header, file_name)
    plain = [normalise(cell) for cell in header]
    places = {name: plain.index(normalise(wanted)) for name, wanted in mapping.items()}
    for column in columns:
        # A column of the file is one field: what an earlier field took, no later one reads as well.
        free = {text: index for index, text in reversed(list(enumerate(plain))) if index not in places.values()}
        found = next((free[name] for name in map(normalise, (column.name, *column.synonyms)) if name in free), None)
        if column.name not in places and found is not None:
            places[column.name] = found
    missing = [column.name for column in columns if column.required and column.name not in places]
    if missing:
        raise HeaderError(
            f"{file_name}: row 1: no column for {', '.join(missing)} among: {', '.join(header) or '(empty file)'}; "
            f"name it with --column {missing[0]}=HEADER",
            f"{file_name}：表头（{', '.join(header) or '空文件'}）中找不到字段 {', '.join(missing)}；请指定是哪一列",
        )
    return places


def normalise(header: str) -> str:
    """A header without case, width, spaces and punctuation: what guesses are compared by."""
    return "".join(char for char in unicodedata.normalize("NFKC", header).casefold() if char.isalnum())


def clean(cell: str) -> str:
    """A cell's text without outer space and without the ``="…"`` and ``'…`` that keep Excel from changing digits."""
    text = cell.strip(_SPACE)
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1].strip(_SPACE)
    if text.startswith("'") and text[1:2].isalnum():
        text = text[1:]
    return text


def _header(records: Iterator[Sequence[str]], columns: Sequence[Column]) -> tuple[int, list[str]]:
    """The header and its row number. Titles of one cell stand above it in files that this system wrote."""
    known = {normalise(name) for column in columns for name in (column.name, *column.synonyms)}
    first: list[str] = []
    for number, cells in enumerate(islice(records, _MAX_TITLES + 1), start=1):
        header = [clean(cell) for cell in cells]
        if sum(map(bool, header)) > 1 or known & set(map(normalise, header)):
            return number, header
        first = first or header
    return 1, first


def _check_mapping(
    mapping: Mapping[str, str], columns: Sequence[Column], header: Sequence[str], file_name: str
) -> None:
    known = {column.name for column in columns}
    plain = {normalise(cell) for cell in header}
    for name, wanted in mapping.items():
        if name not in known:
            raise CollectorError(
                f"--column {name}: there is no such field; fields: {', '.join(sorted(known))}",
                f"没有字段 {name}；可用字段：{', '.join(sorted(known))}",
            )
        if normalise(wanted) not in plain:
            raise CollectorError(
                f"{file_name}: row 1: has no column {wanted}; columns: {', '.join(header)}",
                f"{file_name}：表头没有列 {wanted}；现有列：{', '.join(header)}",
            )


def _row(
    number: int, cells: Sequence[str], header: Sequence[str], places: Mapping[str, int], columns: Sequence[Column]
) -> Row | RowFault:
    if any(cell.strip(_SPACE) for cell in cells[len(header) :]):
        return RowFault(number, "", Fault.TOO_MANY_CELLS)
    texts = {name: clean(cells[index]) if index < len(cells) else "" for name, index in places.items()}
    return _checked(Row(number, texts, {name: header[index] for name, index in places.items()}), columns)


def _checked(row: Row, columns: Sequence[Column]) -> Row | RowFault:
    for column in columns:
        text = row.cells.get(column.name, "")
        fault = _unfit(text, column)
        if fault is not None:
            return RowFault(row.number, row.headers[column.name], fault)
        if text.startswith(("=", "@")):
            row.warn(column.name, Fault.FORMULA, text)
    return row


def _unfit(text: str, column: Column) -> Fault | None:
    if len(text) > column.max_chars:
        return Fault.TOO_LONG
    if any(unicodedata.category(char) == "Cc" for char in text):
        return Fault.UNPRINTABLE
    return None

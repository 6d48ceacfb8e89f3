"""What is a list made of? Its columns, guide and dictionary; one table of this kind per list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Choices

from collector.lists.render.guard import harmless
from collector.text import Lang, label

Row = Mapping[str, Any]
Line = tuple[Row, list[str]]
"""A row and its cells."""
Cell = Callable[[Row, Lang], str]
CellKind = Literal["text", "count", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` is in characters of Latin text. ``page`` is the printed page, from 1, that the column is on."""

    key: str
    zh: str
    en: str
    width: float
    cell: Cell
    page: int = 1
    is_reply: bool = False
    is_hidden: bool = False
    choices: type[Choices] | None = None
    kind: CellKind = "text"
    """What a reply cell takes."""
    is_left: bool = False

    def title(self, lang: Lang) -> str:
        """The heading."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Advice:
    """One paragraph of the guide, in both languages."""

    subject_zh: str
    zh: str
    subject_en: str
    en: str

    def told(self, lang: Lang) -> tuple[str, str]:
        """Subject and text."""
        return (self.subject_zh, self.zh) if lang == "zh" else (self.subject_en, self.en)


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of list. ``repeated``: the first columns that stand on every printed page."""

    columns: tuple[Column, ...]
    advice: tuple[Advice, ...]
    dictionary: tuple[tuple[str, str, type[Choices]], ...] = ()
    repeated: int = 2
    print_scale: int = 60
    is_doubtful: Callable[[Row], bool] = lambda _row: False
    doubted: frozenset[str] = frozenset()
    """The columns that are marked in a doubtful row."""

    def cells(self, row: Row, lang: Lang) -> list[str]:
        """The cells of one row, harmless for any spreadsheet."""
        return [harmless(column.cell(row, lang)) for column in self.columns]


def plain(key: str) -> Cell:
    """The value as it stands; nothing for None and for what an older issue does not have."""
    return lambda row, _: "" if row.get(key) is None else str(row[key])


def chosen(key: str, choices: type[Choices]) -> Cell:
    """The label of a value of a closed set."""
    return lambda row, lang: label(choices, str(row[key]), lang) if row.get(key) else ""


def yes(key: str) -> Cell:
    """是 or nothing: what is to be noticed."""
    return lambda row, lang: ("是" if lang == "zh" else "yes") if row.get(key) else ""


def empty(_row: Row, _lang: Lang) -> str:
    """A cell for the reader to fill in."""
    return ""


def hidden(first_page: int) -> tuple[Column, ...]:
    """The last columns of every list: by them a returned file finds its rows again."""
    return (
        Column("row_id", "行标识", "Row id", 18, plain("row_id"), page=first_page, is_hidden=True),
        Column("issue_id", "清单期号", "Issue number", 24, plain("issue"), page=first_page, is_hidden=True),
        Column("digest", "清单摘要", "List digest", 66, plain("digest"), page=first_page, is_hidden=True),
    )

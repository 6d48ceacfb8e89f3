"""What is a list in the console? Columns, filters that live in the URL, and an order: data, not code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import OrderBy

from collector.console.places import Places
from collector.console.scope import Viewer
from collector.lists.week import CHINA
from collector.text import bilingual

M = TypeVar("M", bound=Model)
Look: TypeAlias = Literal["text", "wide", "mono", "code", "number", "time", "tag", "place"]
Options: TypeAlias = Sequence[tuple[str, str]]
_MINUTES = len("2026-11-16 08:00")


@dataclass(frozen=True, slots=True)
class Column(Generic[M]):
    """One column. ``value`` answers a text, a number, a time or, where it looks a place, a division's code; ``href``
    makes it a link."""

    key: str
    title: Any
    value: Callable[[M], Any]
    look: Look = "text"
    shown: bool = True
    sort: str = ""
    href: Callable[[M], str] | None = None
    tone: Callable[[M], str] | None = None


@dataclass(frozen=True, slots=True)
class Filter(Generic[M]):
    """One condition, by its name in the URL. ``options`` None: free text.

    ``part`` instead of ``apply``: a condition on what the listing looks ``through``; all such hold of one row of it.
    """

    key: str
    title: Any
    apply: Callable[[QuerySet[M], str], QuerySet[M]] = lambda rows, _text: rows
    options: Callable[[Viewer], Options] | None = None
    kind: Literal["text", "date", "week"] = "text"
    hint: Any = ""
    part: Callable[[str], Q | None] | None = None
    is_rare: bool = False
    """Whether the form keeps it folded up while it is empty."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[M]):
    """A list page: what it is called, its columns, filters and order, and what to say when it is empty."""

    name: str
    title: Any
    columns: tuple[Column[M], ...]
    filters: tuple[Filter[M], ...]
    order: tuple[str | OrderBy, ...]
    empty: Any
    template: str = "console/listing.html"
    prepare: Callable[[Sequence[M]], None] = field(default=lambda _rows: None)
    """Fetches for a page of rows what the columns need beyond the rows, all at once."""
    through: Callable[[QuerySet[M], Q], QuerySet[M]] = lambda rows, _wanted: rows
    """Narrows the rows by what stands behind them, for the filters that are a ``part`` of it."""
    fields: tuple[str, ...] = ()
    """All that columns and ``prepare`` read of a row, where those are columns of its table: a file is then made of
    values, without an object of the table for each row."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as the page and the export show it."""

    text: str
    look: Look
    href: str = ""
    tone: str = ""
    utc: str = ""


def division_column(code: Callable[[M], str], sort: str = "division_code", shown: bool = True) -> Column[M]:
    """Where a row lies: its name with the code beside it on a page, a column for each in a file."""
    return Column("division", bilingual("区划", "Division"), code, "place", shown, sort)


def learn(places: Places, rows: Iterable[M], columns: Sequence[Column[M]]) -> None:
    """Names of all divisions in ``rows``, so that no cell asks."""
    codes = [column.value for column in columns if column.look == "place"]
    places.learn({code(row) for code in codes for row in rows} if codes else ())


def cells(row: M, columns: Sequence[Column[M]]) -> list[Cell]:
    """A row's cells; times in China, and in UTC beside; a place as its code."""
    return [_cell(row, column) for column in columns]


def titles(columns: Sequence[Column[M]]) -> list[str]:
    """The head of a file: a place has two columns there."""
    code = bilingual("区划代码", "Division code")
    return [
        str(one) for column in columns for one in ([column.title, code] if column.look == "place" else [column.title])
    ]


def texts(row: M, columns: Sequence[Column[M]], places: Places) -> list[str]:
    """The cells as words alone: what a file needs of a row. Whoever opens it elsewhere needs a place's whole name."""
    told = []
    for column in columns:
        text = _text(column.value(row))
        told += [places.full(text), text] if column.look == "place" else [text]
    return told


def plain_rows(listing: Listing[M], rows: QuerySet[M], at_once: int) -> Iterator[M]:
    """The rows from a cursor of the server's, where it has them; as mere values where the listing's ``fields`` allow.

    Whatever asks for more of a mere row than its fields fails: the listing's export test is what shows it.
    """
    if not listing.fields:
        return rows.iterator(chunk_size=at_once)
    told = rows.values_list(*listing.fields).iterator(chunk_size=at_once)
    return (cast(M, SimpleNamespace(**dict(zip(listing.fields, values, strict=True)))) for values in told)


def chosen(listing: Listing[M], asked: Sequence[str]) -> tuple[Column[M], ...]:
    """The columns asked for, in the listing's order; its own choice when none of them is known."""
    wanted = tuple(column for column in listing.columns if column.key in asked)
    return wanted or tuple(column for column in listing.columns if column.shown)


def narrowed(listing: Listing[M], rows: QuerySet[M], asked: Mapping[str, str]) -> QuerySet[M]:
    """``rows`` under the filters of the URL, in the order it asks for."""
    together = Q()
    for condition in listing.filters:
        text = asked.get(condition.key, "").strip()
        if text:
            rows = condition.apply(rows, text)
            together &= (condition.part(text) if condition.part else None) or Q()
    if together:
        rows = listing.through(rows, together)
    return rows.order_by(*_order(listing, asked.get("sort", "")))


def _order(listing: Listing[M], asked: str) -> tuple[str | OrderBy, ...]:
    sign, key = ("-", asked[1:]) if asked.startswith("-") else ("", asked)
    for column in listing.columns:
        if column.key == key and column.sort:
            return (f"{sign}{column.sort}", *listing.order)
    return listing.order


def _cell(row: M, column: Column[M]) -> Cell:
    value = column.value(row)
    href = column.href(row) if column.href else ""
    tone = column.tone(row) if column.tone else ""
    utc = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else ""
    return Cell(_text(value), column.look, href, tone, utc)


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, datetime):
        return value.astimezone(CHINA).isoformat(" ", "minutes")[:_MINUTES]
    return "" if value is None else str(value)

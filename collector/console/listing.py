"""How is a list answered? A page, only its rows for htmx, or a file with exactly what is shown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from collector.console.access import viewer
from collector.console.paging import link, page_number
from collector.console.tables import Cell, Column, Filter, Listing, M, cells, chosen, narrowed
from collector.lists.render.guard import harmless

PAGE_ROWS = 50
MAX_COUNTED = 10_000
"""Rows counted; beyond them a list says "more than". Counting all of a large table takes longer than showing it."""
MAX_PAGES = MAX_COUNTED // PAGE_ROWS
_KEYS = {
    "postgresql": "SELECT value::bigint FROM json_array_elements_text(%s::json)",
    "sqlite": "SELECT value FROM json_each(%s)",
}
MAX_EXPORT_ROWS = 100_000
_CHUNK = 500
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Field:
    """A filter as the form shows it."""

    filter: Filter[Any]
    value: str
    is_choice: bool
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's title, and the address that sorts by it."""

    column: Column[Any]
    link: str
    direction: str


def answer(request: HttpRequest, listing: Listing[M], rows: QuerySet[M], **context: Any) -> HttpResponse:
    """The list ``rows`` as the URL asks for it; ``context`` goes to the page as it is."""
    columns = chosen(listing, request.GET.getlist("col"))
    found = narrowed(listing, rows, request.GET.dict())
    form = request.GET.get("export", "")
    if form in _WRITERS:
        return _file(listing, columns, found, form)
    is_filtered = any(request.GET.get(one.key) for one in listing.filters)
    plain = narrowed(listing, rows, {"sort": request.GET.get("sort", "")})
    total, found = _counted(found, plain) if is_filtered else (found.order_by()[: MAX_COUNTED + 1].count(), found)
    number = page_number(request, _pages(total))
    page = list(found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS])
    listing.prepare(page)
    context |= {
        "listing": listing,
        "headings": [_heading(request, column) for column in columns],
        "columns": [(column, column in columns) for column in listing.columns],
        "fields": [_field(request, one) for one in listing.filters],
        "rows": [(row, cells(row, columns)) for row in page],
        "total": min(total, MAX_COUNTED),
        "has_more": total > MAX_COUNTED,
        "number": number,
        "last": _pages(total),
        "previous": link(request, page=number - 1) if number > 1 else "",
        "next": link(request, page=number + 1) if number < _pages(total) else "",
        "csv": link(request, export="csv", page=None),
        "xlsx": link(request, export="xlsx", page=None),
        "is_filtered": is_filtered,
        "has_rare": any(one.is_rare for one in listing.filters),
        "is_rare_used": any(one.is_rare and request.GET.get(one.key) for one in listing.filters),
    }
    is_part = bool(getattr(request, "htmx", False)) and request.headers.get("HX-Target") == "results"
    return render(request, "console/parts/results.html" if is_part else listing.template, context)


def _counted(found: QuerySet[M], plain: QuerySet[M]) -> tuple[int, QuerySet[M]]:
    """How many of ``plain`` are ``found``, and the same rows by their keys where those are not too many.

    A database that takes few for many walks an index in the list's order past nearly all of a table, and looks at the
    conditions for every row. Keys go as one text: thousands of parameters take longer than the question.
    """
    keys = list(found.order_by().values_list("pk", flat=True)[: MAX_COUNTED + 1])
    if len(keys) > MAX_COUNTED:
        return len(keys), found
    return len(keys), plain.filter(pk__in=RawSQL(_KEYS[connection.vendor], [json.dumps(keys)]))  # noqa: S611  # ours


def _field(request: HttpRequest, condition: Filter[Any]) -> Field:
    options, value = condition.options(viewer(request)) if condition.options else (), request.GET.get(condition.key, "")
    if options and value and value not in dict(options):
        # A link may ask for more than the form offers; the form must not drop it.
        options = [*options, (value, value)]
    return Field(condition, value, condition.options is not None, options)


def _heading(request: HttpRequest, column: Column[Any]) -> Heading:
    asked = request.GET.get("sort", "")
    is_this = asked.lstrip("-") == column.key
    direction = ("descending" if asked.startswith("-") else "ascending") if is_this and column.sort else ""
    address = link(request, sort=f"-{column.key}" if asked == column.key else column.key, page=None)
    return Heading(column, address if column.sort else "", direction)


def _pages(total: int) -> int:
    return min(MAX_PAGES, max(1, -(-total // PAGE_ROWS)))


def _file(listing: Listing[M], columns: Sequence[Column[M]], rows: QuerySet[M], form: str) -> HttpResponse:
    write, content_type = _WRITERS[form]
    lines = ([_safe(cell) for cell in line] for line in _lines(listing, columns, rows))
    headers = {
        "Content-Disposition": f'attachment; filename="minewatch-{listing.name}.{form}"',
        "Cache-Control": "private, no-store",
    }
    body = write([str(column.title) for column in columns], lines)
    return HttpResponse(body, content_type=content_type, headers=headers)


def _lines(listing: Listing[M], columns: Sequence[Column[M]], rows: QuerySet[M]) -> Iterator[list[Cell]]:
    found = iter(rows[:MAX_EXPORT_ROWS].iterator(chunk_size=_CHUNK))
    while part := list(islice(found, _CHUNK)):
        listing.prepare(part)
        yield from (cells(row, columns) for row in part)


def _safe(cell: Cell) -> str:
    """What a spreadsheet would take for a formula stays text."""
    return harmless(cell.text)


def _csv(titles: Sequence[str], lines: Iterator[list[str]]) -> bytes:
    """UTF-8 with a byte order mark and CRLF: Excel reads it as it is."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(titles)
    writer.writerows(lines)
    return file.getvalue().encode("utf-8-sig")


def _xlsx(titles: Sequence[str], lines: Iterator[list[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("minewatch")
    sheet.freeze_panes = "A2"
    sheet.append(list(titles))
    for line in lines:
        sheet.append([_text_cell(sheet, text) for text in line])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.number_format, cell.data_type = "@", "s"
    return cell


_WRITERS = {"csv": (_csv, "text/csv; charset=utf-8"), "xlsx": (_xlsx, _SPREADSHEET)}

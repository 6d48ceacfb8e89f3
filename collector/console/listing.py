"""How is a list answered? A page, only its rows for htmx, or a file with exactly what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from collector.console.access import viewer
from collector.console.exports import FORMS, file_of
from collector.console.paging import any_of, link, page_number
from collector.console.places import places_for
from collector.console.tables import Column, Filter, Listing, M, cells, chosen, learn, narrowed
from collector.text import bilingual

PAGE_ROWS = 50
MAX_COUNTED = 10_000
"""Rows counted; beyond them a list says "more than". Counting all of a large table takes longer than showing it."""
MAX_PAGES = MAX_COUNTED // PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Field:
    """A filter as the form shows it."""

    filter: Filter[Any]
    value: str
    is_choice: bool
    options: Sequence[tuple[str, str]]

    @property
    def is_open(self) -> bool:
        """Whether there is anything to say: a unit has no divisions to choose from."""
        return bool(not self.is_choice or self.options or self.value)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's title, and the address that sorts by it."""

    column: Column[Any]
    link: str
    direction: str


def answer(request: HttpRequest, listing: Listing[M], rows: QuerySet[M], **context: Any) -> HttpResponseBase:
    """The list ``rows`` as the URL asks for it; ``context`` goes to the page as it is."""
    columns = chosen(listing, request.GET.getlist("col"))
    found = narrowed(listing, rows, request.GET.dict())
    if request.GET.get("export", "") in FORMS:
        return _file(request, listing, columns, found)
    is_filtered = any(request.GET.get(one.key) for one in listing.filters)
    plain = narrowed(listing, rows, {"sort": request.GET.get("sort", "")})
    total, found = _counted(found, plain) if is_filtered else (found.order_by()[: MAX_COUNTED + 1].count(), found)
    number = page_number(request, _pages(total))
    page = list(found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS])
    listing.prepare(page)
    places = places_for(viewer(request))
    learn(places, page, columns)
    context |= {
        "listing": listing,
        "headings": [_heading(request, column) for column in columns],
        "columns": [(column, column in columns) for column in listing.columns],
        "fields": [field for one in listing.filters if (field := _field(request, one)).is_open],
        "rows": [(row, cells(row, columns)) for row in page],
        "places": places,
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


def _file(
    request: HttpRequest, listing: Listing[M], columns: Sequence[Column[M]], rows: QuerySet[M]
) -> HttpResponseBase:
    """The file asked for; back to the page where it would not hold every row: none is left out in silence."""
    form = request.GET["export"]
    most = FORMS[form].max_rows
    if rows.order_by()[: most + 1].count() <= most:
        return file_of(listing, columns, rows, form)
    told = bilingual(
        f"超过 {most} 行，{form.upper()} 文件装不下。请缩小条件，或导出 CSV。",
        f"More than {most} rows: too many for a {form.upper()} file. Narrow the filters, or take CSV.",
    )
    messages.error(request, str(told))
    return HttpResponseRedirect(request.path + link(request, export=None))


def _counted(found: QuerySet[M], plain: QuerySet[M]) -> tuple[int, QuerySet[M]]:
    """How many of ``plain`` are ``found``, and the same rows by their keys where those are not too many.

    A database that takes few for many walks an index in the list's order past nearly all of a table, and looks at the
    conditions for every row.
    """
    keys = list(found.order_by().values_list("pk", flat=True)[: MAX_COUNTED + 1])
    if len(keys) > MAX_COUNTED:
        return len(keys), found
    return len(keys), plain.filter(pk__in=any_of(keys))


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

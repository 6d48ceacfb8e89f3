"""Which lists does a person want to see again? Filters, columns and order under a name of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from collector.console.access import user
from collector.console.models import SavedView
from collector.console.tables import Listing
from collector.faults import CollectorError
from collector.text import bilingual

MAX_VIEWS = 30
"""Of one person and list."""
_MAX_NAME_CHARS, _MAX_TEXT_CHARS, _MAX_QUERY_CHARS, _MAX_GIVEN_CHARS = 60, 200, 2_000, 8_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as a list's page offers it."""

    number: int
    name: str
    href: str
    is_here: bool


def views_of(request: HttpRequest, listing: Listing[Any]) -> dict[str, object]:
    """What a list's page needs to offer the person's views, and to keep what it shows as one more."""
    rows = SavedView.objects.filter(user=user(request), page=listing.name).order_by("name")[:MAX_VIEWS]
    here, where = cleaned(listing, request.GET), reverse(f"console:{listing.name}")
    shown = [Shown(row.pk, row.name, f"{where}?{row.query}", bool(here) and row.query == here) for row in rows]
    return {"saved": shown, "is_worth_saving": bool(here) and not any(one.is_here for one in shown)}


def save(person: User, listing: Listing[Any], name: str, asked: QueryDict) -> SavedView:
    """Keep what ``asked`` shows; a name that is there already shows it from now on. Raises ``CollectorError``."""
    short = " ".join(name.split())[:_MAX_NAME_CHARS]
    if not short:
        raise CollectorError(str(bilingual("请给视图起个名字", "Give the view a name")))
    query = cleaned(listing, asked)
    if not query:
        raise CollectorError(str(bilingual("先设置条件、列或排序，再保存", "Set filters, columns or an order first")))
    others = SavedView.objects.filter(user=person, page=listing.name).exclude(name=short)
    if others.count() >= MAX_VIEWS:
        told = bilingual(f"最多保存 {MAX_VIEWS} 个视图，请先删除一个", f"At most {MAX_VIEWS} views; delete one first")
        raise CollectorError(str(told))
    return SavedView.objects.update_or_create(user=person, page=listing.name, name=short, defaults={"query": query})[0]


def given(request: HttpRequest) -> QueryDict:
    """What the list showed when the form was sent, as its hidden field ``query`` says."""
    return QueryDict(request.POST.get("query", "")[:_MAX_GIVEN_CHARS])


def cleaned(listing: Listing[Any], asked: QueryDict) -> str:
    """The part of a URL that this list understands, always in the same order."""
    known = QueryDict(mutable=True)
    for name in [condition.key for condition in listing.filters] + ["sort"]:
        if text := asked.get(name, "").strip()[:_MAX_TEXT_CHARS]:
            known[name] = text
    columns = [column.key for column in listing.columns if column.key in asked.getlist("col")]
    if columns and columns != [column.key for column in listing.columns if column.shown]:
        known.setlist("col", columns)
    query = known.urlencode()
    return query if len(query) <= _MAX_QUERY_CHARS else ""

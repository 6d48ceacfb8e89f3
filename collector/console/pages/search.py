"""Where is a word found? Leads, enterprises, lists and trace requests, from every page."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from collector.cases.choices import State
from collector.cases.models import Lead
from collector.cases.queries import cases_for
from collector.cases.tables import Case
from collector.console.access import page, viewer
from collector.console.find import Sort, leads_like, understand
from collector.console.pages import cases, leads, trace, units
from collector.lists.divisions import DivisionTree
from collector.lists.models import ListIssue
from collector.lists.week import CHINA

_SHOWN = 10
_ISSUES_LOOKED_AT = 200
_LEADS_LOOKED_AT = 10_000


@page("GET")
def search(request: HttpRequest) -> HttpResponse:
    """What the word finds; a lead's own number goes straight to it."""
    person, text = viewer(request), request.GET.get("q", "")
    wanted = understand(text)
    found = _leads(request, text) if wanted.sort is not Sort.NOTHING else []
    if wanted.sort is Sort.LEAD and found:
        return redirect("console:lead", no=wanted.text)
    if cases_for(person.reads).filter(no=wanted.text.upper()).exists():
        return redirect("console:case", no=wanted.text.upper())
    context = {
        "q": wanted.text,
        "leads": [(row, leads.shown_name(row)) for row in _latest(found)],
        "cases": _cases(request, wanted.text),
        "units": _units(request, wanted.text),
        "shown": _SHOWN,
        "issues": _issues(request, wanted.text),
        "traces": trace.found_by(trace.visible(person), wanted.text)[:_SHOWN] if wanted.text else [],
        "more": len(found) - _SHOWN,
    }
    return render(request, "console/search.html", context)


def _leads(request: HttpRequest, text: str) -> list[int]:
    """Keys of the leads that the word means: names are looked through once."""
    found = leads_like(leads.visible(viewer(request).reads), text)
    return list(found.order_by().values_list("pk", flat=True)[:_LEADS_LOOKED_AT])


def _latest(keys: list[int]) -> QuerySet[Lead]:
    return Lead.objects.filter(pk__in=keys).order_by("-last_seen", "-pk")[:_SHOWN]


def _cases(request: HttpRequest, text: str) -> list[tuple[Case, str, str]]:
    """One more than is shown where there are; units the same."""
    if not text:
        return []
    rows = cases.like(cases_for(viewer(request).reads), text).order_by("-opened_at", "-pk")[: _SHOWN + 1]
    return [(row, cases.shown_name(row), str(State(row.state).label)) for row in rows]


def _units(request: HttpRequest, text: str) -> list[tuple[int, str, str]]:
    if not text:
        return []
    seen, wanted = units.visible(viewer(request).reads), understand(text)
    rows = units.holding(seen, wanted.network) if wanted.network else units.like(seen, text)
    rows = rows.order_by("name")[: _SHOWN + 1]
    return [(row.pk, units.shown_name(row), row.uscc or "") for row in rows]


def _issues(request: HttpRequest, text: str) -> list[ListIssue]:
    if not text:
        return []
    tree = DivisionTree(timezone.now().astimezone(CHINA).date())
    rows = ListIssue.objects.filter(number__icontains=text).order_by("-pk")[:_ISSUES_LOOKED_AT]
    return [row for row in rows if tree.within_any(row.division_code, viewer(request).reads.roots)][:_SHOWN]

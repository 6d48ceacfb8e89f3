"""Which meters look like mining, why, and do their units' leads agree?"""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from collector.cases.models import Lead
from collector.console.access import need, page, viewer
from collector.console.lead_filters import of_division
from collector.console.listing import answer
from collector.console.meter_list import ALL, LISTING, SUSPECT, link_of
from collector.console.meters import (
    address_of,
    curve_picture,
    estimate,
    is_odd,
    reasons_told,
    standing,
    strongest,
    unit_of,
    visible,
    week_of_row,
    weeks_judged,
)
from collector.console.scope import Viewer
from collector.console.tables import narrowed
from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.week import CHINA, Week, parse_week, week_of
from collector.power.choices import Plausibility
from collector.power.models import MeterReading, MeterWeek
from collector.power.telling import tell_weeks
from collector.registry.divisions import is_code
from collector.registry.models import Site
from collector.text import bilingual


@page("GET")
def electricity(request: HttpRequest) -> HttpResponseBase:
    """The suspicious meters of a week, the strongest first, as they were judged when their readings came."""
    person = viewer(request)
    need(person.is_office)
    rows = visible(person.reads)
    week = _week(request, rows)
    # A list is of one week, and of the suspects unless all are asked for: links and files say so as well.
    asked = request.GET.copy()
    asked["week"] = str(week)
    asked.setdefault("state", SUSPECT)
    request.GET = QueryDict(asked.urlencode())
    code = request.GET.get("division", "")
    strong = narrowed(LISTING, rows, request.GET.dict()).order_by("-mean_kw", "pk")
    return answer(
        request,
        LISTING if request.GET["state"] == SUSPECT else ALL,
        rows,
        above="console/parts/metersums.html",
        week=week,
        standing=standing(rows.filter(of_division(code)) if code else rows, week),
        chart=strongest(strong, link_of),
        division=code,
        may_write=_may_write(person, code),
        has_readings=MeterReading.objects.exists(),
    )


@page("POST")
def tell_meters(request: HttpRequest) -> HttpResponse:
    """Note every suspect of a week with the lead of its unit."""
    person, code = viewer(request), request.POST.get("division", "")
    week = _parsed(request.POST.get("week", ""))
    if week is None or not _may_write(person, code):
        raise Http404
    rows = visible(person.writes).filter(monday=week.monday, is_suspect=True)
    count = len(tell_weeks(rows.filter(of_division(code)) if code else rows, timezone.now()))
    told = bilingual(f"{count} 个户号已并入线索", f"{count} meters noted with the leads of their units")
    messages.success(request, str(told))
    asked = {"week": str(week)} | ({"division": code} if code else {})
    return redirect(f"{reverse('console:electricity')}?{urlencode(asked)}")


@page("GET", "POST")
def meter(request: HttpRequest, meter_no: str) -> HttpResponse:
    """One meter as it was judged for a week: its load, every rule with its value, and the leads there."""
    person, tree = viewer(request), _today()
    site = Site.objects.filter(meter_no=meter_no).order_by("pk").last()
    if site is None or not tree.within_any(site.division_code, person.reads.roots):
        raise Http404
    rows = visible(person.reads).filter(meter_no=meter_no)
    found = rows.filter(monday=_week(request, rows).monday).first()
    may_write = tree.within_any(site.division_code, person.writes.roots)
    if request.method == "POST":
        if not may_write or found is None:
            raise Http404
        for lead in tell_weeks(rows.filter(pk=found.pk), timezone.now()):
            messages.success(request, str(bilingual(f"已并入线索 {lead.no}", f"Noted with lead {lead.no}")))
        return redirect(link_of(found))
    context = {
        "meter_no": meter_no,
        "row": found,
        "weeks": weeks_judged(rows),
        "place": tree.name(site.division_code),
        "may_write": may_write,
        "back": reverse("console:electricity"),
    }
    return render(request, "console/meter.html", context | (_shown(found) if found else {}))


def _shown(row: MeterWeek) -> dict[str, object]:
    return {
        "week": week_of_row(row),
        "unit": unit_of(row),
        "address": address_of(row),
        "fits": Plausibility(row.verdict).label,
        "is_odd": is_odd(row),
        "estimate": estimate(row),
        "reasons": reasons_told(row),
        "leads": Lead.objects.filter(pk__in=row.leads).order_by("no"),
        "picture": curve_picture(row),
        "back": f"{reverse('console:electricity')}?week={week_of_row(row)}",
    }


def _may_write(person: Viewer, code: str) -> bool:
    """Whether the person works on cases there; without a code: anywhere."""
    if not code:
        return bool(person.writes)
    return is_code(code) and _today().within_any(code, person.writes.roots)


def _week(request: HttpRequest, rows: QuerySet[MeterWeek]) -> Week:
    """The week asked for; else the newest that is judged, or this one."""
    asked = request.POST if request.method == "POST" else request.GET
    week = _parsed(asked.get("week", ""))
    return week or next(iter(weeks_judged(rows)), week_of(timezone.now()))


def _parsed(text: str) -> Week | None:
    try:
        return parse_week(text)
    except CollectorError:
        return None


def _today() -> DivisionTree:
    return DivisionTree(timezone.now().astimezone(CHINA).date())

"""Which meters look like mining, why, and do their units' leads agree?"""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from collector.accounts.scope import within
from collector.console.access import need, page, viewer
from collector.console.lead_filters import divisions_of
from collector.console.meters import (
    MAX_READINGS,
    Days,
    asked_days,
    curve_picture,
    is_too_much,
    meter_of,
    site_of,
    strongest,
)
from collector.console.scope import Viewer
from collector.lists.divisions import DivisionTree
from collector.lists.week import CHINA
from collector.power.models import MeterReading, PowerRule
from collector.power.suspects import judge_one, suspects
from collector.power.telling import tell, tell_suspects
from collector.registry.divisions import is_code
from collector.text import bilingual

_SHOWN = 200
_BARS = 15


@page("GET")
def electricity(request: HttpRequest) -> HttpResponse:
    """The suspicious meters of a division on some days, the strongest first."""
    person = viewer(request)
    need(person.is_office)
    code, days = _division(request, person), _days(request)
    too_much = is_too_much(days)
    found = [] if too_much else suspects(code, days.first, days.last)
    meters = [meter_of(one, within("division_code", person.reads, "uscc")) for one in found[:_SHOWN]]
    rows = [(one, _link(one.no, days)) for one in meters]
    context = {
        "rows": rows,
        "total": len(found),
        "chart": strongest([one for one, _ in rows[:_BARS]], [href for _, href in rows[:_BARS]]),
        "days": days,
        "division": code,
        "divisions": divisions_of(person),
        "may_write": _today().within_any(code, person.writes.roots),
        "too_much": too_much,
        "most": MAX_READINGS,
        "has_readings": MeterReading.objects.exists(),
        "has_rules": PowerRule.objects.exists(),
    }
    return render(request, "console/electricity.html", context)


@page("POST")
def tell_meters(request: HttpRequest) -> HttpResponse:
    """Note every suspect of the days with the lead of its unit."""
    person, days = viewer(request), _days(request)
    code = request.POST.get("division", "")
    if not is_code(code) or not _today().within_any(code, person.writes.roots):
        raise Http404
    if is_too_much(days):
        messages.error(request, str(bilingual("读数过多，请缩短日期", "Too many readings; ask for fewer days")))
    else:
        count = len(tell_suspects(code, days.first, days.last))
        told = bilingual(f"{count} 个户号已并入线索", f"{count} meters noted with the leads of their units")
        messages.success(request, str(told))
    return redirect(f"{reverse('console:electricity')}?{_query(days, code)}")


@page("GET", "POST")
def meter(request: HttpRequest, meter_no: str) -> HttpResponse:
    """One meter: its load, every rule with its value, and the leads there; POST notes it with its unit's lead."""
    person, days = viewer(request), _days(request)
    site = site_of(meter_no, person.reads)
    if site is None:
        raise Http404
    found = judge_one(meter_no, site, days.first, days.last)
    may_write = site_of(meter_no, person.writes) is not None
    if request.method == "POST":
        if not may_write or found is None:
            raise Http404
        lead = tell(found[0], site)
        told = bilingual(f"已并入线索 {lead.no}", f"Noted with lead {lead.no}")
        messages.success(request, str(told))
        return redirect(_link(meter_no, days))
    shown = meter_of(found[0], within("division_code", person.reads, "uscc")) if found else None
    context = {
        "meter_no": meter_no,
        "meter": shown,
        "place": _today().name(site.division_code),
        "picture": curve_picture(*found) if found else "",
        "days": days,
        "may_write": may_write,
        "back": f"{reverse('console:electricity')}?{_query(days)}",
    }
    return render(request, "console/meter.html", context)


def _division(request: HttpRequest, person: Viewer) -> str:
    """The division asked for, if it is the person's; else the first of the person's own."""
    code = request.GET.get("division", "")
    if is_code(code) and _today().within_any(code, person.reads.roots):
        return code
    return person.reads.roots[0]


def _days(request: HttpRequest) -> Days:
    asked = request.POST if request.method == "POST" else request.GET
    return asked_days(asked.get("first", ""), asked.get("last", ""), timezone.now().astimezone(CHINA).date())


def _link(meter_no: str, days: Days) -> str:
    return f"{reverse('console:meter', args=[meter_no])}?{_query(days)}"


def _query(days: Days, division: str = "") -> str:
    asked = {"first": days.first.isoformat(), "last": days.last.isoformat()}
    return urlencode(asked | ({"division": division} if division else {}))


def _today() -> DivisionTree:
    return DivisionTree(timezone.now().astimezone(CHINA).date())

"""How does an office preview, freeze and fetch a weekly list?"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from collector.console.access import need, page, viewer
from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.models import ListIssue
from collector.lists.render.bundle import bundle
from collector.lists.services import freeze, latest_issue, pending_sessions, preview
from collector.lists.week import CHINA, Week, parse_week, week_of
from collector.text import bilingual

WEEKS_OFFERED = 12
_ISSUES_SHOWN = 200
_ROWS_SHOWN = 500


@page("GET")
def weekly_lists(request: HttpRequest) -> HttpResponse:
    """The frozen lists of the person's divisions, newest first."""
    person, now, tree = viewer(request), timezone.now(), _today()
    need(person.is_office)
    issues = ListIssue.objects.order_by("-week", "division_code", "-version")
    seen = [issue for issue in issues[: _ISSUES_SHOWN * 10] if tree.within_any(issue.division_code, person.reads.roots)]
    context = {
        "issues": seen[:_ISSUES_SHOWN],
        "weeks": weeks(now),
        "divisions": [(code, tree.name(code)) for code in person.writes.roots],
    }
    return render(request, "console/lists.html", context)


@page("GET")
def preview_list(request: HttpRequest) -> HttpResponse:
    """One week's rows as they stand now, beside the list frozen last."""
    person, now = viewer(request), timezone.now()
    need(person.is_office)
    week = asked_week(request.GET.get("week", ""), week_of(now))
    rows = preview(week, now, person.reads.roots)
    tree = _today()
    context = {
        "week": week,
        "weeks": weeks(now),
        "rows": rows[:_ROWS_SHOWN],
        "left_out": max(0, len(rows) - _ROWS_SHOWN),
        "total": len(rows),
        "status": Counter(row["status"] for row in rows),
        "category": Counter(row["category"] for row in rows),
        "units": len({row["lead"] for row in rows if row["status"] in ("auto", "confirmed")}),
        "pending": pending_sessions(week),
        "places": [tree.name(code) for code in person.reads.roots],
        "divisions": [(code, tree.name(code)) for code in person.writes.roots],
        "frozen": [issue for code in person.reads.roots if (issue := latest_issue(week, code))],
    }
    return render(request, "console/preview.html", context)


@page("POST")
def freeze_list(request: HttpRequest) -> HttpResponse:
    """Freeze one week's list of one of the person's divisions."""
    code = request.POST.get("division", "")
    if not _today().within_any(code, viewer(request).writes.roots):
        raise Http404
    try:
        frozen = freeze(parse_week(request.POST.get("week", "")), code, timezone.now())
    except CollectorError as fault:
        messages.error(request, str(fault))
    else:
        number = frozen.issue.number
        made, same = (
            bilingual(f"已生成清单 {number}", f"List frozen: {number}"),
            bilingual(f"内容与 {number} 相同，未生成新版本", f"Nothing changed since {number}: no new version"),
        )
        messages.success(request, str(made if frozen.is_new else same))
    return redirect("console:lists")


@page("GET")
def download(request: HttpRequest, number: str) -> HttpResponse:
    """The ZIP of an issue, in Chinese or English."""
    issue = get_object_or_404(ListIssue, number=number)
    if not _today().within_any(issue.division_code, viewer(request).reads.roots):
        raise Http404
    file = bundle(issue, "en" if request.GET.get("lang") == "en" else "zh")
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(file.data, content_type="application/zip", headers=headers)


def asked_week(text: str, fallback: Week) -> Week:
    """The week of a URL, or ``fallback`` when it names none."""
    try:
        return parse_week(text) if text else fallback
    except CollectorError:
        return fallback


def weeks(now: datetime) -> list[Week]:
    """The weeks a form offers, newest first."""
    return [week_of(now - timedelta(weeks=back)) for back in range(WEEKS_OFFERED)]


def _today() -> DivisionTree:
    return DivisionTree(timezone.now().astimezone(CHINA).date())

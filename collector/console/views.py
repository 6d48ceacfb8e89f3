"""Which pages does an office see? This week, the frozen lists, one lead."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from collector.cases.models import Lead
from collector.console.dossier import dossier
from collector.console.scope import WRITERS, roots_of
from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.models import ListIssue
from collector.lists.render.bundle import bundle
from collector.lists.services import freeze, pending_sessions, preview
from collector.lists.week import CHINA, Week, parse_week, week_of

_WEEKS_OFFERED = 12
_ISSUES_SHOWN = 200
_ROWS_SHOWN = 500


@never_cache
@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The leads of one week, this one unless asked otherwise."""
    now = timezone.now()
    week = _week(request.GET.get("week", ""), week_of(now))
    rows = preview(week, now, _roots(request))
    context = {
        "week": week,
        "weeks": _weeks(now),
        "rows": rows[:_ROWS_SHOWN],
        "left_out": max(0, len(rows) - _ROWS_SHOWN),
        "total": len(rows),
        "status": Counter(row["status"] for row in rows),
        "category": Counter(row["category"] for row in rows),
        "units": len({row["lead"] for row in rows if row["status"] in ("auto", "confirmed")}),
        "pending": pending_sessions(week),
        "places": _places(request),
    }
    return render(request, "console/overview.html", context)


@never_cache
@login_required
@require_GET
def weekly_lists(request: HttpRequest) -> HttpResponse:
    """The frozen lists of the person's divisions, newest first."""
    now = timezone.now()
    tree, roots = _today(), _roots(request)
    issues = ListIssue.objects.order_by("-week", "division_code", "-version")
    seen = [issue for issue in issues[: _ISSUES_SHOWN * 10] if tree.within_any(issue.division_code, roots)]
    context = {
        "issues": seen[:_ISSUES_SHOWN],
        "weeks": _weeks(now),
        "divisions": [(code, tree.name(code)) for code in roots_of(_user(request), WRITERS)],
    }
    return render(request, "console/lists.html", context)


@never_cache
@login_required
@require_POST
def freeze_list(request: HttpRequest) -> HttpResponse:
    """Freeze one week's list of one of the person's divisions."""
    code = request.POST.get("division", "")
    if not _today().within_any(code, roots_of(_user(request), WRITERS)):
        raise Http404
    try:
        frozen = freeze(parse_week(request.POST.get("week", "")), code, timezone.now())
    except CollectorError as fault:
        messages.error(request, str(fault))
    else:
        messages.success(request, frozen.issue.number)
    return redirect("console:lists")


@never_cache
@login_required
@require_GET
def download(request: HttpRequest, number: str) -> HttpResponse:
    """The ZIP of an issue, in Chinese or English."""
    issue = get_object_or_404(ListIssue, number=number)
    if not _today().within_any(issue.division_code, _roots(request)):
        raise Http404
    file = bundle(issue, "en" if request.GET.get("lang") == "en" else "zh")
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(file.data, content_type="application/zip", headers=headers)


@never_cache
@login_required
@require_GET
def lead(request: HttpRequest, no: str) -> HttpResponse:
    """One lead: what was seen, and why it is thought to be there."""
    found = get_object_or_404(Lead, no=no)
    if not _today().within_any(found.division_code, _roots(request)):
        raise Http404
    return render(request, "console/lead.html", {"file": dossier(found, _today())})


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _roots(request: HttpRequest) -> list[str]:
    return roots_of(_user(request))


def _today() -> DivisionTree:
    return DivisionTree(timezone.now().astimezone(CHINA).date())


def _places(request: HttpRequest) -> list[str]:
    tree = _today()
    return [tree.name(code) for code in _roots(request)]


def _week(text: str, fallback: Week) -> Week:
    try:
        return parse_week(text) if text else fallback
    except CollectorError:
        return fallback


def _weeks(now: datetime) -> list[Week]:
    return [week_of(now - timedelta(weeks=back)) for back in range(_WEEKS_OFFERED)]

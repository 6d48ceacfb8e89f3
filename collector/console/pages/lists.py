"""How does an office preview, freeze and fetch a weekly list?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.console import figures
from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.links import leads_link, place_links
from collector.console.paging import Pages
from collector.console.replies import Taken, take_list_reply
from collector.faults import CollectorError
from collector.lists.changes import change_of, former_leads, gone_rows
from collector.lists.choices import ListKind
from collector.lists.dispatching import dispatch, receive
from collector.lists.divisions import DivisionTree
from collector.lists.models import Dispatch, ListIssue, ListReply, ListRow
from collector.lists.preview import preview
from collector.lists.render.bundle import Bundle, bundle
from collector.lists.services import freeze, latest_issue, pending_sessions
from collector.lists.week import CHINA, Week, parse_week, week_of
from collector.text import bilingual

WEEKS_OFFERED = 12
_ISSUES_SHOWN = 50
_LEADS_SHOWN = 50
_ROWS_SHOWN = 100
_SENT_SHOWN = 50
_REPLIES = ("answered", "open")


@page("GET")
def weekly_lists(request: HttpRequest) -> HttpResponse:
    """The frozen lists of the person's divisions, newest first."""
    person, now, tree = viewer(request), timezone.now(), _today()
    need(person.is_office)
    # Without the sums: those of a province's list name every lead that is gone from it.
    issues = ListIssue.objects.filter(within("division_code", person.reads)).defer("summary")
    ordered = issues.order_by("-week", "division_code", "-version", "-pk")
    pages = Pages(request, issues.count(), _ISSUES_SHOWN)
    context = {
        "issues": ordered[pages.first : pages.end],
        "pages": pages,
        "weeks": weeks(now),
        "divisions": [(code, tree.name(code)) for code in person.writes.roots],
        "sent": _sent_to(person.reads),
        "may_write": bool(person.writes),
    }
    return render(request, "console/lists.html", context)


@page("GET")
def preview_list(request: HttpRequest) -> HttpResponse:
    """One week's rows as they stand now, beside the list frozen last."""
    person, now = viewer(request), timezone.now()
    need(person.is_office)
    week = asked_week(request.GET.get("week", ""), week_of(now))
    tree, counted = _today(), figures.by_week([week], person.reads)[0]
    sums = figures.of_week(week, person.reads)
    pages = Pages(request, counted.active, _LEADS_SHOWN)
    context = {
        "week": week,
        "weeks": weeks(now),
        "rows": preview(week, now, list(figures.leads_of(week, person.reads)[pages.first : pages.end])),
        "pages": pages,
        "counted": counted,
        "sums": sums,
        "leads": leads_link(week),
        "place_links": place_links(week),
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
        messages.error(request, in_words(fault))
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
    return _zip(bundle(issue, "en" if request.GET.get("lang") == "en" else "zh"))


@page("GET", "POST")
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """One frozen list: its rows, what changed since last week, who got it; POST brings a reply."""
    found, may_write = _issue(request, number)
    taken: Taken | None = None
    if request.method == "POST":
        need(may_write)
        rehearse = "rehearse" in request.POST
        taken = take_list_reply(request.FILES.get("file"), user(request), is_rehearsal=rehearse)
    answered = ListReply.objects.filter(row__issue=found).count()
    shown, total = _rows_asked_for(found, answered, request.GET.get("reply", ""))
    pages = Pages(request, total, _ROWS_SHOWN)
    rows = list(shown.select_related("reply").order_by("position")[pages.first : pages.end])
    former = former_leads(found, {row.lead_id for row in rows if row.lead_id is not None})
    changes = [change_of(found, row, former) for row in rows]
    context = {
        "issue": found,
        "rows": [(row, change, getattr(row, "reply", None)) for row, change in zip(rows, changes, strict=True)],
        "is_changed": any(changes),
        "pages": pages,
        "gone": gone_rows(found, _ROWS_SHOWN),
        "dispatches": found.dispatches.order_by("recipient_code"),
        "answered": answered,
        "unanswered": found.row_count - answered,
        "may_write": may_write,
        "taken": taken,
        "kind": ListKind(found.kind).label,
        "is_weekly": found.kind == ListKind.WEEKLY,
        "is_masked": any(row.snapshot.get("masked") for row in rows),
    }
    return render(request, "console/issue.html", context, status=422 if taken and taken.refusal else 200)


def _rows_asked_for(found: ListIssue, answered: int, reply: str) -> tuple[QuerySet[ListRow], int]:
    """The rows with a reply, those without, or all, and how many they are."""
    if reply not in _REPLIES:
        return found.rows.all(), found.row_count
    is_open = reply == "open"
    return found.rows.filter(reply__isnull=is_open), found.row_count - answered if is_open else answered


@page("POST")
def dispatch_issue(request: HttpRequest, number: str) -> HttpResponse:
    """Make every recipient's file and note who it is for."""
    found, may_write = _issue(request, number)
    need(may_write)
    count = sum(1 for _ in dispatch(found, timezone.now()))
    messages.success(request, str(bilingual(f"已派发 {count} 份", f"Dispatched to {count} recipients")))
    return redirect("console:issue", number=number)


@page("POST")
def sign_for(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Note who took a recipient's file over; a county signs for its own."""
    person, found = viewer(request), get_object_or_404(ListIssue, number=number)
    if not _today().within_any(code, person.writes.roots):
        raise Http404
    try:
        receive(found, code, request.POST.get("person", ""), timezone.now())
    except CollectorError as fault:
        messages.error(request, in_words(fault))
    else:
        messages.success(request, str(bilingual("已签收", "Signed for")))
    if _today().within_any(found.division_code, person.reads.roots):
        return redirect("console:issue", number=number)
    return redirect("console:lists")


@page("GET")
def part(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One recipient's file of an issue."""
    found, tree = get_object_or_404(ListIssue, number=number), _today()
    if not found.dispatches.filter(recipient_code=code).exists() or not tree.within_any(
        code, viewer(request).reads.roots
    ):
        raise Http404
    return _zip(bundle(found, "zh", "utf-8", code))


def asked_week(text: str, fallback: Week) -> Week:
    """The week of a URL, or ``fallback`` when it names none."""
    try:
        return parse_week(text) if text else fallback
    except CollectorError:
        return fallback


def weeks(now: datetime) -> list[Week]:
    """The weeks a form offers, newest first."""
    return [week_of(now - timedelta(weeks=back)) for back in range(WEEKS_OFFERED)]


def _sent_to(scope: Scope) -> list[Dispatch]:
    """What offices above have dispatched to these divisions, newest first."""
    own = within("recipient_code", scope) & ~within("issue__division_code", scope)
    rows = Dispatch.objects.filter(own).select_related("issue").defer("issue__summary")
    return list(rows.order_by("-sent_at", "-pk")[:_SENT_SHOWN])


def _issue(request: HttpRequest, number: str) -> tuple[ListIssue, bool]:
    """The issue, and whether the person may act on it; one outside the person's divisions is as good as none."""
    found, tree, person = get_object_or_404(ListIssue, number=number), _today(), viewer(request)
    if not tree.within_any(found.division_code, person.reads.roots):
        raise Http404
    return found, tree.within_any(found.division_code, person.writes.roots)


def _zip(file: Bundle) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(file.data, content_type="application/zip", headers=headers)


def _today() -> DivisionTree:
    return DivisionTree(timezone.now().astimezone(CHINA).date())

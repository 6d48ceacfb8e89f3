"""How are carriers asked who used an address, and how do they answer?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.listing import answer
from collector.console.paging import Pages
from collector.console.replies import Taken, take_reply
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing
from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.week import CHINA
from collector.text import bilingual
from collector.trace.choices import Step
from collector.trace.models import TraceItem, TraceRequest
from collector.trace.render import FORMATS
from collector.trace.services import Wanted, request_traces
from collector.trace.visible import items_of

_COUNTS = "_counts"
_ITEMS_SHOWN = 100
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
}


@page("GET")
def requests(request: HttpRequest) -> HttpResponseBase:
    """The requests that the person's office made, or that its carrier got."""
    person = viewer(request)
    need(person.is_office or person.carriers)
    tree = _today()
    divisions = [(code, tree.name(code)) for code in person.writes.roots]
    return answer(request, replace(LISTING, prepare=_prepared(person)), visible(person), divisions=divisions)


@page("POST")
def ask(request: HttpRequest) -> HttpResponse:
    """Make requests for every session of a division that needs one and has none."""
    person, code = viewer(request), request.POST.get("division", "")
    if code not in person.writes.roots:
        raise Http404
    due = _day(request.POST.get("due", ""))
    try:
        made = request_traces(Wanted(division=code), due, user(request))
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:traces")
    if not made:
        told = bilingual("没有需要溯源的会话：均已定位，或已在请求中", "Nothing to ask: all are located or asked for")
        messages.info(request, str(told))
    for one in made:
        messages.success(request, str(bilingual(f"已生成请求 {one.no}", f"Request {one.no} made")))
    return redirect("console:traces")


@page("GET", "POST")
def trace(request: HttpRequest, no: str) -> HttpResponse:
    """One request: its questions and answers; POST brings the reply."""
    person = viewer(request)
    found = visible(person).filter(no=no).first()
    if found is None:
        raise Http404
    may_answer = bool(person.writes or person.carriers)
    taken: Taken | None = None
    if request.method == "POST":
        need(may_answer)
        taken = take_reply(found, request.FILES.get("file"), user(request), is_rehearsal="rehearse" in request.POST)
    items = own_items(found, person).select_related("record").order_by("pk")
    pages = Pages(request, items.count(), _ITEMS_SHOWN)
    asked, answered = _counts([found], person).get(found.pk, (0, 0))
    context = {
        "trace": found,
        "asked": asked,
        "answered": answered,
        "items": items[pages.first : pages.end],
        "pages": pages,
        "may_answer": may_answer,
        "taken": taken,
        "formats": list(FORMATS),
    }
    return render(request, "console/trace.html", context, status=422 if taken and taken.refusal else 200)


@page("GET")
def trace_file(request: HttpRequest, no: str, form: str) -> HttpResponse:
    """The request as the file that is sent and comes back."""
    found = visible(viewer(request)).filter(no=no).first()
    if found is None or form not in FORMATS:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{found.no}.{form}"', "Cache-Control": "private, no-store"}
    body = FORMATS[form](found, own_items(found, viewer(request)))
    return HttpResponse(body, content_type=_TYPES[form], headers=headers)


def visible(person: Viewer) -> QuerySet[TraceRequest]:
    """Requests with a question of the person's divisions, or to the person's carrier."""
    own = items_of(person.reads, person.carriers).filter(request=OuterRef("pk"))
    # With the second half, which holds of no request, the server looks for one question of each request; without it,
    # it joins all questions first.
    return TraceRequest.objects.filter(Exists(own) | Q(no=""))


def _counts(rows: Sequence[TraceRequest], person: Viewer) -> dict[int, tuple[int, int]]:
    """By request, the person's questions and how many of them are answered; one question for all."""
    own = items_of(person.reads, person.carriers).filter(request__in=[row.pk for row in rows]).order_by()
    told = own.values_list("request").annotate(asked=Count("pk"), answered=Count("pk", filter=~Q(user_type="")))
    return {request: (asked, answered) for request, asked, answered in told}


def _prepared(person: Viewer) -> Callable[[Sequence[TraceRequest]], None]:
    def prepare(rows: Sequence[TraceRequest]) -> None:
        counts = _counts(rows, person)
        for row in rows:
            setattr(row, _COUNTS, counts.get(row.pk, (0, 0)))

    return prepare


def own_items(found: TraceRequest, person: Viewer) -> QuerySet[TraceItem]:
    """The questions of a request that are the person's to see: a branch's own, not those of another city's."""
    return items_of(person.reads, person.carriers).filter(request=found)


def found_by(rows: QuerySet[TraceRequest], text: str) -> QuerySet[TraceRequest]:
    """By number, recipient or address asked for."""
    asked = TraceItem.objects.filter(ip__iexact=text).values("request")
    return rows.filter(Q(recipient__icontains=text) | Q(no__iexact=text) | Q(pk__in=asked))


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA).date()
    except ValueError:
        return None


def _today() -> DivisionTree:
    return DivisionTree(timezone.now().astimezone(CHINA).date())


LISTING: Listing[TraceRequest] = Listing(
    name="traces",
    title=bilingual("溯源请求", "Trace requests"),
    columns=(
        Column(
            "no",
            bilingual("请求号", "Request"),
            lambda row: row.no,
            look="code",
            sort="no",
            href=lambda row: reverse("console:trace", args=[row.no]),
        ),
        Column("to", bilingual("对象", "To"), lambda row: row.recipient, sort="recipient"),
        Column("step", bilingual("类型", "Kind"), lambda row: Step(row.step).label),
        Column("asked", bilingual("问题数", "Questions"), lambda row: getattr(row, _COUNTS)[0], "number"),
        Column("answered", bilingual("已答复", "Answered"), lambda row: getattr(row, _COUNTS)[1], "number"),
        Column("due", bilingual("期限", "Due"), lambda row: row.due or "—", "mono", sort="due"),
        Column("made", bilingual("生成时间", "Made"), lambda row: row.created_at, "time", sort="created_at"),
    ),
    filters=(
        Filter(
            "q", bilingual("关键词", "Words"), found_by, hint=bilingual("请求号、运营商、IP", "Number, carrier, IP")
        ),
    ),
    order=("-pk",),
    empty=bilingual(
        "还没有溯源请求。办公室对未定位或定位冲突的会话一键生成请求，生成后在此列出。",
        "No trace request yet. An office makes them for sessions without a unit, or with two; then they stand here.",
    ),
    template="console/traces.html",
)

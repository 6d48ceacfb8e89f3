"""What did people report, what became of it, and which lead did it lead to?"""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.cases.models import Lead
from collector.console.access import need, page, viewer
from collector.console.language import in_words
from collector.console.lead_filters import divisions_of
from collector.console.listing import answer
from collector.console.pages import leads
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options, division_column
from collector.faults import CollectorError
from collector.lists.choices import Progress
from collector.lists.divisions import DivisionTree
from collector.lists.masking import is_person, mask_account, mask_address, mask_name
from collector.lists.registering import answer as answer_to
from collector.lists.registers import TipOff
from collector.lists.week import CHINA
from collector.text import bilingual

_LIKE_SHOWN = 8
_MIN_LIKE_CHARS = 2
_CHANNELS = {"web": bilingual("网页", "Web form")}


@page("GET")
def tip_offs(request: HttpRequest) -> HttpResponseBase:
    """The tip-offs of the person's divisions."""
    person = viewer(request)
    need(person.is_office)
    return answer(request, LISTING, visible(person.reads).select_related("lead"))


@page("GET", "POST")
def tip_off(request: HttpRequest, number: int) -> HttpResponse:
    """One tip-off; POST says how it stands and which lead it led to."""
    person = viewer(request)
    found = _found(person.reads, number)
    may_answer = visible(person.writes).filter(pk=number).exists()
    if request.method == "POST":
        if not may_answer:
            raise Http404
        return _answered(request, found)
    tree = DivisionTree(timezone.now().astimezone(CHINA).date())
    context = {
        "told": found,
        "place": tree.name(found.division_code),
        "unit_name": shown_name(found),
        "address": shown_address(found),
        "channel": channel_of(found),
        "contact": mask_account(found.contact),
        "progress": Progress(found.progress).label,
        "may_answer": may_answer,
        "choices": Progress.choices,
        "alike": [(lead, leads.shown_name(lead)) for lead in _alike(found, person)],
        "lead": _lead_of(found, person),
    }
    return render(request, "console/tip_off.html", context)


def visible(scope: Scope) -> QuerySet[TipOff]:
    """The tip-offs of a scope's divisions. A unit never sees what was told of it."""
    return TipOff.objects.filter(within("division_code", scope))


def shown_name(row: TipOff) -> str:
    """Who was reported; a person is masked."""
    return mask_name(row.unit_name) if is_person(row.unit_name, "", "") else row.unit_name


def shown_address(row: TipOff) -> str:
    """Where; a person's house number is masked."""
    return mask_address(row.address) if is_person(row.unit_name, "", "") else row.address


def channel_of(row: TipOff) -> str:
    """How it came in; what was written by hand stays as it is."""
    return str(_CHANNELS.get(row.channel, row.channel))


def _found(scope: Scope, number: int) -> TipOff:
    found = visible(scope).select_related("lead").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _answered(request: HttpRequest, found: TipOff) -> HttpResponse:
    lead_no = request.POST.get("lead", "").strip().upper()
    if lead_no and not leads.visible(viewer(request).writes).filter(no=lead_no).exists():
        told = bilingual(
            f"没有线索 {lead_no}，或不在您的区划内", f"No lead {lead_no} in your divisions; check its number"
        )
        messages.error(request, str(told))
        return redirect("console:tip-off", number=found.pk)
    try:
        after = answer_to(found.code, request.POST.get("progress", ""), request.POST.get("answer", ""), lead_no)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
    else:
        said = str(Progress(after.progress).label)
        led = f" · {after.lead.no}" if after.lead else ""
        messages.success(request, str(bilingual(f"已答复：{said}{led}", f"Answered: {said}{led}")))
    return redirect("console:tip-off", number=found.pk)


def _lead_of(found: TipOff, person: Viewer) -> Lead | None:
    """The lead it led to, where the person may see it."""
    return leads.visible(person.reads).filter(pk=found.lead_id).first() if found.lead_id else None


def _alike(found: TipOff, person: Viewer) -> list[Lead]:
    """Leads of the same division whose unit or address is what was told."""
    name, address = found.unit_name.strip(), found.address.strip()
    alike = Q(pk__in=())
    if len(name) >= _MIN_LIKE_CHARS:
        alike |= Q(unit_name__icontains=name)
    if len(address) >= _MIN_LIKE_CHARS:
        alike |= Q(address__icontains=address)
    near = leads.visible(person.reads).filter(within("division_code", Scope((found.division_code,))))
    others = near.filter(alike, merged_into__isnull=True).exclude(tip_offs=found)
    return list(others.order_by("-last_seen")[:_LIKE_SHOWN])


def _like(rows: QuerySet[TipOff], text: str) -> QuerySet[TipOff]:
    word = " ".join(text.split())
    code = "".join(char for char in word.upper() if char.isalnum())
    named = Q(unit_name__icontains=word) | Q(address__icontains=word) | Q(lead__no__iexact=word)
    return rows.filter(named | Q(code=code) if code else named)


def _in_division(rows: QuerySet[TipOff], code: str) -> QuerySet[TipOff]:
    return rows.filter(within("division_code", Scope((code,))))


def _in_progress(rows: QuerySet[TipOff], progress: str) -> QuerySet[TipOff]:
    return rows.filter(progress=progress)


def _progresses(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Progress.choices]


def _tone(row: TipOff) -> str:
    return {Progress.OPEN: "doubt", Progress.DONE: "confirmed"}.get(Progress(row.progress), "")


LISTING: Listing[TipOff] = Listing(
    name="tip-offs",
    title=bilingual("举报", "Tip-offs"),
    columns=(
        Column(
            "no",
            bilingual("序号", "Number"),
            lambda row: row.pk,
            "code",
            sort="pk",
            href=lambda row: reverse("console:tip-off", args=[row.pk]),
        ),
        Column("at", bilingual("收到时间", "Received"), lambda row: row.told_at, "time", sort="told_at"),
        Column("unit", bilingual("被举报方", "Who"), lambda row: shown_name(row) or "—", sort="unit_name"),
        Column("address", bilingual("详细地址", "Address"), shown_address, sort="address"),
        division_column(lambda row: row.division_code),
        Column("channel", bilingual("渠道", "Channel"), channel_of, sort="channel"),
        Column(
            "progress",
            bilingual("办理状态", "Progress"),
            lambda row: Progress(row.progress).label,
            "tag",
            sort="progress",
            tone=_tone,
        ),
        Column("lead", bilingual("线索", "Lead"), lambda row: row.lead.no if row.lead else "—", "code"),
        Column("code", bilingual("查询码", "Follow-up code"), lambda row: row.code, "mono", shown=False),
    ),
    filters=(
        Filter("q", bilingual("关键词", "Words"), _like, hint=bilingual("名称、地址、查询码", "Name, address, code")),
        Filter("division", bilingual("区划", "Division"), _in_division, divisions_of),
        Filter("progress", bilingual("办理状态", "Progress"), _in_progress, _progresses),
    ),
    order=("-told_at", "-pk"),
    empty=bilingual(
        "没有符合条件的举报。公众举报页的地址是 /report/，可在单位网站上链接。",
        "No tip-off fits. The public's form is at /report/: link to it from your site.",
    ),
)

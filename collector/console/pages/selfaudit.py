"""How does a unit look at itself, and who reads what it handed in?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from collector.accounts.models import Office
from collector.accounts.scope import within
from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.listing import answer
from collector.console.own_sensor import USUAL_DAYS, sensors_of, statements
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options
from collector.faults import CollectorError
from collector.lists.week import CHINA
from collector.selfaudit.files import CAPTURE_ENDINGS, REPORTS, TOLD_ENDINGS, Upload, has_assets, report_of
from collector.selfaudit.models import AuditState, SelfAudit
from collector.selfaudit.services import hand_in, hand_over
from collector.text import bilingual

_OPEN = (AuditState.WAITING, AuditState.RUNNING)


@page("GET", "POST")
def audits(request: HttpRequest) -> HttpResponseBase:
    """A unit's own looks, or for an office those handed in to it; POST brings a capture, or takes the own sensor's."""
    person = viewer(request)
    need(person.units or person.is_office)
    if request.method == "POST":
        return _bring(request, person)
    offices, today = (
        Office.objects.filter(pk__in=person.units).order_by("name"),
        timezone.now().astimezone(CHINA).date(),
    )
    context = {
        "offices": [(one, has_assets(one.pk)) for one in offices],
        "endings": ",".join(f".{one}" for one in (*CAPTURE_ENDINGS, *TOLD_ENDINGS)),
        "own_sensors": [(one, sensors) for one in offices if (sensors := list(sensors_of(one)))],
        "last_day": today,
        "first_day": today - timedelta(days=USUAL_DAYS - 1),
    }
    return answer(request, LISTING, visible(person), **context)


@page("GET")
def audit(request: HttpRequest, no: str) -> HttpResponse:
    """One look: how far it is, or what was found; htmx asks again for the part that changes."""
    found = _visible(request, no)
    context = {
        "audit": found,
        "is_open": found.state in _OPEN,
        "state": AuditState(found.state).label,
        "forms": list(REPORTS),
        "may_hand_in": found.office_id in viewer(request).units and found.state == AuditState.DONE,
    }
    is_part = bool(getattr(request, "htmx", False))
    return render(request, "console/parts/selfaudit.html" if is_part else "console/selfaudit.html", context)


@page("GET")
def report(request: HttpRequest, no: str, form: str) -> HttpResponse:
    """The report as a file. Never shown in place: it brings its own style."""
    found = _visible(request, no)
    path = report_of(found.no, form)
    if form not in REPORTS or found.state != AuditState.DONE or not path.is_file():
        raise Http404
    disposition = f'attachment; filename="{found.no}.{form}"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(path.read_bytes(), content_type=REPORTS[form], headers=headers)


@page("POST")
def submit(request: HttpRequest, no: str) -> HttpResponse:
    """Hand a finished look in."""
    found = _visible(request, no)
    need(found.office_id in viewer(request).units)
    try:
        hand_in(found, timezone.now())
    except CollectorError as fault:
        messages.error(request, in_words(fault))
    else:
        messages.success(request, str(bilingual("已提交主管部门", "Handed in to the offices of the division")))
    return redirect("console:selfaudit", no=no)


def visible(person: Viewer) -> QuerySet[SelfAudit]:
    """The person's own units' looks, and those handed in to the person's divisions."""
    handed_in = Q(handed_in_at__isnull=False) & Q(
        office__in=Office.objects.filter(within("division_code", person.reads)).values("pk")
    )
    own = Q(office__in=person.units)
    return SelfAudit.objects.filter(own | handed_in if person.is_office else own).select_related("office", "user")


def _visible(request: HttpRequest, no: str) -> SelfAudit:
    return get_object_or_404(visible(viewer(request)), no=no)


def _bring(request: HttpRequest, person: Viewer) -> HttpResponse:
    need(person.units)
    chosen = request.POST.get("office", "")
    office = Office.objects.filter(pk__in=person.units, pk=int(chosen) if chosen.isdecimal() else 0).first()
    try:
        what = _what(request, office)
        networks, assets = request.POST.get("networks", ""), _upload(request, "assets")
        if office is None or what is None:
            raise CollectorError(str(bilingual("请选择抓包文件", "Choose a capture")))
        made = hand_over(office, user(request), what, assets, networks, timezone.now())
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:selfaudits")
    return redirect("console:selfaudit", no=made.no)


def _what(request: HttpRequest, office: Office | None) -> Upload | None:
    """What is to be looked at: what the unit's own sensors told, or the capture that came."""
    if office is None or request.POST.get("from") != "sensor":
        return _upload(request, "capture")
    return statements(office, _day(request, "first"), _day(request, "last"))


def _day(request: HttpRequest, name: str) -> date:
    text = request.POST.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CollectorError(f"{text[:20]}: {bilingual('不是日期', 'is no date')}") from None


def _upload(request: HttpRequest, name: str) -> Upload | None:
    file: Any = request.FILES.get(name)
    if not isinstance(file, UploadedFile) or not file.name or file.size is None:
        return None
    return Upload(file.name, file.size, file.chunks)


def _state(row: SelfAudit) -> str:
    words = str(AuditState(row.state).label)
    return f"{words} {row.percent}%" if row.state == AuditState.RUNNING else words


def _found(row: SelfAudit) -> str:
    return str(row.result["machines"]) if row.result else ""


def _tone(row: SelfAudit) -> str:
    return "doubt" if row.state == AuditState.FAILED else "confirmed" if row.state == AuditState.DONE else ""


def _in_state(rows: QuerySet[SelfAudit], state: str) -> QuerySet[SelfAudit]:
    return rows.filter(state=state)


def _like(rows: QuerySet[SelfAudit], text: str) -> QuerySet[SelfAudit]:
    return rows.filter(Q(no__iexact=text) | Q(office__name__icontains=text) | Q(file_name__icontains=text))


def _states(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in AuditState.choices]


LISTING: Listing[SelfAudit] = Listing(
    name="self-audits",
    title=bilingual("单位自查", "Self-audits"),
    columns=(
        Column(
            "no",
            bilingual("编号", "No."),
            lambda row: row.no,
            look="code",
            sort="no",
            href=lambda row: reverse("console:selfaudit", args=[row.no]),
        ),
        Column("office", bilingual("单位", "Unit"), lambda row: row.office.name, sort="office__name"),
        Column("file", bilingual("抓包或探针记录", "Capture or sensor"), lambda row: row.file_name, sort="file_name"),
        Column("state", bilingual("状态", "State"), _state, "tag", sort="state", tone=_tone),
        Column("machines", bilingual("挖矿设备（台）", "Machines that mine"), _found, "number"),
        Column("made", bilingual("上传时间", "Uploaded"), lambda row: row.created_at, "time", sort="created_at"),
        Column("handed", bilingual("提交时间", "Handed in"), lambda row: row.handed_in_at or "—", "time"),
    ),
    filters=(
        Filter("q", bilingual("关键词", "Words"), _like, hint=bilingual("编号、单位、文件", "Number, unit, file")),
        Filter("state", bilingual("状态", "State"), _in_state, _states),
    ),
    order=("-pk",),
    empty=bilingual(
        "还没有自查。单位上传抓包，或用本单位探针的发现生成报告，提交后在此显示。",
        "No self-audit yet. They appear once a unit has looked at a capture or at its sensor's findings, and handed it "
        "in.",
    ),
    template="console/selfaudits.html",
)

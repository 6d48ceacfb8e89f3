"""Which cases are there, what happened in one, and what can be done next?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import F, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from collector.cases.acts import Who, perform
from collector.cases.casework import open_case
from collector.cases.choices import Action, Cause, Department, Grade, State
from collector.cases.evidence import attach, path_of
from collector.cases.ledger import entries_of
from collector.cases.models import Lead
from collector.cases.queries import cases_for
from collector.cases.tables import Case
from collector.cases.transitions import ENDED
from collector.cases.verify import evidence_folder
from collector.console.access import need, page, user, viewer
from collector.console.acts import TOGETHER, forms, said
from collector.console.appeals import appeal_of, may_appeal
from collector.console.casefile import around, days_of, messages_of, sources_of, sum_of
from collector.console.dossier import dossier
from collector.console.find import leads_like
from collector.console.language import in_words
from collector.console.lead_filters import divisions_of, of_division
from collector.console.lead_filters import weeks as weeks_offered
from collector.console.links import cases_link
from collector.console.listing import answer
from collector.console.pages import leads
from collector.console.saved import cleaned, given, views_of
from collector.console.scope import Viewer
from collector.console.story import story
from collector.console.tables import Column, Filter, Listing, Options, division_column
from collector.console.work import SOON
from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.masking import is_person, mask_name
from collector.lists.week import CHINA, parse_week
from collector.text import bilingual

MAX_TOGETHER = 200
_APPEALS = (Action.APPEAL, Action.VOTE)


@page("GET")
def cases(request: HttpRequest) -> HttpResponseBase:
    """The cases of the person's divisions, under the filters of the URL."""
    person = viewer(request)
    need(person.reads)
    bulk = [(one.value, one.label) for one in TOGETHER] if person.writes else []
    rows, saved = cases_for(person.reads), views_of(request, LISTING)
    return answer(request, LISTING, rows, bulk=bulk, bulk_url=reverse("console:case-together"), **saved)


@page("GET")
def case(request: HttpRequest, no: str) -> HttpResponse:
    """One case: where it stands, what happened, and what can be done."""
    return _shown(request, no)


@page("GET")
def sheet(request: HttpRequest, no: str) -> HttpResponse:
    """The case as a form for the check on site (核查单), one page to print."""
    return render(request, "console/sheet.html", _context(request, no))


@page("POST")
def act(request: HttpRequest, no: str) -> HttpResponse:
    """One act on a case. A unit that the case is about may appeal, and do nothing else."""
    action = _action(request)
    if action is Action.APPEAL:
        _appealable(request, no)
    else:
        _writable(request, no)
    if action is None:
        raise Http404
    given = {name: str(text) for name, text in request.POST.items()}
    try:
        after = perform(no, action, said(action, given), _who(request), settings.COLLECTOR.cases)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return _shown(request, no, given)
    told = bilingual(f"{action.label}：{State(after.state).label}", f"{action.label}: {State(after.state).label}")
    messages.success(request, str(told))
    return redirect("console:case", no=no)


@page("POST")
def together(request: HttpRequest) -> HttpResponse:
    """One act on many cases; each on its own, so that one refusal stops no other."""
    action = _action(request)
    if action not in TOGETHER:
        raise Http404
    chosen, done = _picked(request), 0
    if not chosen:
        return _none_picked(request, LISTING)
    for no in chosen:
        if not cases_for(viewer(request).writes).filter(no=no).exists():
            raise Http404
        try:
            perform(no, action, said(action, {}), _who(request), settings.COLLECTOR.cases)
        except CollectorError as fault:
            messages.error(request, f"{no}: {in_words(fault)}")
        else:
            done += 1
    if done:
        messages.success(request, str(bilingual(f"{action.label}：{done} 件", f"{action.label}: {done} cases")))
    return _list_again(request, LISTING)


@page("POST")
def open_many(request: HttpRequest) -> HttpResponse:
    """A case for each of the chosen leads."""
    person = viewer(request)
    need(person.writes)
    chosen = _picked(request)
    if not chosen:
        return _none_picked(request, leads.LISTING)
    if leads.visible(person.writes).filter(no__in=chosen).count() != len(chosen):
        raise Http404
    now = timezone.now()
    found = {one.no: one for one in (open_case(no, user(request).get_username(), now) for no in chosen)}
    made = sum(1 for one in found.values() if one.opened_at == now)
    if made:
        messages.success(request, str(bilingual(f"已立 {made} 件", f"Cases opened: {made}")))
    if known := len(found) - made:
        messages.info(request, str(bilingual(f"{known} 件早已立案", f"Opened before: {known}")))
    # The newest first: there they are.
    return redirect(cases_link({"sort": "-opened"}))


@page("POST")
def evidence(request: HttpRequest, no: str) -> HttpResponse:
    """Seal a file and enter it; a unit may bring proof for its appeal."""
    _appealable(request, no)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.file is None:
        messages.error(request, str(bilingual("请选择文件", "Choose a file")))
        return redirect("console:case", no=no)
    who, bound = _who(request), settings.COLLECTOR.cases.max_evidence_bytes
    try:
        attach(no, cast(BinaryIO, file.file), file.name or "evidence", evidence_folder(), bound, who.actor, who.now)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
    else:
        messages.success(request, str(bilingual("证据已封存", "The evidence is sealed")))
    return redirect("console:case", no=no)


@page("GET")
def evidence_file(request: HttpRequest, no: str, sha256: str) -> FileResponse:
    """A sealed file, as it was handed in."""
    found = _visible(request, no)
    entry = next((one for one in found.folded["evidence"] if one["sha256"] == sha256), None)
    path = path_of(evidence_folder(), sha256)
    if entry is None or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), as_attachment=True, filename=entry["name"])
    # Never shown in place: an office's own page must not run what somebody handed in.
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def shown_name(row: Case) -> str:
    """Whoever is suspected; a person is masked."""
    name = str(row.folded["unit_name"])
    return (mask_name(name) if is_person(name, row.uscc, "") else name) or leads.shown_name(row.lead)


def _shown(request: HttpRequest, no: str, given: Mapping[str, str] | None = None) -> HttpResponse:
    """The case; ``given`` is what was said with an act that was refused, to be mended."""
    context = _context(request, no)
    divisions = divisions_of(viewer(request)) if context["forms"] else ()
    context |= {"divisions": divisions, "given": given or {}}
    return render(request, "console/case.html", context, status=200 if given is None else 422)


def _context(request: HttpRequest, no: str) -> dict[str, object]:
    found = _visible(request, no)
    person, now, lead = viewer(request), timezone.now(), found.lead
    tree = DivisionTree(now.astimezone(CHINA).date())
    may_act = cases_for(person.writes).filter(no=no).exists()
    acts = forms(found.state) if may_act or may_appeal(no, person) else []
    appeal, file = appeal_of(found.folded, user(request).get_username()), dossier(lead, tree)
    score, sources = sources_of(lead, person)
    return {
        "case": found,
        "name": shown_name(found),
        "state": State(found.state).label,
        "department": Department(found.department).label if found.department in Department.values else "",
        "cause": Cause(found.cause).label if found.cause else "",
        "is_overdue": _is_overdue(found, now),
        "place": tree.name(found.division_code) if found.division_code else "",
        "forms": [one for one in acts if one.action not in _APPEALS and may_act],
        "appeal_form": next((one for one in acts if one.action in _APPEALS), None),
        "appeal": appeal,
        "may_act": acts and found.state not in ENDED,
        "story": story(entries_of(no), tree),
        "file": file,
        "around": around(found, person, tree),
        "days": days_of(lead, now),
        "messages_seen": messages_of(file),
        "sum": sum_of(file),
        "score": score,
        "sources": sources,
    }


def _visible(request: HttpRequest, no: str) -> Case:
    found = cases_for(viewer(request).reads).filter(no=no).first()
    if found is None:
        raise Http404
    return found


def _writable(request: HttpRequest, no: str) -> None:
    if not cases_for(viewer(request).writes).filter(no=no).exists():
        raise Http404


def _appealable(request: HttpRequest, no: str) -> None:
    if not may_appeal(no, viewer(request)):
        raise Http404


def _who(request: HttpRequest) -> Who:
    return Who(user(request).get_username(), timezone.now())


def _action(request: HttpRequest) -> Action | None:
    word = request.POST.get("action", "")
    return Action(word) if word in Action.values else None


def _picked(request: HttpRequest) -> list[str]:
    return sorted(set(request.POST.getlist("pick")))[:MAX_TOGETHER]


def _none_picked(request: HttpRequest, listing: Listing[Any]) -> HttpResponse:
    messages.error(request, str(bilingual("请先勾选要处理的行", "Choose the rows first")))
    return _list_again(request, listing)


def _list_again(request: HttpRequest, listing: Listing[Any]) -> HttpResponse:
    """The list as the person saw it, filters and all."""
    return redirect(f"{reverse(f'console:{listing.name}')}?{cleaned(listing, given(request))}")


def _is_overdue(row: Case, now: datetime) -> bool:
    return row.due_at is not None and row.due_at <= now and row.state not in ENDED


def like(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    """By number, code, or whatever finds its lead."""
    by_lead = leads_like(Lead.objects.filter(pk__in=Case.objects.values("lead")), text).values("pk")
    return rows.filter(Q(no__iexact=text) | Q(uscc__iexact=text) | Q(lead__in=by_lead))


def _in_division(rows: QuerySet[Case], code: str) -> QuerySet[Case]:
    return rows.filter(of_division(code))


def _in_state(rows: QuerySet[Case], state: str) -> QuerySet[Case]:
    if state == _OPEN:
        return rows.exclude(state__in=ENDED)
    if state == _OVERDUE:
        return rows.filter(due_at__lte=timezone.now()).exclude(state__in=ENDED)
    if state == _DUE_SOON:
        now = timezone.now()
        return rows.filter(due_at__gt=now, due_at__lte=now + SOON).exclude(state__in=ENDED)
    return rows.filter(state=state)


def _closed_in(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    try:
        week = parse_week(text)
    except CollectorError:
        return rows
    return rows.filter(state=State.CLOSED, closed_at__gte=week.start, closed_at__lt=week.end)


def _of_grade(rows: QuerySet[Case], grade: str) -> QuerySet[Case]:
    return rows.filter(grade=grade)


def _of_department(rows: QuerySet[Case], department: str) -> QuerySet[Case]:
    return rows.filter(Q(department=department) | Q(queues__department=department)).distinct()


_OPEN, _OVERDUE, _DUE_SOON = "open", "overdue", "due-soon"


def _states(_person: Viewer) -> Options:
    words = [
        (_OPEN, bilingual("未销号", "Open")),
        (_OVERDUE, bilingual("已超期", "Overdue")),
        (_DUE_SOON, bilingual("三日内到期", "Due within three days")),
        *State.choices,
    ]
    return [(str(value), str(text)) for value, text in words]


def _grades(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Grade.choices]


def _departments(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Department.choices]


def _tone(row: Case) -> str:
    return "confirmed" if row.state == State.CLOSED else "relapse" if row.state == State.RELAPSED else ""


def _department(row: Case) -> str:
    return str(Department(row.department).label) if row.department in Department.values else row.department


LISTING: Listing[Case] = Listing(
    name="cases",
    title=bilingual("案件", "Cases"),
    columns=(
        Column(
            "no",
            bilingual("案件编号", "Case"),
            lambda row: row.no,
            look="code",
            sort="no",
            href=lambda row: reverse("console:case", args=[row.no]),
        ),
        Column("unit", bilingual("单位", "Unit"), shown_name),
        Column("uscc", bilingual("统一社会信用代码", "USCC"), lambda row: row.uscc, "mono", shown=False),
        Column("ip", bilingual("IP地址", "IP address"), lambda row: row.lead.ip or "", "mono"),
        Column(
            "state", bilingual("状态", "State"), lambda row: State(row.state).label, "tag", sort="state", tone=_tone
        ),
        Column("grade", bilingual("等级", "Grade"), lambda row: row.grade or "—", look="code", sort="grade"),
        division_column(lambda row: row.division_code),
        Column("department", bilingual("牵头部门", "Leading department"), _department, sort="department"),
        Column("due", bilingual("办结期限", "Due"), lambda row: row.due_at or "—", "time", sort="due_at"),
        Column("relapses", bilingual("复燃次数", "Relapses"), lambda row: row.relapses, "number", sort="relapses"),
        Column(
            "cause", bilingual("原因", "Cause"), lambda row: Cause(row.cause).label if row.cause else "", shown=False
        ),
        Column("opened", bilingual("立案时间", "Opened"), lambda row: row.opened_at, "time", sort="opened_at"),
    ),
    filters=(
        Filter(
            "q", bilingual("关键词", "Words"), like, hint=bilingual("编号、IP、单位、代码", "Number, IP, unit, code")
        ),
        Filter("state", bilingual("状态", "State"), _in_state, _states),
        Filter("grade", bilingual("等级", "Grade"), _of_grade, _grades),
        Filter("department", bilingual("部门", "Department"), _of_department, _departments),
        Filter("division", bilingual("区划", "Division"), _in_division, divisions_of),
        Filter("closed", bilingual("在该周销号", "Closed in"), _closed_in, weeks_offered, is_rare=True),
    ),
    # Some databases put what is never due first.
    order=("grade", F("due_at").asc(nulls_last=True), "no"),
    empty=bilingual(
        "没有符合条件的案件。在“线索”中勾选后立案。", "No case fits. Choose leads under Leads and open cases."
    ),
)

"""What can a person do to a case? Open, move, assign, measure, appeal and decide; every act is one entry or a few."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collector.cases.book import enter, open_book, state_of
from collector.cases.choices import Action, Cause, Department, Grade, Measure, State, Verdict
from collector.cases.follow import case_of
from collector.cases.grading import facts_of, grade_of
from collector.cases.ledger import utc
from collector.cases.models import Lead
from collector.cases.naming import named
from collector.cases.routing import returned_to, route_of
from collector.cases.sources import agreement_of, head_of
from collector.cases.state import CaseState
from collector.cases.tables import Case
from collector.faults import CollectorError
from collector.registry.choices import Facility, Nature
from collector.registry.divisions import is_code
from collector.registry.models import Organisation
from collector.registry.numbers import hold
from collector.resolve.choices import Status
from collector.resolve.models import Attribution
from collector.trace.choices import Step
from collector.trace.services import Wanted, request_traces

PLAIN_MOVES = (
    Action.RECEIVE,
    Action.CHECK,
    Action.CONFIRM,
    Action.LOSE,
    Action.RECTIFY,
    Action.SUBMIT,
    Action.REJECT,
    Action.CLOSE_UNLOCATED,
    Action.REFER,
    Action.NAME_TENANT,
    Action.LOCATE,
)
"""Moves that need nothing but what the person says."""
BY_SOURCES = "归属更新 attribution"
"""The reason of a move that no person made: the sources say otherwise than before."""
DEFAULT_ALLOWED_DAYS = 180
"""How long a false alarm may be seen again before it is a relapse."""


@transaction.atomic
def open_case(lead_no: str, actor: str, now: datetime) -> Case:
    """The case of a lead, made when there is none; a data centre is asked for its tenant, not suspected."""
    hold("leads")
    found = Lead.objects.filter(no=lead_no).first()
    if found is None:
        raise CollectorError(
            f"lead {lead_no}: there is no such lead; see: cases sources", f"线索 {lead_no}：不存在；可查 cases sources"
        )
    lead = head_of(found)
    known = case_of(lead)
    if known is not None:
        return known
    # Whom the sensors' sessions lead to is attribution's to say; what only others told of has their word alone.
    told = {} if lead.detections else {"unit_name": lead.unit_name or lead.subscriber, "uscc": lead.uscc}
    case = open_book(lead, actor, now, {"division_code": lead.division_code, **told})
    settle(case.no, actor, now)
    return regrade(case.no, actor, now)


@transaction.atomic
def settle(no: str, actor: str, now: datetime) -> bool:
    """Take over whom attribution names by now, where the case waits for it; answers whether it did.

    A data centre is asked for its tenant, once. What a person sent back to tracing waits for a newer answer.
    """
    state = state_of(no)
    latest = _latest(Lead.objects.get(no=state.lead))
    is_news = state.state == State.LEAD or (latest is not None and utc(latest.created_at) > state.since)
    if latest is None or not is_news or latest.status not in (Status.AUTO, Status.CONFIRMED):
        return False
    centre = _centre(latest)
    if centre and state.centre:
        return False
    if centre:
        ask_tenant(no, centre, actor, now)
        return True
    who = {"unit_name": latest.unit_name or latest.subscriber, "uscc": named(latest).uscc}
    action = Action.NAME_TENANT if state.centre and not state.unit_name else Action.LOCATE
    said = {**who, "division_code": latest.division_code, "reason": BY_SOURCES}
    enter(no, action, actor, now, said)
    return True


@transaction.atomic
def ask_tenant(no: str, centre: str, actor: str, now: datetime) -> Case:
    """Ask a data centre whose machines they are: a trace request goes out, and the case waits for the tenant's name."""
    return enter(no, Action.ASK_TENANT, actor, now, {"centre": centre, "trace": _ask_unit(centre)})


def move(no: str, action: Action, actor: str, now: datetime, **said: str) -> Case:
    """One of the plain moves; ``said``: ``reason``, and what else the move needs. Raises ``CollectorError``."""
    if action not in PLAIN_MOVES:
        raise CollectorError(
            f"case {no}: {action} is done with a call of its own; plain: {', '.join(PLAIN_MOVES)}",
            f"案件 {no}：该操作须单独办理；请在案件页选择相应操作",
        )
    if action == Action.REFER:
        _check_department(said.get("department", ""))
    if action == Action.LOCATE:
        _check_no_centre(said.get("unit_name", ""), said.get("uscc", ""))
    return enter(no, action, actor, now, {key: value for key, value in said.items() if value})


@transaction.atomic
def dispatch(no: str, actor: str, now: datetime) -> Case:
    """Send a case to the department that leads by the duty matrix, unless a person has assigned one."""
    state = state_of(no)
    if state.department:
        return enter(no, Action.DISPATCH, actor, now, {})
    lead = Lead.objects.get(no=state.lead)
    kinds = agreement_of(lead).kinds
    route = route_of(state.division_code, facts_of(lead), state.cause, kinds, timezone.localtime(now).date())
    joined = list(dict.fromkeys([*state.co_departments, *route.co_departments]))
    said = {"department": route.department, "co_departments": joined, "basis": route.basis}
    return enter(no, Action.DISPATCH, actor, now, said)


def assign(no: str, division_code: str, department: str, actor: str, reason: str, now: datetime) -> Case:
    """Give a case to a division and department by hand."""
    _check_department(department)
    _check_division(division_code)
    said = {"division_code": division_code, "department": department, "reason": reason}
    return enter(no, Action.ASSIGN, actor, now, said)


def transfer(no: str, actor: str, reason: str, now: datetime, division_code: str = "") -> Case:
    """Pass on what came to the wrong place: to a division that is named (转办), else back to the one above (退回)."""
    target = division_code or returned_to(state_of(no).division_code)
    _check_division(target)
    return enter(no, Action.TRANSFER, actor, now, {"division_code": target, "reason": reason})


@transaction.atomic
def set_cause(no: str, cause: Cause, actor: str, now: datetime) -> Case:
    """Say whether it was deliberate or hijacked; what was hijacked goes to the police's queue too."""
    case = enter(no, Action.SET_CAUSE, actor, now, {"cause": cause.value})
    return refer_hijacked(case, actor, now)


def refer_hijacked(case: Case, actor: str, now: datetime) -> Case:
    """Copy a hijacked case to public security, once."""
    is_known = Department.PUBLIC_SECURITY in (case.department, *case.folded["co_departments"])
    if case.cause != Cause.HIJACKED or is_known:
        return case
    said = {"department": Department.PUBLIC_SECURITY.value, "reason": "控制他人设备挖矿 hijacked"}
    return enter(case.no, Action.REFER, actor, now, said)


def take_measure(
    no: str, kind: Measure, quantity: int, actor: str, now: datetime, unit: str = "", note: str = ""
) -> Case:
    """Note what was done, and to how many of what."""
    return enter(no, Action.MEASURE, actor, now, {"kind": kind.value, "quantity": quantity, "unit": unit, "note": note})


def appeal(no: str, ground: str, actor: str, now: datetime) -> Case:
    """File a unit's appeal that it is a false alarm."""
    return enter(no, Action.APPEAL, actor, now, {"ground": ground})


def decide_appeal(
    no: str, verdict: Verdict, actor: str, reason: str, now: datetime, allowed_days: int = DEFAULT_ALLOWED_DAYS
) -> Case:
    """One person's decision on an appeal; the second that agrees with one before makes it count."""
    if not 1 <= allowed_days <= 3_660:
        raise CollectorError(
            f"case {no}: a false alarm is allowed for 1 to 3660 days, not {allowed_days}",
            f"案件 {no}：误报放行须为 1 至 3660 天，不是 {allowed_days}",
        )
    until = (timezone.localtime(now).date() + timedelta(days=allowed_days)).isoformat()
    said = {"verdict": verdict.value, "reason": reason, "allowed_until": until}
    return enter(no, Action.VOTE, actor, now, said)


@transaction.atomic
def regrade(no: str, actor: str, now: datetime) -> Case:
    """Grade a case by the rules of the day; writes only what changed."""
    case = Case.objects.select_for_update().get(no=no)
    graded = grade_of(facts_of(case.lead), case.relapses, timezone.localtime(now).date())
    if _grade_said(case.folded) == (graded.grade, [reason["rule"] for reason in graded.reasons]):
        return case
    return enter(no, Action.GRADE, actor, now, {"grade": graded.grade.value, "reasons": list(graded.reasons)})


def is_stock(state: CaseState, now: datetime) -> bool:
    """Whether a case is 存量: opened in an earlier week (Monday to Sunday in China) than the one of ``now``."""
    opened, today = (timezone.localtime(moment).date() for moment in (datetime.fromisoformat(state.opened_at), now))
    return opened.isocalendar()[:2] < today.isocalendar()[:2]


def _grade_said(folded: Mapping[str, Any]) -> tuple[str, list[str]]:
    return folded["grade"] and Grade(folded["grade"]), [reason["rule"] for reason in folded["grade_reasons"]]


def _latest(lead: Lead) -> Attribution | None:
    place = lead.sessions.select_related("attribution__organisation").order_by("last_seen", "pk").last()
    return place.attribution if place else None


def _centre(latest: Attribution | None) -> str:
    """The data centre that the address leads to; "" for every other unit."""
    if latest is None:
        return ""
    unit = latest.organisation
    is_centre = (unit is not None and unit.facility == Facility.IDC_OWN) or Nature.IDC in (
        latest.nature,
        unit.nature if unit else "",
    )
    return (latest.unit_name or (unit.name if unit else "") or latest.uscc) if is_centre else ""


def _check_no_centre(unit_name: str, uscc: str) -> None:
    is_named = (Q(uscc=uscc) if uscc else Q(pk__in=())) | (Q(name=unit_name) if unit_name else Q(pk__in=()))
    is_centre = Q(nature=Nature.IDC) | Q(facility=Facility.IDC_OWN)
    if Organisation.objects.filter(is_named, is_centre).exists():
        raise CollectorError(
            f"unit {unit_name or uscc}: is a data centre, not the miner in it; use ask-tenant",
            f"单位 {unit_name or uscc}：是机房，不是其中的挖矿者；用 ask-tenant",
        )


def _ask_unit(centre: str) -> list[str]:
    """Trace requests to the data centre for the machines behind its sessions; none where all were asked for."""
    return [request.no for request in request_traces(Wanted(Step.UNIT, centre))]


def _check_department(department: str) -> None:
    if department not in Department.values:
        raise CollectorError(
            f"department {department!r}: is none of {', '.join(Department.values)}",
            f"部门 {department!r}：不在可选项中",
        )


def _check_division(code: str) -> None:
    if not is_code(code):
        raise CollectorError(
            f"division {code!r}: is no division code; give six digits, like 330402",
            f"区划 {code!r}：不是区划代码；写六位，如 330402",
        )

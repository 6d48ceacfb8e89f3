"""Does a case go its whole way: opened, routed, checked, closed on proof, relapsed, escalated?"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casework_data import NOW, Make, at

from collector.accounts.scope import Scope
from collector.cases import casework, clearance
from collector.cases.book import state_of
from collector.cases.choices import Action, Cause, Measure, SourceKind, State, Verdict
from collector.cases.evidence import attach
from collector.cases.models import Lead
from collector.cases.naming import Named
from collector.cases.queries import Wanted, allowances, cases_for, outcomes
from collector.cases.sources import Report, report
from collector.cases.tables import Case, CaseEvent
from collector.cases.transitions import ENDED
from collector.cases.watch import Watched, open_at, watch
from collector.faults import CollectorError
from collector.registry.models import Organisation, OwnershipRecord
from collector.registry.parameters import CalendarDay
from collector.settings.cases import CasesOptions
from collector.trace.models import TraceRequest

OPTIONS = CasesOptions(max_gap_s=3_600)
LATER = NOW + dt.timedelta(days=20)


def go(no: str, *actions: Action, now: dt.datetime = NOW) -> Case:
    for action in actions:
        case = casework.move(no, action, "li", now, reason="r")
    return case


def to_review(case: Case) -> str:
    casework.dispatch(case.no, "li", NOW)
    go(case.no, Action.RECEIVE, Action.CHECK, Action.CONFIRM, Action.RECTIFY, Action.SUBMIT)
    return case.no


def test_a_located_lead_becomes_a_case_that_is_located_and_graded(case: Case, lead: Lead) -> None:
    assert (case.no, case.state, case.grade, case.division_code) == ("C2026-000001", "located", "C", "330402")
    assert (case.folded["unit_name"], case.uscc) == ("甲公司", "91330402MA2B00001X")
    assert casework.open_case(lead.no, "wang", NOW).pk == case.pk


def test_what_nobody_located_stays_a_lead(detect: Make, place: Callable[[], None]) -> None:
    detect("203.0.113.50", "2026-11-17 08:00")
    place()
    case = casework.open_case(Lead.objects.get().no, "li", NOW)
    assert (case.state, case.division_code) == ("lead", "330400")


@pytest.mark.parametrize(
    ("unit", "is_asked"),
    [
        ({"nature": "idc"}, True),
        ({"nature": "private-enterprise", "facility": "idc-own"}, True),
        ({"nature": "private-enterprise", "facility": "idc-tenant"}, False),
        ({"nature": "private-enterprise", "facility": "mine"}, False),
    ],
)
def test_a_data_centre_is_asked_and_never_the_suspect(
    own: Make, detect: Make, place: Callable[[], None], unit: dict[str, str], is_asked: bool
) -> None:
    row = Organisation.objects.create(name="某数据中心", uscc="91330402MA2B00009X", division_code="330402", **unit)
    own("line-ledger", "203.0.113.9", unit_name=row.name, uscc=row.uscc, organisation=row, division_code="330402")
    detect("203.0.113.9", "2026-11-17 08:00")
    place()
    case = casework.open_case(Lead.objects.get().no, "li", NOW)
    if not is_asked:
        assert (case.state, case.uscc) == ("located", row.uscc)
        return
    assert (case.state, case.uscc, case.folded["unit_name"]) == ("lead", "", "")
    assert case.folded["centre"] == "某数据中心"
    request = TraceRequest.objects.get()
    assert (request.step, request.recipient, request.items.count()) == ("unit", "某数据中心", 1)
    assert CaseEvent.objects.filter(action="ask-tenant", body__contains=request.no).count() == 1
    with pytest.raises(CollectorError, match="has not named its tenant"):
        go(case.no, Action.LOCATE)
    assert watch(NOW) == Watched(0, 0, 0, 0), "it is asked once"
    named = casework.move(case.no, Action.NAME_TENANT, "idc", NOW, unit_name="甲公司", reason="A3 机柜合同")
    assert (named.state, named.folded["unit_name"]) == ("located", "甲公司")
    go(case.no, Action.LOSE)
    with pytest.raises(CollectorError, match="is a data centre"):
        casework.move(case.no, Action.LOCATE, "li", NOW, unit_name="某数据中心")


def test_a_line_that_names_the_tenant_names_it_for_the_case(own: Make, detect: Make, place: Callable[[], None]) -> None:
    row = Organisation.objects.create(name="某数据中心", nature="idc", division_code="330402")
    own("filing", "203.0.113.0/24", unit_name=row.name, organisation=row, division_code="330402")
    detect("203.0.113.9", "2026-11-17 08:00")
    place()
    assert watch(NOW) == Watched(1, 0, 0, 0)
    OwnershipRecord.objects.all().delete()
    own("line-ledger", "203.0.113.9", unit_name="甲公司", division_code="330402")
    place()
    assert watch(NOW) == Watched(0, 1, 0, 0)
    case = Case.objects.get()
    assert (case.state, case.folded["unit_name"], case.folded["centre"]) == ("located", "甲公司", "某数据中心")


@pytest.mark.parametrize("is_shown", [True, False])
def test_what_no_sensor_saw_closes_on_evidence_from_the_site(db: None, tmp_path: Path, is_shown: bool) -> None:
    who = Named(unit_name="乙公司", uscc="91330402MA2B00002X", place="330402")
    lead = report(Report(SourceKind.TIP_OFF, "T-1", NOW, who, "330402"))
    case = casework.open_case(lead.no, "li", NOW)
    assert (case.state, case.uscc) == ("lead", "91330402MA2B00002X")
    go(case.no, Action.LOCATE)
    no = to_review(case)
    if is_shown:
        attach(no, io.BytesIO(b"photo"), "a.jpg", tmp_path, 10, "li", NOW)
    checked, done = clearance.close(no, Cause.DELIBERATE, "li", LATER, OPTIONS)
    proof = checked.folded["clearance"]["proof"]
    assert (done, proof) == ((True, "on-site") if is_shown else (False, "unverifiable"))


@pytest.mark.parametrize(
    ("division", "nature", "department", "joined"),
    [
        ("330402", "private-enterprise", "reform", ["cyberspace"]),
        ("330402", "school", "education", ["reform"]),
        ("330402", "internet-cafe", "culture", ["reform"]),
        ("330402", "state-organ", "reform", ["discipline"]),
        ("110101", "school", "reform", ["cyberspace"]),
    ],
)
def test_the_duty_matrix_names_the_department(
    own: Make, detect: Make, place: Callable[[], None],
    division: str, nature: str, department: str, joined: list[str],
) -> None:  # fmt: skip
    row = Organisation.objects.create(name="某单位", nature=nature)
    own("line-ledger", "203.0.113.9", unit_name=row.name, organisation=row, division_code=division)
    detect("203.0.113.9", "2026-11-17 08:00")
    place()
    case = casework.dispatch(casework.open_case(Lead.objects.get().no, "li", NOW).no, "li", NOW)
    assert (case.department, case.folded["co_departments"]) == (department, joined)
    assert sorted(case.queues.values_list("department", flat=True)) == sorted(joined)


@pytest.mark.parametrize(("given", "target"), [("330481", "330481"), ("", "330400")])
def test_what_came_to_the_wrong_place_is_passed_on_or_sent_back(case: Case, given: str, target: str) -> None:
    casework.dispatch(case.no, "li", NOW)
    moved = casework.transfer(case.no, "wang", "地址不在本县", NOW, given)
    assert (moved.state, moved.division_code, moved.department) == ("not-local", target, "")
    again = casework.dispatch(case.no, "city", NOW)
    assert (again.state, again.department) == ("dispatched", "reform")


def test_an_assignment_by_hand_stands(case: Case) -> None:
    casework.assign(case.no, "330481", "industry", "li", "专用矿机", NOW)
    sent = casework.dispatch(case.no, "li", NOW)
    assert (sent.department, sent.division_code) == ("industry", "330481")


@pytest.mark.parametrize(
    ("words", "told"),
    [(("33", "reform"), "no division code"), (("330402", "kitchen"), "is none of")],
)
def test_an_assignment_must_be_one(case: Case, words: tuple[str, str], told: str) -> None:
    with pytest.raises(CollectorError, match=told):
        casework.assign(case.no, *words, "li", "r", NOW)


def test_a_hijacked_machine_goes_to_the_police_too(case: Case) -> None:
    casework.dispatch(case.no, "li", NOW)
    go(case.no, Action.RECEIVE, Action.CHECK)
    told = casework.set_cause(case.no, Cause.HIJACKED, "li", NOW)
    assert "public-security" in told.folded["co_departments"]
    count = CaseEvent.objects.count()
    casework.set_cause(case.no, Cause.HIJACKED, "li", NOW)
    assert CaseEvent.objects.count() == count + 1, "it is copied once"


def test_silence_under_a_healthy_sensor_closes(case: Case, beats: Make) -> None:
    no = to_review(case)
    casework.take_measure(no, Measure.SEIZED, 12, "li", NOW, "台", "矿机")
    beats(LATER - dt.timedelta(days=15), LATER)
    closed, done = clearance.close(no, Cause.DELIBERATE, "li", LATER, OPTIONS)
    assert done
    assert (closed.state, closed.cause, closed.due_at) == ("closed", "deliberate", None)
    assert closed.folded["measures"][0]["quantity"] == 12
    assert closed.folded["clearance"]["sensors"] == ["jx-egress-1"]


def spoilt(**columns: Any) -> Callable[[int, dict[str, Any]], Any]:
    return lambda number, row: row.update(columns) if number == 100 else None


def body(networks: list[str], state: str = "reading") -> dict[str, Any]:
    return {"covered_networks": networks, "sources": [{"name": "eth0", "state": state}]}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        pytest.param(None, [], id="healthy"),
        pytest.param(lambda number, row: number != 100, [], id="a gap within the bound"),
        pytest.param(lambda number, row: number not in (100, 101), ["gap"], id="a gap"),
        pytest.param(lambda number, row: number > 100, ["gap"], id="came late"),
        pytest.param(lambda number, row: number < 300, ["gap"], id="ended early"),
        pytest.param(lambda number, row: False, ["gap", "no-traffic"], id="never heard"),
        pytest.param(spoilt(kernel_drops=300_000), [], id="drops within the bound"),
        pytest.param(spoilt(kernel_drops=400_000), ["loss"], id="drops"),
        pytest.param(spoilt(shed=400_000), ["loss"], id="cut by bounds"),
        pytest.param(spoilt(signature_age_s=91 * 86_400), ["old-signatures"], id="old signatures"),
        pytest.param(spoilt(body=body(["198.51.100.0/24"])), ["not-covered"], id="did not watch the address"),
        pytest.param(spoilt(body=body(["203.0.113.0/24"])), [], id="watched the address"),
        pytest.param(spoilt(body=body([], "restarting")), ["source-down"], id="a source was down"),
        pytest.param(lambda number, row: row.update(packets=0), ["no-traffic"], id="a dead tap"),
    ],
)
def test_silence_without_a_healthy_sensor_is_unverifiable(
    case: Case, beats: Make, change: Callable[[int, dict[str, Any]], Any] | None, codes: list[str]
) -> None:
    options = CasesOptions(max_gap_s=3_600, max_loss_share=0.001)
    no = to_review(case)
    beats(LATER - dt.timedelta(days=14), LATER, change)
    checked, done = clearance.close(no, Cause.DELIBERATE, "li", LATER, options)
    found = checked.folded["clearance"]
    assert [finding["code"] for finding in found["findings"]] == codes
    assert (done, found["proof"]) == ((False, "unverifiable") if codes else (True, "proven"))
    assert checked.state == ("review" if codes else "closed")


@pytest.mark.parametrize(
    ("columns", "attributed", "proof", "codes"),
    [
        ({}, True, "active", ["mining"]),
        ({"verdict": "suspected"}, True, "unverifiable", ["suspected"]),
        ({}, False, "unverifiable", ["unplaced"]),
    ],
)
def test_what_was_seen_in_the_silent_days(
    case: Case, beats: Make, detect: Make, place: Callable[[], None],
    columns: dict[str, Any], attributed: bool, proof: str, codes: list[str],
) -> None:  # fmt: skip
    no = to_review(case)
    beats(LATER - dt.timedelta(days=14), LATER)
    detect("203.0.113.9", "2026-12-05 08:00", **columns)
    if attributed:
        place()
    checked = clearance.clear(no, "li", LATER, OPTIONS)
    found = checked.folded["clearance"]
    assert (found["proof"], [finding["code"] for finding in found["findings"]]) == (proof, codes)


@pytest.fixture
def closed(case: Case, beats: Make) -> Case:
    no = to_review(case)
    beats(LATER - dt.timedelta(days=14), LATER)
    return clearance.close(no, Cause.DELIBERATE, "li", LATER, OPTIONS)[0]


@pytest.mark.parametrize(
    ("when", "columns", "relapses", "grade"),
    [
        ("2026-12-12 08:00", {}, 1, "B"),
        ("2026-12-20 08:00", {}, 1, "A"),
        ("2026-12-05 08:00", {}, 1, "B"),
        ("2026-11-20 08:00", {}, 0, "C"),
        ("2026-12-12 08:00", {"verdict": "suspected"}, 0, "C"),
    ],
    ids=["after", "after a month", "delivered late, within the silence", "before the silence", "a mere suspicion"],
)
def test_mining_again_reopens_and_grades_up(
    closed: Case, detect: Make, place: Callable[[], None], when: str, columns: dict[str, Any], relapses: int, grade: str
) -> None:
    detect("203.0.113.9", when, **columns)
    place()
    later = at("2026-12-21 09:00")
    assert watch(later) == Watched(0, 0, relapses, 0)
    again = Case.objects.get()
    assert (again.state, again.relapses) == (("relapsed", 1) if relapses else ("closed", 0))
    assert again.grade == grade
    assert watch(later) == Watched(0, 0, 0, 0)


@pytest.mark.parametrize(("days", "relapses"), [(60, 0), (10, 1)], ids=["allowed", "allowed no more"])
def test_a_false_alarm_is_allowed_for_its_time(
    case: Case, detect: Make, place: Callable[[], None], days: int, relapses: int
) -> None:
    casework.dispatch(case.no, "li", NOW)
    casework.appeal(case.no, "是区块链教学实验", "unit", NOW)
    for actor in ("wang", "chen"):
        casework.decide_appeal(case.no, Verdict.UPHOLD, actor, "查证属实", NOW, days)
    assert (Case.objects.get().state, Case.objects.get().cause) == ("closed", "false-alarm")
    detect("203.0.113.9", "2026-12-20 08:00")
    place()
    assert watch(at("2026-12-21 09:00")).relapsed == relapses
    assert watch(at("2027-06-01 09:00")).relapsed == 0, "what was allowed then is no relapse later"


def test_the_clock_counts_working_days_and_rises(case: Case) -> None:
    CalendarDay.objects.create(day=dt.date(2026, 11, 20), is_working=False, name="假日")
    CalendarDay.objects.create(day=dt.date(2026, 11, 21), is_working=True, name="调休")
    casework.dispatch(case.no, "li", NOW)
    go(case.no, Action.RECEIVE, Action.CHECK)
    due = at("2026-11-26 00:00")
    assert Case.objects.get().due_at == due, "Thu 19, Sat 21 (worked), Mon 23, Tue 24, Wed 25"
    assert watch(due - dt.timedelta(seconds=1)).escalated == 0
    assert watch(due).escalated == 1
    risen = Case.objects.get()
    event = CaseEvent.objects.get(action="escalate")
    assert [one.no for one in cases_for(Scope(("330000",)), Wanted(is_escalated=True))] == [case.no]
    assert (risen.folded["escalation"], '"to":"330400"' in event.body) == (1, True)
    assert risen.due_at is not None
    assert risen.due_at > due
    assert watch(due).escalated == 0
    assert go(case.no, Action.CONFIRM, now=due).folded["escalation"] == 0


def test_a_case_is_located_when_attribution_can(detect: Make, own: Make, place: Callable[[], None]) -> None:
    detect("203.0.113.50", "2026-11-17 08:00")
    place()
    assert watch(NOW) == Watched(1, 0, 0, 0)
    own("line-ledger", "203.0.113.50", unit_name="甲公司", uscc="91330402MA2B00001X", division_code="330481")
    place()
    assert watch(NOW) == Watched(0, 1, 0, 0)
    case = Case.objects.get()
    assert (case.state, case.uscc, case.division_code) == ("located", "91330402MA2B00001X", "330481")
    go(case.no, Action.LOSE, now=at("2030-01-01 00:00"))
    assert watch(NOW) == Watched(0, 0, 0, 0), "sent back to tracing: it waits for a newer answer"


def test_watch_opens_what_is_claimed_only(detect: Make, place: Callable[[], None]) -> None:
    detect("203.0.113.50", "2026-11-17 08:00", verdict="suspected")
    detect("203.0.113.51", "2026-11-17 08:00", verdict="probable")
    place()
    assert watch(NOW) == Watched(1, 0, 0, 0)
    assert Case.objects.get().lead.ip == "203.0.113.51"
    assert watch(NOW) == Watched(0, 0, 0, 0)


def test_the_stock_of_any_moment_comes_from_the_ledger(closed: Case) -> None:
    assert open_at(NOW - dt.timedelta(seconds=1)) == set()
    assert open_at(NOW) == {closed.no}
    assert open_at(LATER) == set()
    assert casework.is_stock(state_of(closed.no), NOW) is False
    assert casework.is_stock(state_of(closed.no), at("2026-11-23 00:00")) is True


def test_a_refused_move_leaves_nothing(case: Case) -> None:
    before = (CaseEvent.objects.count(), Case.objects.get().folded)
    with pytest.raises(CollectorError, match="not possible in state located"):
        go(case.no, Action.SUBMIT)
    with pytest.raises(CollectorError, match="no such case"):
        go("C2026-000099", Action.SUBMIT)
    with pytest.raises(CollectorError, match="longer than"):
        casework.move(case.no, Action.LOSE, "li", NOW, reason="x" * 5_000)
    with pytest.raises(CollectorError, match="no NUL"):
        casework.move(case.no, Action.LOSE, "li", NOW, reason="x\0")
    with pytest.raises(CollectorError, match="who acts"):
        casework.move(case.no, Action.LOSE, "", NOW, reason="x")
    assert (CaseEvent.objects.count(), Case.objects.get().folded) == before


def test_false_alarms_are_counted_and_listed(case: Case, detect: Make, own: Make, place: Callable[[], None]) -> None:
    own("line-ledger", "203.0.113.10", unit_name="乙公司", division_code="330402")
    detect("203.0.113.10", "2026-11-17 08:00")
    place()
    watch(NOW)
    other = Case.objects.exclude(pk=case.pk).get()
    go(other.no, Action.LOSE, Action.CLOSE_UNLOCATED)
    casework.dispatch(case.no, "li", NOW)
    casework.appeal(case.no, "教学", "unit", NOW)
    for actor in ("wang", "chen"):
        casework.decide_appeal(case.no, Verdict.UPHOLD, actor, "r", NOW, 30)
    scope = Scope(("330400",))
    assert outcomes(scope, NOW, LATER) == {"false-alarm": 1, "not-found": 1}
    assert outcomes(scope, LATER, LATER + dt.timedelta(days=1)) == {}
    assert outcomes(Scope(("330481",)), NOW, LATER) == {}
    today = NOW.date()
    assert [one.no for one in allowances(scope, today)] == [case.no]
    assert allowances(scope, today + dt.timedelta(days=31)) == []


def test_unlocatable_is_a_way_out_and_back(case: Case) -> None:
    go(case.no, Action.LOSE, Action.LOCATE, Action.LOSE)
    gone = go(case.no, Action.CLOSE_UNLOCATED)
    assert (gone.state, gone.cause) == (State.CLOSED, "not-found")
    assert gone.state in ENDED

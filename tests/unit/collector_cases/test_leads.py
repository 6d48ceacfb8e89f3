"""Is a subscriber one lead, however its addresses change, and can a person join and part leads without losing any?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from casework_data import NOW, Make, at

from collector.accounts.scope import Scope
from collector.cases import casework, leads
from collector.cases.choices import SourceKind
from collector.cases.models import Lead, LeadSession
from collector.cases.naming import Named
from collector.cases.services import update_leads
from collector.cases.sources import Report, agreement, agreement_of, report, score_of
from collector.cases.tables import Case, CaseEvent
from collector.cases.watch import watch
from collector.cases.weeks import Ran, weeks_of
from collector.chain import verify_all
from collector.faults import CollectorError

Place = Callable[[], None]
HOME = "0573-88881234"


RAN = ("first_seen", "last_seen", "is_claim", "status", "energy_low_kwh", "energy_high_kwh")


def standing() -> dict[str, tuple[str, int]]:
    """Number → (key, sessions); whatever was done to the leads, their weeks are those of the sessions they have."""
    for lead in Lead.objects.all():
        sessions = lead.sessions.order_by("last_seen", "pk").values_list(*RAN)
        reckoned = {monday: sums.days for monday, sums in weeks_of(Ran(*row) for row in sessions).items()}
        assert dict(lead.weeks.values_list("monday", "days")) == reckoned, lead.no
    return {lead.no: (lead.key, lead.detections) for lead in Lead.objects.order_by("pk")}


def test_a_dynamic_subscriber_is_one_lead_over_weeks(own: Make, detect: Make, place: Place) -> None:
    for day in (3, 10, 17):
        own("aaa", f"198.18.7.{day}", f"2026-11-{day:02d} 00:00", f"2026-11-{day:02d} 23:00", subscriber=HOME)
        own("aaa", f"198.18.7.{day}", f"2026-11-{day:02d} 23:30", "", subscriber=f"other-{day}")
        detect(f"198.18.7.{day}", f"2026-11-{day:02d} 08:00")
    place()
    assert standing() == {"L2026-000001": (f"subscriber:{HOME}", 3)}
    assert (Lead.objects.get().last_seen - Lead.objects.get().first_seen).days == 14


def test_a_port_block_behind_a_shared_address_is_a_lead_of_its_own(own: Make, detect: Make, place: Place) -> None:
    for low, who in ((1024, "a"), (2048, "b")):
        own("cgn", "203.0.113.77", "2026-11-17 00:00", subscriber=who, port_lo=low, port_hi=low + 1023)
    for port, session in ((1100, "1"), (1200, "2"), (2100, "3")):
        detect("203.0.113.77", "2026-11-17 08:00", session, port)
    place()
    assert standing() == {"L2026-000001": ("subscriber:a", 2), "L2026-000002": ("subscriber:b", 1)}


def test_a_case_follows_when_its_sessions_are_named(own: Make, detect: Make, place: Place) -> None:
    detect("203.0.113.50", "2026-11-17 08:00")
    place()
    said(SourceKind.PROVINCE_LIST, ip="203.0.113.50")
    watch(NOW)
    assert Case.objects.get().lead.key == "ip:203.0.113.50"
    own("line-ledger", "203.0.113.50", unit_name="甲公司", division_code="330402")
    place()
    case = Case.objects.get()
    assert (case.lead.no, case.lead.unit_name) == ("L2026-000002", "甲公司")
    assert agreement_of(case.lead).kinds == ("province-list", "sensor")
    assert watch(NOW).opened == 0
    own("line-ledger", "203.0.113.51", unit_name="乙公司", division_code="330402")
    assert [name for name, one in verify_all().items() if one.breaks] == []


def test_two_cases_become_one_when_their_leads_do(own: Make, detect: Make, place: Place) -> None:
    own("line-ledger", "203.0.113.9", unit_name="甲公司", division_code="330402")
    detect("203.0.113.9", "2026-11-17 08:00")
    detect("203.0.113.50", "2026-11-17 08:00")
    place()
    watch(NOW)
    own("line-ledger", "203.0.113.50", unit_name="甲公司", division_code="330402")
    place()
    assert sorted((case.state, case.folded["merged_into"]) for case in Case.objects.all()) == [
        ("located", ""),
        ("merged", Case.objects.get(state="located").no),
    ]


@pytest.fixture
def pair(own: Make, detect: Make, place: Place) -> tuple[str, str]:
    """Two located leads with a case each."""
    for ip, unit in (("203.0.113.9", "甲公司"), ("203.0.113.10", "甲公司嘉兴分公司")):
        own("line-ledger", ip, unit_name=unit, division_code="330402")
        detect(ip, "2026-11-17 08:00")
    place()
    watch(NOW)
    return "L2026-000001", "L2026-000002"


def test_a_merge_holds_for_later_sessions_and_can_be_undone(pair: tuple[str, str], detect: Make, place: Place) -> None:
    first, second = pair
    before = standing()
    leads.merge(second, first, "li", "同一单位", NOW)
    detect("203.0.113.10", "2026-11-18 08:00")
    place()
    assert {no: count for no, (_, count) in standing().items()} == {first: 3, second: 0}
    assert sorted(Case.objects.values_list("state", flat=True)) == ["located", "merged"]
    assert watch(NOW).opened == 0
    leads.unmerge(second, "wang", "两个法人", NOW)
    assert standing() == before | {second: (before[second][0], 2)}
    assert list(Case.objects.order_by("pk").values_list("state", flat=True)) == ["located", "located"]
    events = CaseEvent.objects.filter(subject=second).order_by("seq").values_list("action", "actor")
    assert list(events) == [("lead-merge", "li"), ("lead-unmerge", "wang")]
    assert not any(one.breaks for one in verify_all().values())


def test_merges_nest_and_come_apart_again(pair: tuple[str, str], own: Make, detect: Make, place: Place) -> None:
    first, second = pair
    own("line-ledger", "203.0.113.11", unit_name="甲公司海宁分公司", division_code="330481")
    detect("203.0.113.11", "2026-11-17 08:00")
    place()
    before = standing()
    leads.merge("L2026-000003", second, "li", "r", NOW)
    leads.merge(second, first, "li", "r", NOW)
    assert [count for _, count in standing().values()] == [3, 0, 0]
    leads.unmerge(second, "li", "r", NOW)
    assert [count for _, count in standing().values()] == [1, 2, 0]
    leads.unmerge("L2026-000003", "li", "r", NOW)
    assert standing() == before


def test_a_split_stays_whatever_is_attributed_later(
    pair: tuple[str, str], detect: Make, place: Place, own: Make
) -> None:
    first, _ = pair
    extra = detect("203.0.113.9", "2026-11-18 08:00")
    place()
    new = leads.split(first, [extra.detection_id], "li", "另一租户", NOW)
    own("filing", "203.0.113.9", unit_name="甲公司", uscc="91330402MA2B00001X", division_code="330402")
    place()
    update_leads(NOW)
    assert sum(count for _, count in standing().values()) == 3
    assert LeadSession.objects.get(detection_id=extra.detection_id).lead == new
    assert watch(NOW).opened == 1


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda a, b: leads.merge(a, a, "li", "r", NOW), "into itself"),
        (lambda a, b: leads.merge(a, "L2026-000099", "li", "r", NOW), "no such lead"),
        (lambda a, b: leads.merge(a, b, "li", " ", NOW), "reason"),
        (lambda a, b: leads.unmerge(a, "li", "r", NOW), "is not merged"),
        (lambda a, b: leads.split(a, ["0" * 32], "li", "r", NOW), "has only 0"),
        (lambda a, b: leads.split(a, [Lead.objects.get(no=a).sessions.get().detection_id], "li", "r", NOW), "leave at"),
        (lambda a, b: casework.open_case("L2026-000099", "li", NOW), "no such lead"),
    ],
)
def test_what_cannot_be_done_is_told(pair: tuple[str, str], act: Callable[[str, str], Any], told: str) -> None:
    with pytest.raises(CollectorError, match=told):
        act(*pair)


def said(kind: SourceKind, reference: str = "B1", **who: str) -> Lead:
    return report(Report(kind, reference, at("2026-11-16 09:00"), Named(**who), "330402"))


def test_sources_meet_at_the_lead_of_the_same_unit(lead: Lead) -> None:
    who = {"uscc": lead.uscc, "place": "330402"}
    for kind in (SourceKind.STATE_LIST, SourceKind.STATE_LIST, SourceKind.PROVINCE_LIST, SourceKind.TIP_OFF):
        assert said(kind, **who) == lead
    row = agreement_of(lead)
    assert row.kinds == ("province-list", "sensor", "state-list", "tip-off")
    assert row.score == pytest.approx(1 - 0.2 * 0.3 * 0.7)


@pytest.mark.parametrize(
    ("kinds", "score"),
    [
        ([], 0.0),
        (["sensor"], 0.8),
        (["state-list", "province-list"], 0.7),
        (["sensor", "state-list"], 0.94),
        (["sensor", "state-list", "electricity"], 0.964),
        (["tip-off"], 0.3),
    ],
)
def test_independent_sources_raise_the_score(kinds: list[str], score: float) -> None:
    assert score_of(kinds) == pytest.approx(score)


def test_a_lead_that_only_one_source_saw_is_found(lead: Lead) -> None:
    alone = said(SourceKind.TIP_OFF, "T-1", unit_name="乙公司", place="330402")
    assert alone.ip is None
    scope = Scope(("330400",))
    assert [row.lead for row in agreement(scope)] == [lead, alone]
    assert [row.lead for row in agreement(scope, SourceKind.TIP_OFF)] == [alone]
    assert [row.lead for row in agreement(scope, SourceKind.SENSOR)] == [lead]
    assert agreement(Scope(("330481",))) == []
    assert watch(NOW).opened == 2


def test_a_mere_suspicion_is_no_source(detect: Make, place: Place) -> None:
    detect("203.0.113.50", "2026-11-17 08:00", verdict="suspected")
    place()
    assert agreement_of(Lead.objects.get()).kinds == ()

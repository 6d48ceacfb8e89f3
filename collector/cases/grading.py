"""How grave is a case, and why? Dated rules over facts that anybody can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.cases.choices import Fact, Grade
from collector.cases.dated import rules_on
from collector.cases.models import Lead, LeadSession
from collector.cases.sources import independent_families
from collector.cases.tables import GradeRule
from collector.resolve.models import Attribution

_ORDER = (Grade.A, Grade.B, Grade.C)


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade and every rule that held, the gravest first."""

    grade: Grade
    reasons: tuple[dict[str, Any], ...]


def grade_of(facts: Mapping[str, Any], relapses: int, day: date) -> Graded:
    """The gravest rule that holds on the day, one grade up for every relapse; C where none holds."""
    held = [rule for rule in rules_on(GradeRule, day) if _holds(rule, facts)]
    held.sort(key=lambda rule: (rule.grade, rule.code))
    base = _ORDER.index(Grade(held[0].grade)) if held else len(_ORDER) - 1
    reasons = [
        {"rule": rule.code, "grade": rule.grade, "fact": rule.fact, "value": facts[rule.fact], "basis": rule.basis}
        for rule in held
    ]
    if relapses:
        reasons.append({"rule": "relapse", "fact": "relapses", "value": relapses})
    return Graded(_ORDER[max(0, base - relapses)], tuple(reasons))


def facts_of(lead: Lead) -> dict[str, Any]:
    """What the rules look at, from the lead's sessions and sources."""
    sessions = LeadSession.objects.filter(lead=lead).select_related("attribution__event", "attribution__organisation")
    latest: Attribution | None = None
    shares, power_w = 0, 0.0
    for session in sessions.order_by("last_seen", "pk").iterator(chunk_size=500):
        latest = session.attribution
        event = latest.event
        shares += event.shares_submitted
        power_w = max(power_w, float((event.body.get("power_w") or {}).get("value") or 0.0))
    unit = latest.organisation if latest else None
    return {
        Fact.SOURCES.value: len(independent_families(lead)),
        Fact.DAYS.value: (lead.last_seen - lead.first_seen).days,
        Fact.SHARES.value: shares,
        Fact.POWER_KW.value: round(power_w / 1000, 3),
        Fact.NATURE.value: (unit.nature if unit else "") or (latest.nature if latest else ""),
        Fact.FACILITY.value: unit.facility if unit else "",
    }


def _holds(rule: GradeRule, facts: Mapping[str, Any]) -> bool:
    value = facts[rule.fact]
    if rule.at_least is not None:
        return isinstance(value, int | float) and value >= rule.at_least
    return value in rule.one_of

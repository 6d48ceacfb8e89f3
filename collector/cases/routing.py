"""Whose case is it? The division of the address, and the department that the duty matrix names (职责分工)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.cases.choices import Department, Fact
from collector.cases.dated import covers, depth, rules_on
from collector.cases.tables import RouteRule
from collector.faults import CollectorError
from collector.registry.divisions import is_code, parent_of
from collector.text import label


@dataclass(frozen=True, slots=True)
class Matter:
    """What a duty rule looks at; an empty word fits only rules that leave it open."""

    division_code: str
    nature: str = ""
    facility: str = ""
    cause: str = ""
    sources: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The leading department and those that take part; ``list_days``: days after a listed week's Sunday."""

    department: str
    co_departments: tuple[str, ...]
    basis: str
    names: Mapping[str, str]
    """What the leading department is called, by ``zh`` and ``en``."""
    list_days: int | None


class DutyMatrix:
    """The duty rules in force on one day, read once."""

    def __init__(self, day: date) -> None:
        self._rules = rules_on(RouteRule, day)
        self._known: dict[Hashable, Route | None] = {}

    def of(self, matter: Matter) -> Route | None:
        """The most specific rule that fits; its deadline, where it names none, is that of the next wider one."""
        # A long list asks for few matters, tens of thousands of times.
        key = (matter.division_code, matter.nature, matter.facility, matter.cause, frozenset(matter.sources))
        if key not in self._known:
            self._known[key] = self._found(matter)
        return self._known[key]

    def _found(self, matter: Matter) -> Route | None:
        fitting = sorted((rule for rule in self._rules if _fits(rule, matter)), key=_rank, reverse=True)
        if not fitting:
            return None
        rule = fitting[0]
        days = next((one.list_days for one in fitting if one.list_days is not None), None)
        return Route(rule.department, tuple(rule.co_departments), rule.basis, _names(rule), days)


def route_of(division_code: str, facts: Mapping[str, Any], cause: str, sources: Collection[str], day: date) -> Route:
    """The route of a case; raises ``CollectorError`` where no rule fits."""
    matter = Matter(division_code, facts[Fact.NATURE], facts[Fact.FACILITY], cause, sources)
    route = DutyMatrix(day).of(matter)
    if route is None:
        raise CollectorError(
            f"division {division_code}: no duty rule is in force; add one, or assign a department",
            f"区划 {division_code}：没有生效的职责分工；请导入，或指定部门",
        )
    return route


def returned_to(division_code: str) -> str:
    """Where a case goes that was sent to the wrong place and names no better one: to the division above."""
    return (parent_of(division_code) or "000000") if is_code(division_code) else "000000"


def _fits(rule: RouteRule, matter: Matter) -> bool:
    return (
        covers(rule.division_code, matter.division_code)
        and rule.nature in ("", matter.nature)
        and rule.facility in ("", matter.facility)
        and rule.cause in ("", matter.cause)
        and (not rule.source or rule.source in matter.sources)
    )


def _rank(rule: RouteRule) -> tuple[int, int, date, int]:
    named = sum(bool(value) for value in (rule.nature, rule.facility, rule.cause, rule.source))
    return named, depth(rule.division_code), rule.valid_from, rule.pk


def _names(rule: RouteRule) -> dict[str, str]:
    zh = rule.name_zh or label(Department, rule.department, "zh")
    return {"zh": zh, "en": rule.name_en or label(Department, rule.department, "en")}

"""Whose case is it? The division of the address, and the department that the duty matrix names (职责分工)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.cases.choices import Fact
from collector.cases.dated import covers, depth, rules_on
from collector.cases.tables import RouteRule
from collector.faults import CollectorError
from collector.registry.divisions import is_code, parent_of


@dataclass(frozen=True, slots=True)
class Route:
    """The leading department and those that take part."""

    department: str
    co_departments: tuple[str, ...]
    basis: str


def route_of(division_code: str, facts: Mapping[str, Any], cause: str, sources: Collection[str], day: date) -> Route:
    """The most specific rule in force; raises ``CollectorError`` where none fits."""
    fitting = [rule for rule in rules_on(RouteRule, day) if _fits(rule, division_code, facts, cause, sources)]
    if not fitting:
        raise CollectorError(f"division {division_code}: no duty rule is in force; add one, or assign a department")
    rule = max(fitting, key=_rank)
    return Route(rule.department, tuple(rule.co_departments), rule.basis)


def returned_to(division_code: str) -> str:
    """Where a case goes that was sent to the wrong place and names no better one: to the division above."""
    return (parent_of(division_code) or "000000") if is_code(division_code) else "000000"


def _fits(rule: RouteRule, division_code: str, facts: Mapping[str, Any], cause: str, sources: Collection[str]) -> bool:
    return (
        covers(rule.division_code, division_code)
        and rule.nature in ("", facts[Fact.NATURE])
        and rule.facility in ("", facts[Fact.FACILITY])
        and rule.cause in ("", cause)
        and (not rule.source or rule.source in sources)
    )


def _rank(rule: RouteRule) -> tuple[int, int, date, int]:
    named = sum(bool(value) for value in (rule.nature, rule.facility, rule.cause, rule.source))
    return named, depth(rule.division_code), rule.valid_from, rule.pk

"""Until when must something be done? Working days of the registry's calendar, counted in China time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from collector.cases.dated import covers, depth, rules_on
from collector.cases.state import CaseState
from collector.cases.tables import DeadlineRule
from collector.registry.parameters import CalendarDay

CHINA = ZoneInfo("Asia/Shanghai")
_SATURDAY = 5
_MAX_SPAN = timedelta(days=366)


def due_of(state: CaseState, now: datetime) -> datetime | None:
    """When a case that enters this state now is overdue; None where no rule sets a deadline."""
    day = now.astimezone(CHINA).date()
    fitting = [rule for rule in rules_on(DeadlineRule, day) if _fits(rule, state)]
    rule = max(fitting, key=lambda one: (depth(one.division_code), bool(one.grade), one.valid_from), default=None)
    if rule is None:
        return None
    last = working_day_after(day, rule.working_days)
    return datetime.combine(last + timedelta(days=1), datetime.min.time(), CHINA)


def working_day_after(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; a year ahead at most; Monday to Friday, but as the calendar says."""
    end = day + _MAX_SPAN
    known = dict(CalendarDay.objects.filter(day__gt=day, day__lte=end).values_list("day", "is_working"))
    while count > 0 and day < end:
        day += timedelta(days=1)
        count -= known.get(day, day.weekday() < _SATURDAY)
    return day


def _fits(rule: DeadlineRule, state: CaseState) -> bool:
    is_meant = rule.state == state.state and rule.grade in ("", state.grade)
    return is_meant and covers(rule.division_code, state.division_code)

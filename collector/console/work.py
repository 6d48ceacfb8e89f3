"""How much casework is there, and how far is each county with it? Counted by the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from collector.accounts.scope import Scope
from collector.cases.choices import State
from collector.cases.queries import cases_for
from collector.cases.tables import Case
from collector.cases.transitions import ENDED
from collector.lists.choices import Progress
from collector.lists.registers import TipOff
from collector.lists.week import Week

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Work:
    """Cases now, and those closed and relapsed into the week."""

    open: int
    overdue: int
    due_soon: int
    appealed: int
    closed: int


@dataclass(frozen=True, slots=True)
class Clearance:
    """One county's cases, and how many of them are closed."""

    closed: int
    total: int

    @property
    def percent(self) -> float:
        """Of its cases."""
        return 100 * self.closed / self.total if self.total else 0.0


def work_of(scope: Scope, week: Week, now: datetime) -> Work:
    """One question to the database."""
    is_open = ~Q(state__in=ENDED)
    counts = (
        cases_for(scope)
        .order_by()
        .aggregate(
            open=Count("pk", filter=is_open),
            overdue=Count("pk", filter=is_open & Q(due_at__lte=now)),
            due_soon=Count("pk", filter=is_open & Q(due_at__gt=now, due_at__lte=now + SOON)),
            appealed=Count("pk", filter=Q(state=State.APPEALED)),
            closed=Count("pk", filter=Q(state=State.CLOSED, closed_at__gte=week.start, closed_at__lt=week.end)),
        )
    )
    return Work(**counts)


def clearance_by_county(scope: Scope) -> dict[str, Clearance]:
    """By county code, "" for cases without a place; merged cases are told of where they went."""
    total: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for code, state, count in _by_place(cases_for(scope)):
        total[code[:6]] += count
        closed[code[:6]] += count if state == State.CLOSED else 0
    return {code: Clearance(closed[code], number) for code, number in total.items()}


def open_tip_offs(rows: QuerySet[TipOff]) -> int:
    """Those that nobody has answered."""
    return rows.filter(progress=Progress.OPEN).count()


def _by_place(rows: QuerySet[Case]) -> list[tuple[str, str, int]]:
    counted = rows.exclude(state=State.MERGED).order_by().values_list("division_code", "state")
    return list(counted.annotate(count=Count("pk")))

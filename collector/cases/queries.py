"""Which cases are there for somebody to see? Lists and single cases, always within a scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from collector.accounts.scope import Scope, within
from collector.cases.choices import Cause, State
from collector.cases.deadlines import CHINA
from collector.cases.models import LeadSource
from collector.cases.tables import Case
from collector.cases.transitions import ENDED


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases; an empty field: any. ``department``: leading or taking part. ``overdue_at``: overdue then."""

    state: str = ""
    grade: str = ""
    cause: str = ""
    department: str = ""
    is_open: bool = False
    overdue_at: datetime | None = None
    is_escalated: bool = False
    source: str = ""


def cases_for(scope: Scope, wanted: Wanted = Wanted()) -> QuerySet[Case]:  # frozen
    """Cases within a scope, the gravest and the most urgent first; a unit sees those in which it is the suspect."""
    rows = Case.objects.filter(within("division_code", scope, "uscc")).select_related("lead")
    named = {"state": wanted.state, "grade": wanted.grade, "cause": wanted.cause}
    rows = rows.filter(**{name: value for name, value in named.items() if value})
    if wanted.department:
        taking_part = Q(queues__department=wanted.department)
        rows = rows.filter(Q(department=wanted.department) | taking_part).distinct()
    if wanted.is_open:
        rows = rows.exclude(state__in=ENDED)
    if wanted.overdue_at is not None:
        rows = rows.filter(due_at__lte=wanted.overdue_at).exclude(state__in=ENDED)
    if wanted.is_escalated:
        rows = rows.filter(folded__escalation__gt=0).exclude(state__in=ENDED)
    if wanted.source:
        rows = rows.filter(Exists(LeadSource.objects.filter(lead=OuterRef("lead"), kind=wanted.source)))
    return rows.order_by("grade", "due_at", "no")


def outcomes(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    """Closed cases by cause, closed from ``since`` until before ``until``: the share of false alarms is published."""
    closed = cases_for(scope, Wanted(state=State.CLOSED)).filter(closed_at__gte=since, closed_at__lt=until)
    return dict(closed.order_by("cause").values_list("cause").annotate(Count("pk")))


def error_share(scope: Scope, since: date, until: date) -> dict[str, Any]:
    """Closed cases by cause, from ``since`` to the end of ``until``, and the share of false alarms; None of nothing."""
    first = datetime.combine(since, datetime.min.time(), CHINA)
    causes = outcomes(scope, first, datetime.combine(until + timedelta(days=1), datetime.min.time(), CHINA))
    closed = sum(causes.values())
    share = round(causes.get(Cause.FALSE_ALARM, 0) / closed, 4) if closed else None
    return {"since": since, "until": until, "closed": closed, "causes": causes, "false_alarm_share": share}


def allowances(scope: Scope, day: date) -> list[Case]:
    """The allow-list: false alarms whose time still runs on ``day``."""
    alarms = cases_for(scope, Wanted(state=State.CLOSED, cause=Cause.FALSE_ALARM))
    return [case for case in alarms if case.folded["allowed_until"] >= day.isoformat()]


def without_persons(said: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry or a case says, without the name or account of whoever has no unit's code: it may be a person."""
    return {key: value for key, value in said.items() if key != "unit_name" or said.get("uscc")}

"""On which days did how many leads mine?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models.functions import TruncDate

from collector.accounts.scope import Scope, within
from collector.cases.models import LeadSession
from collector.lists.gather import CLAIMS
from collector.lists.week import CHINA, Week

MAX_SPANS = 200_000
"""Leads' days that are read; beyond them a day shows a part."""


def by_day(weeks: Sequence[Week], scope: Scope) -> dict[date, int]:
    """Leads with a confirmed or probable session running on each day of ``weeks``, oldest week first."""
    if not weeks:
        return {}
    first, last = weeks[0].monday, weeks[-1].monday + timedelta(days=6)
    leads: dict[date, set[int]] = {}
    for lead, began, ended in _spans(weeks, scope):
        day = max(began, first)
        while day <= min(ended, last):
            leads.setdefault(day, set()).add(lead)
            day += timedelta(days=1)
    return {day: len(found) for day, found in leads.items()}


def _spans(weeks: Sequence[Week], scope: Scope) -> Sequence[tuple[int, date, date]]:
    """Lead, first and last day of its sessions; sessions of the same days are one row."""
    running = LeadSession.objects.filter(
        within("lead__division_code", scope, "lead__uscc"),
        attribution__event__verdict__in=CLAIMS,
        first_seen__lt=weeks[-1].end,
        last_seen__gte=weeks[0].start,
    )
    days = {"began": TruncDate("first_seen", tzinfo=CHINA), "ended": TruncDate("last_seen", tzinfo=CHINA)}
    rows = running.order_by().annotate(**days).values("lead_id", *days).distinct()[:MAX_SPANS]
    return [(row["lead_id"], row["began"], row["ended"]) for row in rows]

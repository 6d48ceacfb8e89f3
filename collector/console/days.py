"""On which days did how many leads mine?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q

from collector.accounts.scope import Scope, within
from collector.cases.models import LeadWeek
from collector.lists.week import Week


def by_day(weeks: Sequence[Week], scope: Scope) -> dict[date, int]:
    """Leads with a confirmed or probable session running on each day of ``weeks``; one question to the database."""
    mondays = [week.monday for week in weeks]
    rows = LeadWeek.objects.filter(within("division_code", scope, "lead__uscc"), monday__in=mondays).order_by()
    bits = {f"bit{number}": F("days").bitand(1 << number) for number in range(7)}
    counted: dict[str, Any] = {f"on_{bit}": Count("pk", filter=Q(**{f"{bit}__gt": 0})) for bit in bits}
    found = rows.alias(**bits).values_list("monday").annotate(**counted)
    return {
        monday + timedelta(days=number): count
        for monday, *counts in found
        for number, count in enumerate(counts)
        if count
    }

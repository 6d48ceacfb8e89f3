"""What will the week's list say, as far as it is known? A page of it at a time, and nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from collector.cases.models import LeadSession
from collector.lists.divisions import DivisionTree
from collector.lists.gather import of_sessions
from collector.lists.services import rows_of
from collector.lists.snapshot import Snapshot, order_of
from collector.lists.week import Week

MAX_SESSIONS = 2_000
"""Of all leads of a page together: a preview of leads with more shows what their first sessions say."""


def preview(week: Week, now: datetime, lead_ids: Collection[int]) -> list[Snapshot]:
    """The rows that these leads have by now, as they would be frozen; in the list's order."""
    cutoff = min(now, week.end)
    running = LeadSession.objects.filter(lead__in=lead_ids, first_seen__lt=cutoff, last_seen__gte=week.start)
    placed = running.order_by("lead_id", "detection_id").values_list("detection_id", flat=True)
    sessions = of_sessions(list(placed[:MAX_SESSIONS]), week, cutoff)
    return sorted((row for _, row in rows_of(sessions, week, DivisionTree(week.monday))), key=order_of)

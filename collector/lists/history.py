"""What had been seen of a lead before the week?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q

from collector.cases.models import LeadSession
from collector.cases.weeks import RELAPSE_AFTER
from collector.lists.choices import Category
from collector.lists.week import Week

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class History:
    """One lead's past. ``ended`` and ``resumed`` are None when nothing lies before, or after, the week's start."""

    ended: datetime | None
    """The latest end of the sessions that began before the week."""
    resumed: datetime | None
    """The earliest start of the sessions that ran in the week or later."""
    first_at: Mapping[str, datetime] = field(default_factory=dict)
    """When the lead was first seen at each of its addresses."""

    def category(self, week: Week) -> Category:
        """New when never seen before the week, a relapse after a long silence, else stock."""
        if self.ended is None:
            return Category.NEW
        silence = self.resumed - min(self.ended, week.start) if self.resumed else timedelta()
        return Category.RELAPSE if silence > RELAPSE_AFTER else Category.STOCK


def histories(lead_ids: Iterable[int], week: Week) -> dict[int, History]:
    """The past of every lead, in a few questions to the database for all of them."""
    wanted = sorted(set(lead_ids))
    found: dict[int, History] = {}
    for start in range(0, len(wanted), _CHUNK):
        found |= _chunk(wanted[start : start + _CHUNK], week)
    return found


def _chunk(lead_ids: list[int], week: Week) -> dict[int, History]:
    sessions = LeadSession.objects.filter(lead_id__in=lead_ids)
    first_at: dict[int, dict[str, datetime]] = {}
    by_address = sessions.values_list("lead_id", "attribution__event__miner_ip").annotate(first=Min("first_seen"))
    for lead_id, ip, first in by_address:
        first_at.setdefault(lead_id, {})[ip] = first
    spans = sessions.values_list("lead_id").annotate(
        ended=Max("last_seen", filter=Q(first_seen__lt=week.start)),
        resumed=Min("first_seen", filter=Q(last_seen__gte=week.start)),
    )
    return {lead_id: History(ended, resumed, first_at[lead_id]) for lead_id, ended, resumed in spans}

"""In which weeks did a lead mine, and how? Reckoned when its sessions change, so that pages only count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from django.utils import timezone

from collector.cases.deadlines import CHINA
from collector.cases.models import Lead, LeadWeek

RELAPSE_AFTER = timedelta(days=28)
"""A lead that was silent for longer and is seen again is a relapse."""
MAX_WEEKS = 520
"""Of one session, its latest ones: a clock that was wrong must not fill a table."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ran:
    """What the weeks know of one session. Energies in kWh, over the whole of it."""

    first_seen: datetime
    last_seen: datetime
    is_claim: bool
    status: str
    energy_low_kwh: float | None = None
    energy_high_kwh: float | None = None


@dataclass(slots=True)
class Sums:
    """One week of a lead. ``days``: bit 0 is Monday. ``status`` is that of the session seen last in it."""

    days: int = 0
    status: str = ""
    energy_low_kwh: float | None = None
    energy_high_kwh: float | None = None
    silence: timedelta | None = None
    """From the end of what had begun before the week to what came next; None where nothing is known from before."""


def note_weeks(lead: Lead, since: datetime | None = None) -> None:
    """Reckon the weeks of a lead anew, from that of ``since`` on; within a transaction."""
    start = monday_of(since) if since else date.min
    rows = lead.sessions.order_by("last_seen", "pk")
    if since is not None:
        rows = rows.filter(last_seen__gte=since - RELAPSE_AFTER - 2 * _WEEK)
    names = ("first_seen", "last_seen", "is_claim", "status", "energy_low_kwh", "energy_high_kwh")
    found = weeks_of(Ran(*row) for row in rows.values_list(*names))
    lead.weeks.filter(monday__gte=start).delete()
    lead.weeks.exclude(division_code=lead.division_code).update(division_code=lead.division_code)
    LeadWeek.objects.bulk_create(
        LeadWeek(lead=lead, monday=monday, division_code=lead.division_code, **columns(lead.first_seen, monday, sums))
        for monday, sums in found.items()
        if monday >= start
    )


def weeks_of(sessions: Iterable[Ran]) -> dict[date, Sums]:
    """By its Monday in China, every week in which a claim ran; ``sessions`` come by the time they were seen last."""
    known = list(sessions)
    found: dict[date, Sums] = {}
    for one in known:
        for monday, days in _spans(one) if one.is_claim else ():
            sums = found.setdefault(monday, Sums())
            sums.days |= days
            sums.status = one.status
            if one.energy_low_kwh is not None and one.energy_high_kwh is not None:
                sums.energy_low_kwh = (sums.energy_low_kwh or 0.0) + one.energy_low_kwh
                sums.energy_high_kwh = (sums.energy_high_kwh or 0.0) + one.energy_high_kwh
    past = _Past(known)
    for monday, sums in found.items():
        sums.silence = past.silence(start_of(monday))
    return found


def columns(first_seen: datetime, monday: date, sums: Sums) -> dict[str, object]:
    """What a row says of the week of a lead that was first seen then."""
    is_new = first_seen >= start_of(monday)
    is_relapse = not is_new and (sums.silence is None or sums.silence > RELAPSE_AFTER)
    return {
        "days": sums.days,
        "status": sums.status,
        "energy_low_kwh": sums.energy_low_kwh,
        "energy_high_kwh": sums.energy_high_kwh,
        "is_new": is_new,
        "is_relapse": is_relapse,
    }


def monday_of(moment: datetime) -> date:
    """The Monday, in China, of the week of a moment."""
    day = moment.astimezone(CHINA).date()
    return day - timedelta(days=day.weekday())


def start_of(monday: date) -> datetime:
    """When a week begins."""
    return datetime.combine(monday, datetime.min.time(), CHINA)


def _spans(one: Ran) -> Iterator[tuple[date, int]]:
    """The Mondays of the weeks that a session ran in, and on which days of each."""
    first, last = (timezone.localtime(moment, CHINA).date() for moment in (one.first_seen, one.last_seen))
    monday = max(monday_of(one.first_seen), monday_of(one.last_seen) - (MAX_WEEKS - 1) * _WEEK)
    while monday <= last:
        days = (monday + timedelta(days=number) for number in range(7))
        yield monday, sum(1 << number for number, day in enumerate(days) if first <= day <= last)
        monday += _WEEK


class _Past:
    """When things had ended before a moment, and when the next began; each answer by a search in what is sorted."""

    def __init__(self, by_end: Sequence[Ran]) -> None:
        by_start = sorted(by_end, key=lambda one: one.first_seen)
        self._starts = [one.first_seen for one in by_start]
        self._latest_ends = list(accumulate((one.last_seen for one in by_start), max))
        self._ends = [one.last_seen for one in by_end]
        self._next_starts = list(accumulate((one.first_seen for one in reversed(by_end)), min))[::-1]

    def silence(self, start: datetime) -> timedelta | None:
        """As ``Sums.silence`` says, of the week that begins at ``start``."""
        before, ended = bisect_left(self._starts, start), bisect_left(self._ends, start)
        if not before:
            return None
        resumed = self._next_starts[ended] if ended < len(self._ends) else start
        return resumed - min(self._latest_ends[before - 1], start)

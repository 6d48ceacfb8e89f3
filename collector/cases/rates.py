"""How much hash rate did a lead have at once in each week? Reckoned when its sessions change: pages only add."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collector.cases.models import Lead, LeadRate
from collector.cases.weeks import MAX_WEEKS, monday_of, start_of

COLUMNS = (
    "first_seen",
    "last_seen",
    "attribution__event__miner_ip",
    "hashrate_unit",
    "hashrate_low",
    "hashrate_high",
)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rated:
    """One session's estimated hash rate, bounds in ``unit`` (H/s, Sol/s, …), at one address."""

    first_seen: datetime
    last_seen: datetime
    ip: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Most:
    """The most of a week in one unit, added up over the lead's addresses."""

    monday: date
    unit: str
    low: float
    high: float


def note_rates(lead: Lead, since: datetime | None = None) -> None:
    """Reckon the rates of a lead's weeks anew, from that of ``since`` on; within a transaction."""
    start = monday_of(since) if since else date.min
    rows = lead.sessions.filter(is_claim=True, hashrate_low__isnull=False, hashrate_high__isnull=False)
    if since is not None:
        rows = rows.filter(last_seen__gte=start_of(start))
    found = most_of(Rated(*row) for row in rows.values_list(*COLUMNS))
    lead.rates.filter(monday__gte=start).delete()
    lead.rates.exclude(division_code=lead.division_code).update(division_code=lead.division_code)
    LeadRate.objects.bulk_create(row_of(lead, one) for one in found if one.monday >= start)


def row_of(lead: Lead, one: Most) -> LeadRate:
    """What the table says of it."""
    place = {"lead": lead, "division_code": lead.division_code}
    return LeadRate(monday=one.monday, unit=one.unit, low=one.low, high=one.high, **place)


def most_of(sessions: Iterable[Rated]) -> list[Most]:
    """By week and unit: at each address sessions at once add up, one after the other they do not."""
    groups: dict[tuple[date, str, str], list[Rated]] = defaultdict(list)
    for one in sessions:
        for monday in _mondays(one):
            groups[monday, one.unit, one.ip].append(one)
    sums: dict[tuple[date, str], tuple[float, float]] = {}
    for (monday, unit, _), of_address in groups.items():
        low, high = _peak(of_address, start_of(monday), start_of(monday + _WEEK))
        before = sums.get((monday, unit), (0.0, 0.0))
        sums[monday, unit] = before[0] + low, before[1] + high
    return [Most(monday, unit, *bounds) for (monday, unit), bounds in sorted(sums.items())]


def _mondays(one: Rated) -> Iterator[date]:
    last = monday_of(one.last_seen)
    monday = max(monday_of(one.first_seen), last - (MAX_WEEKS - 1) * _WEEK)
    while monday <= last:
        yield monday
        monday += _WEEK


def _peak(sessions: Iterable[Rated], start: datetime, end: datetime) -> tuple[float, float]:
    """Bounds at the moment at which the upper ones add up to most."""
    spans = sorted((max(one.first_seen, start), min(one.last_seen, end), one.low, one.high) for one in sessions)
    running: list[tuple[datetime, float, float]] = []
    low = high = 0.0
    best = (0.0, 0.0)
    for began, ended, one_low, one_high in spans:
        while running and running[0][0] < began:
            _, past_low, past_high = heapq.heappop(running)
            low, high = (low - past_low, high - past_high) if running else (0.0, 0.0)
        heapq.heappush(running, (ended, one_low, one_high))
        low, high = low + one_low, high + one_high
        best = max(best, (low, high), key=lambda pair: pair[1])
    return best

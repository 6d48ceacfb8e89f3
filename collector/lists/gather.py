"""Which mining sessions fall into a week, and what had been said of them by its end?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from collector.cases.models import LeadSession
from collector.ingest.choices import DetectionVerdict
from collector.ingest.models import Detection
from collector.lists.week import Week

CLAIMS = (DetectionVerdict.PROBABLE, DetectionVerdict.CONFIRMED)
"""A suspicion is never listed as a miner without a person's decision."""
_CHUNK = 500
_TICK = timedelta(milliseconds=1)
"""The cut-off itself is no part of the week."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the week: what was said of it last before the cut-off, and its place."""

    event: Detection
    place: LeadSession
    last_seen: datetime
    """Within the week, before the cut-off."""
    submitted: int
    """Shares submitted in the week."""


def sessions_of(week: Week, cutoff: datetime) -> Iterator[Session]:
    """Confirmed and probable sessions that ran in the week before the cut-off, lead by lead."""
    running = Detection.objects.filter(first_seen__lt=cutoff, last_seen__gte=week.start)
    ids = sorted(set(running.values_list("detection_id", flat=True)))
    placed = sorted((lead_id, detection_id) for part in _parts(ids) for detection_id, lead_id in _leads(part))
    yield from of_sessions([detection_id for _, detection_id in placed], week, cutoff)


def of_sessions(detection_ids: list[str], week: Week, cutoff: datetime) -> Iterator[Session]:
    """Those of these sessions that the week's list has, in this order."""
    for part in _parts(detection_ids):
        yield from _chunk(part, week, cutoff)


def _parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _leads(ids: list[str]) -> Iterable[tuple[str, int]]:
    return LeadSession.objects.filter(detection_id__in=ids).values_list("detection_id", "lead_id")


def _chunk(ids: list[str], week: Week, cutoff: datetime) -> Iterator[Session]:
    """The sessions in the order of ``ids``."""
    places = LeadSession.objects.select_related("lead", "attribution__organisation").filter(detection_id__in=ids)
    by_id = {place.detection_id: place for place in places}
    events = Detection.objects.filter(detection_id__in=ids).select_related("sensor")
    ordered = events.order_by("detection_id", "last_seen", "pk")
    said = {detection_id: list(group) for detection_id, group in groupby(ordered, key=lambda one: one.detection_id)}
    for detection_id in ids:
        place = by_id.get(detection_id)
        session = _session(said.get(detection_id, []), place, week, cutoff) if place else None
        if session is not None and session.event.verdict in CLAIMS:
            yield session


def _session(events: list[Detection], place: LeadSession, week: Week, cutoff: datetime) -> Session | None:
    """The last statement made wholly before the cut-off; else the first one that reaches over it."""
    within = [event for event in events if week.start <= event.last_seen < cutoff]
    reaching = [event for event in events if event.first_seen < cutoff <= event.last_seen]
    chosen = within[-1] if within else next(iter(reaching), None)
    if chosen is None:
        return None
    before = [event.shares_submitted for event in events if event.last_seen < week.start]
    submitted = max(0, chosen.shares_submitted - (before[-1] if before else 0))
    return Session(chosen, place, min(chosen.last_seen, cutoff - _TICK), submitted)

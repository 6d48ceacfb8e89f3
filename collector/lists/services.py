"""How is a list frozen? The rows as they are now; a new version only when they changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from django.db import transaction
from django.db.models import Exists, OuterRef

from collector.cases.models import LeadSession
from collector.cases.routing import DutyMatrix
from collector.cases.services import update_leads
from collector.faults import CollectorError
from collector.ingest.models import Detection
from collector.jobs.queue import done_since
from collector.lists.changes import changes
from collector.lists.choices import ListKind
from collector.lists.divisions import DivisionTree
from collector.lists.gather import CLAIMS, Session, sessions_of
from collector.lists.history import histories
from collector.lists.issuing import Entry, Made, Scope, canonical, issue, latest
from collector.lists.models import ListIssue
from collector.lists.snapshot import Snapshot, order_of, snapshot
from collector.lists.sources import SOURCES
from collector.lists.week import Week
from collector.resolve.services import RESOLVE, resolve_pending

_LEADS = 200
_DELIVERY = timedelta(minutes=10)
"""A delivery is stored within this time of its arrival."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """An issue, and whether this call made it (False: nothing changed since the last version)."""

    issue: ListIssue
    is_new: bool
    unplaced: int
    """Sessions of the week that bear no division at all, so no office's list has them."""


def freeze(week: Week, division_code: str, now: datetime, kind: ListKind = ListKind.WEEKLY) -> Frozen:
    """Freeze a list of a week for a division and all below it; raises ``CollectorError``."""
    if now < week.start:
        raise CollectorError(
            f"week {week}: has not begun; the running week is the latest that can be listed",
            f"周次 {week}：尚未开始；最晚可列本周",
        )
    tree = DivisionTree(week.monday)
    tree.check(division_code)
    scope = Scope(week, division_code, tree, min(now, week.end), now)
    resolve_pending()
    update_leads()
    unplaced: Counter[str] = Counter()
    with transaction.atomic():
        made = _weekly(scope, unplaced) if kind == ListKind.WEEKLY else SOURCES[kind](scope)
        stored, is_new = issue(kind, scope, made)
        return Frozen(stored, is_new, unplaced[""])


def rows_of(sessions: Iterable[Session], week: Week, tree: DivisionTree) -> Iterator[tuple[int, Snapshot]]:
    """One row per lead and address, with the lead's key; ``sessions`` come lead by lead.

    Some leads at a time: a province's week does not fit into memory at once.
    """
    duties = DutyMatrix(week.monday)
    leads = ((lead_id, list(group)) for lead_id, group in groupby(sessions, key=lambda one: one.place.lead_id))
    while chunk := list(islice(leads, _LEADS)):
        pasts = histories((lead_id for lead_id, _ in chunk), week)
        for lead_id, of_lead in chunk:
            for group in _by_address(of_lead):
                yield lead_id, snapshot(group, pasts[lead_id], week, tree, duties)


def pending_sessions(week: Week) -> int:
    """Sessions of the week that no lead has yet: the next resolve will place them.

    Looked for among what came in since the last resolve, which left none behind.
    """
    running = Detection.objects.filter(first_seen__lt=week.end, last_seen__gte=week.start, verdict__in=CLAIMS)
    if resolved := done_since(RESOLVE):
        running = running.filter(received_at__gte=resolved - _DELIVERY)
    placed = LeadSession.objects.filter(detection_id=OuterRef("detection_id"))
    return running.filter(~Exists(placed)).values("detection_id").distinct().count()


def latest_issue(week: Week, division_code: str, kind: ListKind = ListKind.WEEKLY) -> ListIssue | None:
    """The newest version of a week's list for exactly this division."""
    return latest(kind, week, division_code)


def _weekly(scope: Scope, seen: Counter[str]) -> Made:
    def is_ours(code: str) -> bool:
        seen[code] += 1
        return scope.has(code)

    running = sessions_of(scope.week, scope.cutoff)
    ours = (one for one in running if is_ours(one.place.attribution.division_code))
    entries = [
        Entry(order_of(row), f"{row['lead']}|{row['ip']}", canonical(row), lead_id)
        for lead_id, row in rows_of(ours, scope.week, scope.tree)
    ]
    return Made(entries, changes({entry.lead_id for entry in entries}, scope))


def _by_address(sessions: Iterable[Session]) -> Iterable[list[Session]]:
    groups: dict[str, list[Session]] = {}
    for session in sessions:
        groups.setdefault(session.event.miner_ip, []).append(session)
    return groups.values()

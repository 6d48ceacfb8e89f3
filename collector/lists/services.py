"""How is a weekly list frozen? The rows as they are now; a new version only when they changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from collector.cases.models import LeadSession
from collector.cases.services import update_leads
from collector.faults import CollectorError
from collector.ingest.models import Detection
from collector.lists.choices import ListKind
from collector.lists.divisions import DivisionTree
from collector.lists.duty import DutyTable
from collector.lists.gather import CLAIMS, Session, sessions_of
from collector.lists.history import histories
from collector.lists.models import ListIssue, ListRow
from collector.lists.snapshot import Snapshot, order_of, snapshot
from collector.lists.week import Week
from collector.resolve.services import resolve_pending


@dataclass(frozen=True, slots=True)
class Frozen:
    """An issue, and whether this call made it (False: nothing changed since the last version)."""

    issue: ListIssue
    is_new: bool
    unplaced: int
    """Sessions of the week that bear no division at all, so no office's list has them."""


def freeze(week: Week, division_code: str, now: datetime) -> Frozen:
    """Freeze the list of a week for a division and all below it; raises ``CollectorError``."""
    if now < week.start:
        raise CollectorError(f"week {week}: has not begun; the running week is the latest that can be listed")
    cutoff = min(now, week.end)
    tree = DivisionTree(week.monday)
    tree.check(division_code)
    resolve_pending()
    update_leads()
    with transaction.atomic():
        sessions = list(sessions_of(week, cutoff))
        placed = [session for session in sessions if tree.within(_division(session), division_code)]
        rows = sorted(_rows(placed, week, tree), key=lambda pair: order_of(pair[1]))
        unplaced = sum(not _division(session) for session in sessions)
        blank = ListIssue(
            week=str(week),
            division_code=division_code,
            division_name=tree.name(division_code),
            cutoff=cutoff,
            frozen_at=now,
        )
        issue, is_new = _save(blank, week, rows)
        return Frozen(issue, is_new, unplaced)


def preview(week: Week, now: datetime, roots: Collection[str]) -> list[Snapshot]:
    """The rows as they stand now, for everything below ``roots``; writes nothing."""
    tree = DivisionTree(week.monday)
    found = sessions_of(week, min(now, week.end))
    seen = [session for session in found if tree.within_any(_division(session), roots)]
    return sorted((row for _, row in _rows(seen, week, tree)), key=order_of)


def pending_sessions(week: Week) -> int:
    """Sessions of the week that no lead has yet: the next resolve will place them."""
    running = Detection.objects.filter(first_seen__lt=week.end, last_seen__gte=week.start, verdict__in=CLAIMS)
    placed = LeadSession.objects.filter(detection_id=OuterRef("detection_id"))
    return running.filter(~Exists(placed)).values("detection_id").distinct().count()


def latest_issue(week: Week, division_code: str) -> ListIssue | None:
    """The newest version of a week's list for exactly this division."""
    issues = ListIssue.objects.filter(kind=ListKind.WEEKLY, week=str(week), division_code=division_code)
    return issues.order_by("version").last()


def canonical(document: Any) -> bytes:
    """One byte string per document: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _division(session: Session) -> str:
    return session.place.attribution.division_code


def _rows(sessions: Iterable[Session], week: Week, tree: DivisionTree) -> list[tuple[int, Snapshot]]:
    groups: dict[tuple[int, str], list[Session]] = {}
    for session in sessions:
        groups.setdefault((session.place.lead_id, session.event.miner_ip), []).append(session)
    duties, pasts = DutyTable(week.monday), histories((lead_id for lead_id, _ in groups), week)
    return [(key[0], snapshot(group, pasts[key[0]], week, tree, duties)) for key, group in groups.items()]


def _save(issue: ListIssue, week: Week, rows: list[tuple[int, Snapshot]]) -> tuple[ListIssue, bool]:
    """Store the next version, unless the rows are those of the last one."""
    issue.digest = hashlib.sha256(canonical([row for _, row in rows])).hexdigest()
    issue.row_count = len(rows)
    former = latest_issue(week, issue.division_code)
    if former is not None and former.digest == issue.digest:
        return former, False
    issue.version = former.version + 1 if former else 1
    issue.number = f"MW-{issue.division_code}-{week.year}W{week.number:02d}-{issue.version:02d}"
    issue.save()
    ListRow.objects.bulk_create(
        ListRow(issue=issue, position=position, row_id=_row_id(issue, row), lead_id=lead_id, snapshot=row)
        for position, (lead_id, row) in enumerate(rows, 1)
    )
    return issue, True


def _row_id(issue: ListIssue, row: Snapshot) -> str:
    return hashlib.sha256(f"{issue.number}|{row['lead']}|{row['ip']}".encode()).hexdigest()[:16]

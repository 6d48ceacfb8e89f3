"""What is older than its term, and how does it go? In one transaction with the entry that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Max, Min

from collector.audit.choices import Action
from collector.audit.models import AuditEntry
from collector.audit.services import Deed, record


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows that have a term: how they are called, where they are, and which are older than a moment."""

    name: str
    older: Callable[[datetime], models.QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Purged:
    """What one rule took."""

    name: str
    rows: int
    before: datetime


def purge(rule: Rule, days: int, actor: str, now: datetime) -> Purged:
    """Delete what is older than ``days``; the tombstone in the audit log says how much of what went, and by whom."""
    before = now - timedelta(days=days)
    with transaction.atomic():
        rows = rule.older(before)
        span = rows.aggregate(first=Min("pk"), last=Max("pk"))
        count = rows.count()
        rows.delete()
        if count:
            told = {"rows": str(count), "before": before.isoformat(), "first": str(span["first"])}
            detail = told | {"last": str(span["last"])}
            record(Deed(actor, Action.PURGE, object_kind=rule.name, purpose=f"{days} d", detail=detail), now)
    return Purged(rule.name, count, before)


def purge_audit(days: int, actor: str, now: datetime) -> Purged:
    """Delete the audit log's oldest entries; the chain goes on from where the tombstone says they ended."""
    before = now - timedelta(days=days)
    with transaction.atomic():
        last = AuditEntry.objects.filter(at__lt=before).order_by("seq").last()
        if last is None:
            return Purged("audit", 0, before)
        # By sequence, not by time: a clock that was set back must not tear a hole into the chain.
        gone = AuditEntry.objects.filter(seq__lte=last.seq)
        count = gone.count()
        detail = {"rows": str(count), "last_seq": str(last.seq), "last_hash": last.hash}
        gone.delete()
        record(Deed(actor, Action.PURGE, object_kind="audit", purpose=f"{days} d", detail=detail), now)
    return Purged("audit", count, before)

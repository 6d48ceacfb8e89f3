"""How is a snapshot frozen? Once per state of the week; every document is made from it later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from collector.bulletin.indicators import DEFINITIONS, indicators
from collector.bulletin.models import Snapshot
from collector.cases.services import update_leads
from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.issuing import Scope, canonical, digests
from collector.lists.week import Week
from collector.resolve.services import resolve_pending


def take(week: Week, division_code: str, now: datetime) -> tuple[Snapshot, bool]:
    """Freeze the week's figures; the former snapshot, and False, where nothing changed. Raises ``CollectorError``."""
    if now < week.start:
        raise CollectorError(f"week {week}: has not begun; the running week is the latest that can be told of")
    tree = DivisionTree(week.monday)
    tree.check(division_code)
    resolve_pending()
    update_leads()
    scope = Scope(week, division_code, tree, min(now, week.end), now)
    with transaction.atomic():
        document = indicators(scope)
        return _save(scope, document | {"names": _names(scope, document)})


def latest(week: Week, division_code: str) -> Snapshot | None:
    """The newest snapshot of a week and division."""
    return Snapshot.objects.filter(week=str(week), division_code=division_code).order_by("version").last()


def numbered(number: str) -> Snapshot:
    """The snapshot of a number; raises ``CollectorError``."""
    found = Snapshot.objects.filter(number=number).first()
    if found is None:
        raise CollectorError(f"snapshot {number}: there is no such snapshot; take one: bulletin snapshot")
    return found


def _save(scope: Scope, document: dict[str, Any]) -> tuple[Snapshot, bool]:
    sha256, sm3 = digests([canonical(document)])
    former = latest(scope.week, scope.division_code)
    if former is not None and former.digest == sha256:
        return former, False
    version = former.version + 1 if former else 1
    week = scope.week
    return Snapshot.objects.create(
        number=f"MW-B-{scope.division_code}-{week.year}W{week.number:02d}-{version:02d}",
        week=str(week),
        division_code=scope.division_code,
        division_name=scope.tree.name(scope.division_code),
        version=version,
        cutoff=scope.cutoff,
        frozen_at=scope.now,
        definitions=DEFINITIONS,
        indicators=document,
        digest=sha256,
        digest_sm3=sm3,
    ), True


def _names(scope: Scope, document: Mapping[str, Any]) -> dict[str, str]:
    """What the divisions told of are called, so that later documents do not ask a register that changed."""
    codes = {code for level in ("city", "county") for code in document[level] if code}
    return {code: scope.tree.name(code) for code in sorted(codes)}

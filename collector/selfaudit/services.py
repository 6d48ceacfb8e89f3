"""How does a self-audit live? Asked for by its unit, done by a worker, handed in to the division's offices."""

from __future__ import annotations

import ipaddress
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collector.accounts.models import Office
from collector.faults import CollectorError
from collector.jobs.queue import ask
from collector.selfaudit import files
from collector.selfaudit.files import Upload
from collector.selfaudit.models import AuditState, SelfAudit
from collector.selfaudit.program import look
from collector.text import bilingual

JOB = "self-audit"
MAX_NETWORKS = 64
MAX_FINDINGS_KEPT = 500
_GRACE = timedelta(minutes=2)


def hand_over(
    office: Office, user: User, capture: Upload, assets: Upload | None, networks: str, now: datetime
) -> SelfAudit:
    """Keep the files and ask for the look. Raises ``CollectorError`` when one is not to be had, and keeps nothing."""
    _refuse_if_many(office)
    audit = _opened(office, user, capture, read_networks(networks), now)
    try:
        audit.sha256 = files.keep_capture(audit.no, capture)
        audit.file_bytes = files.capture_of(audit.no).stat().st_size
        if assets is not None:
            files.keep_assets(office.pk, assets)
        if files.use_assets(office.pk, audit.no):
            audit.assets_name = assets.name[:255] if assets else _last_assets(office)
    except BaseException:
        files.forget(audit.no)
        audit.delete()
        raise
    _make_ready(audit, now)
    _forget_oldest(office)
    return audit


def look_at_next(now: datetime) -> str:
    """The work of one job: the audit that waits longest, or one whose worker died; says what came of it."""
    audit = _taken(now)
    if audit is None:
        return "nothing waits"
    try:
        result = _look(audit)
    except (CollectorError, OSError, ValueError) as fault:
        _end(audit, AuditState.FAILED, said=str(fault)[:500])
    else:
        _end(audit, AuditState.DONE, percent=100, result=result)
    if SelfAudit.objects.filter(state=AuditState.WAITING).exists():
        ask(JOB, now)
    return f"{audit.no} {audit.state}"


def hand_in(audit: SelfAudit, now: datetime) -> None:
    """Show a finished audit to the offices of the unit's division, for good."""
    if audit.state != AuditState.DONE:
        raise CollectorError(
            f"{audit.no}: {bilingual('尚未完成，不能提交', 'is not done yet; it cannot be handed in')}"
        )
    SelfAudit.objects.filter(pk=audit.pk, handed_in_at__isnull=True).update(handed_in_at=now)


def read_networks(text: str) -> list[str]:
    """Networks as a person writes them, apart by blanks or commas. Raises ``CollectorError`` at one that is none."""
    words = text.replace(",", " ").replace("，", " ").replace("；", " ").replace(";", " ").split()
    if len(words) > MAX_NETWORKS:
        raise CollectorError(str(bilingual(f"网段多于 {MAX_NETWORKS} 个", f"more than {MAX_NETWORKS} networks")))
    return [_network(word) for word in words]


def _network(word: str) -> str:
    try:
        return str(ipaddress.ip_network(word, strict=False))
    except ValueError:
        told = bilingual("不是网段，写法如 192.0.2.0/24", "is no network; write it like 192.0.2.0/24")
        raise CollectorError(f"{word[:60]}: {told}") from None


def _refuse_if_many(office: Office) -> None:
    bound = settings.COLLECTOR.self_audit.max_waiting_per_office
    waiting = SelfAudit.objects.filter(office=office, state__in=(AuditState.WAITING, AuditState.RUNNING)).count()
    if waiting >= bound:
        told = bilingual(f"已有 {waiting} 个自查在等待，请稍后再传", f"{waiting} audits wait already; upload later")
        raise CollectorError(str(told))


@transaction.atomic
def _make_ready(audit: SelfAudit, now: datetime) -> None:
    audit.state, audit.started_at = AuditState.WAITING, None
    audit.save(update_fields=["state", "started_at", "sha256", "file_bytes", "assets_name"])
    ask(JOB, now)


@transaction.atomic
def _opened(office: Office, user: User, capture: Upload, networks: list[str], now: datetime) -> SelfAudit:
    """A row for a capture on its way. It counts as running, so that no worker takes it: copying a large file must not
    hold the database, and where the server falls meanwhile, a worker ends the row later."""
    audit = SelfAudit.objects.create(
        # The number follows from the key, which is known only now: a random one holds the place.
        no=secrets.token_hex(10),
        office=office,
        user=user,
        file_name=capture.name[:255],
        file_bytes=capture.size_bytes,
        networks=networks,
        state=AuditState.RUNNING,
        started_at=now,
    )
    audit.no = f"A{audit.pk:06d}"
    audit.save(update_fields=["no"])
    return audit


def _last_assets(office: Office) -> str:
    rows = SelfAudit.objects.filter(office=office).exclude(assets_name="").order_by("-pk")
    return rows.values_list("assets_name", flat=True).first() or "assets.csv"


def _taken(now: datetime) -> SelfAudit | None:
    """One audit, marked as this worker's: the update counts one row for one worker only."""
    fallen = now - timedelta(seconds=settings.COLLECTOR.self_audit.max_run_s) - _GRACE
    free = Q(state=AuditState.WAITING) | Q(state=AuditState.RUNNING, started_at__lt=fallen)
    for audit in SelfAudit.objects.filter(free).order_by("pk")[:10]:
        marked = SelfAudit.objects.filter(free, pk=audit.pk).update(state=AuditState.RUNNING, started_at=now, percent=0)
        if marked:
            audit.refresh_from_db()
            return audit
    return None


def _look(audit: SelfAudit) -> dict[str, Any]:
    """Run the program; answers its document, with as many findings as a page shows: the reports hold them all."""
    assets = files.assets_of(audit.no)
    options = ["--assets", str(assets)] if assets else []
    for network in audit.networks:
        options += ["--home-net", network]
    reports = [files.report_of(audit.no, form) for form in (*files.REPORTS, "json")]
    rows = SelfAudit.objects.filter(pk=audit.pk)
    options += ["--unit", audit.office.name]
    max_s = settings.COLLECTOR.self_audit.max_run_s
    look(files.capture_of(audit.no), options, reports, max_s, lambda percent: rows.update(percent=percent))
    document: dict[str, Any] = json.loads(files.report_of(audit.no, "json").read_bytes())
    return document | {"findings": document["findings"][:MAX_FINDINGS_KEPT]}


def _end(audit: SelfAudit, state: AuditState, **values: object) -> None:
    """Write down how it ended; the capture, full of other people's traffic, goes."""
    audit.state = state
    SelfAudit.objects.filter(pk=audit.pk).update(state=state, ended_at=timezone.now(), **values)
    files.drop_capture(audit.no)


def _forget_oldest(office: Office) -> None:
    kept = settings.COLLECTOR.self_audit.max_kept_per_office
    ended = SelfAudit.objects.filter(office=office, state__in=(AuditState.DONE, AuditState.FAILED))
    for audit in ended.filter(handed_in_at__isnull=True).order_by("-pk")[kept:]:
        files.forget(audit.no)
        audit.delete()

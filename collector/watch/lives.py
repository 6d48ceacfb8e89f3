"""How does an endpoint's life grow from statements? Reads what came in since the last time, in their order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from collector.ingest.models import Detection
from collector.watch.choices import SIGNATURES, Strongest
from collector.watch.models import MAX_TEXTS, Endpoint, Host, Progress
from collector.watch.sharing import shared_reason

BATCH_ROWS = 2_000
MAX_ROWS = 200_000
"""Statements that one run reads; the next goes on from there."""
MAX_HOSTS = 1_000
"""Different miners counted of one endpoint."""
OVERLAP = timedelta(minutes=10)
"""Statements of other transactions may become visible late; reading one twice changes nothing."""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_RANK = {str(verdict): rank for rank, verdict in enumerate(Strongest)}
_LISTED = "indicator"
_RELATED = frozenset({"fee", "cluster", "synchronous", "spoke-server", "spoke-miner"})
"""Indicators that no signature tells: they say nothing of whether the pool is listed."""
_OWN = frozenset(SIGNATURES.values())
"""What pool watch had listed itself. It says nothing of whether others list the pool, and where a session shows nothing
else, it is no evidence: a listing must not keep itself alive."""


def read_statements() -> int:
    """Take new statements in; answers how many were read."""
    progress = Progress.objects.first() or Progress(read_until=_BEGINNING)
    since, read = progress.read_until - OVERLAP, 0
    for rows in _batches(since):
        with transaction.atomic():
            _take(rows)
            progress.read_until = max(progress.read_until, rows[-1].received_at)
            progress.save()
        read += len(rows)
        if read >= MAX_ROWS:
            break
    return read


def _batches(since: datetime) -> Iterator[Sequence[Detection]]:
    rows = Detection.objects.filter(pool_ip__isnull=False, pool_port__isnull=False).select_related("sensor")
    last = (since, 0)
    while True:
        fresh = rows.filter(received_at__gt=last[0]) | rows.filter(received_at=last[0], pk__gt=last[1])
        batch = list(fresh.order_by("received_at", "pk")[:BATCH_ROWS])
        if not batch:
            return
        yield batch
        last = batch[-1].received_at, batch[-1].pk


def _take(rows: Sequence[Detection]) -> None:
    ends = {_end(row) for row in rows}
    known = {
        (one.ip, one.port): one
        for one in Endpoint.objects.select_for_update().filter(ip__in={ip for ip, _ in ends})
        if (one.ip, one.port) in ends
    }
    for row in sorted(rows, key=lambda row: (row.last_seen, row.event_id)):
        endpoint = known.setdefault(_end(row), _new(row))
        _grow(endpoint, row)
    for endpoint in known.values():
        endpoint.shared = shared_reason(endpoint.ip, endpoint.names)
        endpoint.save()
    _count_hosts(rows, known)


def _end(row: Detection) -> tuple[str, int]:
    """The server of a statement; only those that name one are read."""
    return str(row.pool_ip), int(row.pool_port or 0)


def _new(row: Detection) -> Endpoint:
    ip, port = _end(row)
    return Endpoint(
        ip=ip,
        port=port,
        first_evidence=row.first_seen,
        last_evidence=row.last_seen,
        strongest=row.verdict,
    )


def _grow(endpoint: Endpoint, row: Detection) -> None:
    endpoint.first_evidence = min(endpoint.first_evidence, row.first_seen)
    body: dict[str, Any] = row.body
    evidence = body.get("evidence", [])
    if not evidence or any(one["signature"] not in _OWN for one in evidence):
        endpoint.last_evidence = max(endpoint.last_evidence, row.last_seen)
    endpoint.strongest = max(endpoint.strongest, row.verdict, key=_RANK.__getitem__)
    endpoint.division_code = row.sensor.division_code or endpoint.division_code
    endpoint.is_listed |= any(one["class"] == _LISTED and one["signature"] not in _RELATED | _OWN for one in evidence)
    certificate = body.get("pool", {}).get("certificate")
    told = {key: certificate[key] for key in ("sha256", "subject", "issuer")} if certificate else None
    name = row.pool_domain.lower()
    for kept, new in (
        (endpoint.names, name),
        (endpoint.own_names, name if row.verdict == Strongest.CONFIRMED else ""),
        (endpoint.certificates, told),
        (endpoint.dialects, row.dialect),
        (endpoint.coins, row.coin),
    ):
        _remember(kept, new)


def _remember(kept: list[Any], new: Any) -> None:
    if not new:
        return
    if new in kept:
        kept.remove(new)
    kept.append(new)
    del kept[:-MAX_TEXTS]


def _count_hosts(rows: Sequence[Detection], known: dict[tuple[str, int], Endpoint]) -> None:
    hosts = [
        Host(endpoint=endpoint, digest=_digest(endpoint, row.miner_ip))
        for row in rows
        if (endpoint := known[_end(row)]).hosts < MAX_HOSTS
    ]
    Host.objects.bulk_create(hosts, ignore_conflicts=True)
    for endpoint in {one.endpoint for one in hosts}:
        endpoint.hosts = endpoint.miners.count()
        endpoint.save(update_fields=["hosts"])


def _digest(endpoint: Endpoint, miner_ip: str) -> str:
    return hashlib.sha256(f"{endpoint.ip} {endpoint.port} {miner_ip}".encode()).hexdigest()[:32]

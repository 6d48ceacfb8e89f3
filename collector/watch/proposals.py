"""What is worth listing, and what did people decide? The system proposes, a person decides, time takes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from collector.faults import CollectorError
from collector.watch.choices import ProposalKind, ProposalState, Strongest
from collector.watch.models import Endpoint, Proposal
from collector.watch.sharing import registered
from sensor.model.flow import is_address
from sensor.model.verification import Finding

FRESH = timedelta(days=30)
"""An endpoint is proposed while its evidence is no older."""
STALE = timedelta(days=90)
"""What was accepted goes out of the next update when nothing was seen of it for this long."""
MAX_PROPOSED = 10_000
_VERIFIED = timedelta(days=7)
"""How long a verification speaks for an address."""


def propose(now: datetime) -> int:
    """Look at every endpoint with fresh evidence; answers how many new proposals came of it."""
    made = 0
    fresh = Endpoint.objects.filter(last_evidence__gte=now - FRESH).order_by("pk")
    for endpoint in fresh.iterator(chunk_size=500):
        for kind, value, ports in _worth_listing(endpoint, now):
            made += _put(endpoint, kind, value, ports)
    return made


def age(now: datetime) -> int:
    """Take back what nobody saw for long; answers how many. Fresh evidence proposes it anew."""
    rows = Proposal.objects.filter(last_evidence__lt=now - STALE)
    probed = Proposal.objects.filter(kind=ProposalKind.PROBED, last_evidence__lt=now - _VERIFIED)
    open_states = (ProposalState.PROPOSED, ProposalState.ACCEPTED)
    return (rows | probed).filter(state__in=open_states).update(state=ProposalState.STALE)


def decide(number: int, accept: bool, who: str, reason: str, now: datetime, seen_as: str | None = None) -> Proposal:
    """Write a person's decision down. Raises ``CollectorError``, also where the proposal is no longer ``seen_as``."""
    if not reason.strip():
        raise CollectorError("a decision needs a reason; say what it stands on", "审定须写明理由；请写明依据")
    with transaction.atomic():
        found = Proposal.objects.select_for_update().filter(pk=number).first()
        if found is None:
            raise CollectorError(
                f"proposal {number}: there is no such proposal; list them first", f"没有建议 {number}；请先查看列表"
            )
        if found.state == ProposalState.STALE:
            raise CollectorError(
                f"proposal {number}: its evidence is too old; it comes back with new evidence",
                f"建议 {number}：依据已过时；有新的依据后会再次出现",
            )
        if seen_as is not None and found.state != seen_as:
            raise CollectorError(
                f"proposal {number}: somebody decided meanwhile; look at it again",
                f"建议 {number}：已有人先行审定；请重新查看",
            )
        found.state = ProposalState.ACCEPTED if accept else ProposalState.DECLINED
        found.decided_by, found.decided_at, found.reason = who[:200], now, reason.strip()[:500]
        found.save()
    return found


def accepted(now: datetime) -> list[Proposal]:
    """What goes into an update now; addresses that became shared since are left out."""
    rows = Proposal.objects.filter(state=ProposalState.ACCEPTED, last_evidence__gte=now - STALE).order_by("value")
    shared = set(Endpoint.objects.exclude(shared="").values_list("ip", flat=True))
    return [row for row in rows if row.kind == ProposalKind.NAME or row.value not in shared]


def _worth_listing(endpoint: Endpoint, now: datetime) -> Iterator[tuple[ProposalKind, str, list[int]]]:
    """An endpoint that mining was read from, or that answered a verification as a pool does."""
    is_verified = endpoint.finding == Finding.POOL and endpoint.verified_at and endpoint.verified_at > now - _VERIFIED
    if endpoint.strongest != Strongest.CONFIRMED and not is_verified:
        return
    if is_verified and not endpoint.shared:
        yield ProposalKind.PROBED, endpoint.ip, [endpoint.port]
    if endpoint.is_listed:
        return
    if not endpoint.shared:
        yield ProposalKind.ADDRESS, endpoint.ip, [endpoint.port]
    for name in endpoint.own_names:
        # A public suffix has no owner, and listing it would list all below it.
        if not is_address(name) and registered([name]):
            yield ProposalKind.NAME, name, []


def _put(endpoint: Endpoint, kind: ProposalKind, value: str, ports: list[int]) -> int:
    verified_at = endpoint.verified_at or endpoint.last_evidence
    last = verified_at if kind == ProposalKind.PROBED else endpoint.last_evidence
    row, is_new = Proposal.objects.get_or_create(
        kind=kind,
        value=value,
        defaults={
            "ports": ports,
            "evidence": _evidence(endpoint),
            "first_evidence": endpoint.first_evidence,
            "last_evidence": last,
        },
    )
    if not is_new:
        row.ports = sorted({*row.ports, *ports})[:64]
        row.last_evidence = max(row.last_evidence, last)
        row.evidence = _evidence(endpoint)
        if row.state == ProposalState.STALE:
            row.state = ProposalState.PROPOSED
        row.save()
    return int(is_new)


def _evidence(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "endpoint": str(endpoint),
        "strongest": endpoint.strongest,
        "hosts": endpoint.hosts,
        "dialects": endpoint.dialects,
        "certificates": endpoint.certificates[-4:],
        "finding": endpoint.finding,
        "shared": endpoint.shared,
    }

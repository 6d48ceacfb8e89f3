"""How is a deed written down, and how is the log proven whole?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction

from collector.audit.choices import Action
from collector.audit.models import AuditEntry, AuditHead
from collector.chain import GENESIS, Algorithm, Verdict, breaks, link_hash

_HEAD = 1
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written down. ``detail`` holds texts only: they read the same from every database."""

    actor: str
    action: Action
    object_kind: str = ""
    object_id: str = ""
    office: str = ""
    address: str | None = None
    purpose: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def record(deed: Deed, at: datetime) -> AuditEntry:
    """Append to the log. In the transaction of the deed itself, both are there or neither is."""
    AuditHead.objects.bulk_create([AuditHead(pk=_HEAD)], ignore_conflicts=True)
    head = AuditHead.objects.select_for_update().get(pk=_HEAD)
    entry = AuditEntry(
        seq=head.seq + 1,
        at=at.astimezone(UTC),
        actor=_fit(deed.actor, 200),
        office=_fit(deed.office, 200),
        address=deed.address,
        action=deed.action.value,
        object_kind=_fit(deed.object_kind, 60),
        object_id=_fit(deed.object_id, 200),
        purpose=_fit(deed.purpose, 500),
        detail={key: _fit(text, 500) for key, text in deed.detail.items()},
        algorithm=Algorithm.SHA256.value,
        previous=head.hash,
    )
    entry.hash = link_hash(entry.seq, entry.content(), entry.previous, entry.algorithm)
    entry.save(force_insert=True)
    head.seq, head.hash = entry.seq, entry.hash
    head.save(update_fields=["seq", "hash"])
    return entry


def verify() -> Verdict:
    """Walk the whole chain, from where the last purge left it to its head."""
    with transaction.atomic():
        head = AuditHead.objects.filter(pk=_HEAD).first()
        end = (head.seq, head.hash) if head else (0, GENESIS)
        rows = AuditEntry.objects.order_by("seq")
        links = (row.link() for row in rows.iterator(chunk_size=_ROWS_AT_ONCE))
        found = tuple(breaks(links, after=_purged_to(), head=end))
        return Verdict(rows.count(), end[1], found)


def _purged_to() -> tuple[int, str]:
    """Sequence and hash of the last row that a purge took, as the newest purge wrote down inside the chain."""
    tombstones = AuditEntry.objects.filter(action=Action.PURGE, object_kind="audit").order_by("-seq")
    for detail in tombstones.values_list("detail", flat=True)[:1]:
        return int(detail["last_seq"]), str(detail["last_hash"])
    return 0, GENESIS


def _fit(text: str, max_chars: int) -> str:
    return text.replace("\0", "\ufffd")[:max_chars]

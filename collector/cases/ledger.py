"""How are entries added to the ledger, and how is each bound to the one before it?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from collector.cases.choices import Action
from collector.cases.state import Entry
from collector.cases.tables import CaseEvent, LedgerHead
from collector.chain import GENESIS, Algorithm, canonical, link_hash
from collector.faults import CollectorError

HEAD_PK: Final = 1
MAX_BODY_BYTES: Final = 262_144
MAX_ACTOR_CHARS: Final = 200


def append(subject: str, entry: Entry, state: str = "", algorithm: Algorithm = Algorithm.SHA256) -> CaseEvent:
    """Add one entry; inside a transaction. Others that add wait for its end, so the chain never forks."""
    body = _body(subject, entry)
    head, _ = LedgerHead.objects.select_for_update().get_or_create(pk=HEAD_PK)
    former = CaseEvent.objects.filter(subject=subject).order_by("subject_seq").last()
    event = CaseEvent(
        seq=head.seq + 1,
        subject=subject,
        subject_seq=former.subject_seq + 1 if former else 1,
        at=datetime.fromisoformat(entry.at),
        actor=entry.actor,
        action=entry.action.value,
        state=state,
        body=body,
        algorithm=algorithm.value,
        subject_previous=former.hash if former else GENESIS,
        previous=head.hash,
    )
    event.hash = link_hash(event.seq, event.content(), event.previous, event.algorithm)
    event.save(force_insert=True)
    head.seq, head.hash = event.seq, event.hash
    head.save(update_fields=["seq", "hash"])
    return event


def entries_of(subject: str) -> Iterator[Entry]:
    """The entries of a case or lead, oldest first."""
    rows = CaseEvent.objects.filter(subject=subject).order_by("subject_seq")
    return map(entry_of, rows.iterator(chunk_size=500))


def entry_of(event: CaseEvent) -> Entry:
    """What a row of the ledger says."""
    return Entry(utc(event.at), event.actor, Action(event.action), json.loads(event.body))


def utc(moment: datetime) -> str:
    """A moment as the ledger writes it: UTC to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _body(subject: str, entry: Entry) -> str:
    body = canonical(entry.body)
    if len(body) > MAX_BODY_BYTES or b"\\u0000" in body:
        raise CollectorError(
            f"{subject}: an entry holds {MAX_BODY_BYTES} bytes at most and no NUL; shorten it",
            f"{subject}：一条记录至多 {MAX_BODY_BYTES} 字节，且不含空字符；请缩短",
        )
    if not 0 < len(entry.actor) <= MAX_ACTOR_CHARS:
        raise CollectorError(
            f"{subject}: who acts must be named, in {MAX_ACTOR_CHARS} characters at most",
            f"{subject}：须写明经办人，不超过 {MAX_ACTOR_CHARS} 字",
        )
    return body.decode()

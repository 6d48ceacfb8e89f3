"""What did other offices send besides detections? Their lists and how their cases stand, the newest word on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from collector.accounts.scope import Scope, within
from collector.exchange.models import ReceivedDocument

MAX_SHOWN = 10_000
_CHUNK = 500
_FIELDS = ("state", "grade", "cause", "division", "department", "relapses", "opened_at", "closed_at")


@dataclass(frozen=True, slots=True)
class CaseThere:
    """A case of another office, as it stood when its newest bundle was made."""

    peer: str
    no: str
    at: datetime
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListThere:
    """A frozen list of another office."""

    peer: str
    number: str
    at: datetime
    rows: int


def cases_there(scope: Scope, state: str = "") -> Iterator[CaseThere]:
    """The newest summary of every case of the peers within a scope, by peer and number; ``state``: only these."""
    for row in _newest(scope, "case"):
        body = row.body if isinstance(row.body, dict) else {}
        if not state or body.get("state") == state:
            said = {name: body.get(name) for name in _FIELDS}
            yield CaseThere(row.peer.name, row.key, row.created_at, said)


def lists_there(scope: Scope) -> Iterator[ListThere]:
    """The lists of the peers within a scope."""
    for row in _newest(scope, "list"):
        rows = row.body.get("rows") if isinstance(row.body, dict) else None
        yield ListThere(row.peer.name, row.key, row.created_at, len(rows) if isinstance(rows, list) else 0)


def _newest(scope: Scope, kind: str) -> Iterator[ReceivedDocument]:
    same = ReceivedDocument.objects.filter(peer=OuterRef("peer"), kind=kind, key=OuterRef("key"))
    rows = ReceivedDocument.objects.filter(within("peer__division_code", scope), kind=kind)
    newest = rows.filter(~Exists(same.filter(pk__gt=OuterRef("pk")))).select_related("peer")
    yield from newest.order_by("peer__name", "key")[:MAX_SHOWN].iterator(chunk_size=_CHUNK)

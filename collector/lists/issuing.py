"""How does a list become an issue? Numbered, digested, stored row by row; a new version only when rows changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

from collector.lists.choices import ListKind
from collector.lists.divisions import DivisionTree
from collector.lists.models import ListIssue, ListRow
from collector.lists.week import Week

_ROWS = 1_000
_EXPONENT_FROM = 1e16
"""From here on Python writes a float, always a whole one, with an exponent."""
_EXPONENT = re.compile(r"[0-9]e\+[0-9]")
_INFIX = {ListKind.WEEKLY: ""} | {kind: f"{kind.value.upper()}-" for kind in ListKind if kind != ListKind.WEEKLY}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to be. ``order`` is where it stands; ``key`` tells it from the others; ``document`` is canonical JSON."""

    order: tuple[Any, ...]
    key: str
    document: bytes
    lead_id: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which list is made: week, division and all below it, and what is known before ``cutoff``."""

    week: Week
    division_code: str
    tree: DivisionTree
    cutoff: datetime
    now: datetime

    def has(self, division_code: str) -> bool:
        """Whether something there belongs into the list."""
        return self.tree.within(division_code, self.division_code)


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of a list, and its sums."""

    entries: Sequence[Entry]
    summary: Mapping[str, Any] = field(default_factory=dict)


def issue(kind: ListKind, scope: Scope, made: Made) -> tuple[ListIssue, bool]:
    """Store the next version; the former one, and False, where its rows are the same. Within a transaction."""
    entries = sorted(made.entries, key=lambda entry: entry.order)
    sha256, sm3 = digests(entry.document for entry in entries)
    former = latest(kind, scope.week, scope.division_code)
    if former is not None and former.digest == sha256:
        return former, False
    version = former.version + 1 if former else 1
    week = scope.week
    stored = ListIssue.objects.create(
        kind=kind,
        week=str(week),
        division_code=scope.division_code,
        division_name=scope.tree.name(scope.division_code),
        version=version,
        number=f"MW-{_INFIX[kind]}{scope.division_code}-{week.year}W{week.number:02d}-{version:02d}",
        cutoff=scope.cutoff,
        frozen_at=scope.now,
        digest=sha256,
        digest_sm3=sm3,
        row_count=len(entries),
        former=latest(kind, week.former(), scope.division_code),
        summary=made.summary,
    )
    _store(stored, entries)
    return stored, True


def latest(kind: ListKind, week: Week, division_code: str) -> ListIssue | None:
    """The newest version of a week's list for exactly this division."""
    issues = ListIssue.objects.filter(kind=kind, week=str(week), division_code=division_code)
    return issues.order_by("version").last()


def canonical(document: Any) -> bytes:
    """One byte string per document: sorted keys, no spaces, UTF-8, no exponents in large numbers."""
    text = _dumps(document)
    # Looked for in the text: to walk through every document takes longer than to write it.
    return (_dumps(_without_exponents(document)) if _EXPONENT.search(text) else text).encode()


def digests(documents: Iterable[bytes]) -> tuple[str, str]:
    """SHA-256 and SM3 over the canonical array of canonical documents."""
    sha256, sm3 = hashlib.sha256(b"["), Hash(SM3())
    sm3.update(b"[")
    for number, document in enumerate(documents):
        piece = b"," + document if number else document
        sha256.update(piece)
        sm3.update(piece)
    sha256.update(b"]")
    sm3.update(b"]")
    return sha256.hexdigest(), sm3.finalize().hex()


def _dumps(document: Any) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _without_exponents(value: Any) -> Any:
    """PostgreSQL gives 1e16 back as 10000000000000000: written so from the start, rows keep their digest."""
    if isinstance(value, dict):
        return {key: _without_exponents(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_exponents(one) for one in value]
    return int(value) if isinstance(value, float) and abs(value) >= _EXPONENT_FROM else value


def _store(stored: ListIssue, entries: Sequence[Entry]) -> None:
    """A part at a time: what is parsed for one part is gone before the next."""
    rows = _rows(stored, entries)
    while chunk := list(islice(rows, _ROWS)):
        ListRow.objects.bulk_create(chunk)


def _rows(stored: ListIssue, entries: Sequence[Entry]) -> Iterator[ListRow]:
    for position, entry in enumerate(entries, 1):
        yield ListRow(
            issue=stored,
            position=position,
            row_id=hashlib.sha256(f"{stored.number}|{entry.key}".encode()).hexdigest()[:16],
            lead_id=entry.lead_id,
            snapshot=json.loads(entry.document),
        )

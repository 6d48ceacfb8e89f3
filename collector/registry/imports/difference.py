"""What would an import make, and what would it change? Read from what its batch noted, before all is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.apps import apps

from collector.registry.models import ImportBatch

MAX_SHOWN = 50
_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """One field of one row: what stands there, and what would."""

    row: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows made and changed; only the first changes are kept, the counts are complete."""

    made: int
    changed: int
    shown: tuple[Changed, ...]


def difference(batch: ImportBatch) -> Difference:
    """What the batch did so far. An ownership record is made as a whole and never changed."""
    made = batch.changes.filter(before__isnull=True).count() + batch.records.count()
    changed = batch.changes.filter(before__isnull=False)
    shown = islice((one for noted in changed.order_by("pk")[:MAX_SHOWN] for one in _fields(noted)), MAX_SHOWN)
    return Difference(made, changed.values("table", "row_id").distinct().count(), tuple(shown))


def _fields(noted: Any) -> Iterator[Changed]:
    table: Any = apps.get_model(noted.table)
    row = table._default_manager.filter(pk=noted.row_id).first()
    if row is None:
        return
    for name, before in noted.before.items():
        after = getattr(row, name)
        yield Changed(str(row)[:_MAX_CHARS], name, _text(before), _text(after))


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:_MAX_CHARS]

"""What must a kind of import say of itself? Its columns, how a row is read, and how read rows are stored."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from collector.registry.choices import ImportKind
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a row takes where its own cell is empty."""

    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """One kind of file. ``read`` raises ``CellFault``; ``key`` finds rows that repeat each other (None: may repeat)."""

    kind: ImportKind
    columns: tuple[Column, ...]
    read: Callable[[Row, Defaults], D]
    store: Callable[[ImportBatch, Sequence[D]], None]
    key: Callable[[D], Hashable | None] = lambda _draft: None

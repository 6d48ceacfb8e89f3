"""What must a kind of import say of itself? Its columns, how a row is read, and how read rows are stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from collector.registry.choices import ImportKind
from collector.registry.imports.faults import RowFault
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

D = TypeVar("D")
Parsed: TypeAlias = "tuple[int, Mapping[str, str]] | RowFault"
"""What a log says at one place: row number and texts by field name, or what is wrong there."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a row takes where its own cell is empty."""

    valid_from: datetime | None = None
    realm: str = ""
    """The network in which inner (private) addresses of the file mean something."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """One kind of file. ``read`` raises ``CellFault``; ``key`` finds rows that repeat each other (None: may repeat).

    ``store`` answers the rows it had to refuse. ``parse`` reads the text of a file that is no table; ``finish`` runs
    once at the end, with the keys of every good row, where the file says all there is.
    """

    kind: ImportKind
    columns: tuple[Column, ...]
    read: Callable[[Row, Defaults], D]
    store: Callable[[ImportBatch, Sequence[D]], Sequence[RowFault] | None]
    key: Callable[[D], Hashable | None] = lambda _draft: None
    parse: Callable[[str, str], Iterator[Parsed]] | None = None
    finish: Callable[[ImportBatch, Collection[Hashable], Defaults], None] | None = None

"""How does a kind of file become statements of ownership: which columns say where and when, and who must be named?"""

from __future__ import annotations

from dataclasses import dataclass

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.ownership import Statement, read_statement, store_statements
from collector.registry.imports.table import Column, Row


@dataclass(frozen=True, slots=True)
class Places:
    """The columns of address, start and end, and the one that names somebody and must not be empty."""

    network: str
    starts: str
    ends: str
    needed: str


def statement_kind(kind: ImportKind, source: Source, columns: tuple[Column, ...], places: Places) -> Kind[Statement]:
    """A kind of import whose every row is one statement of ``source``."""

    def read(row: Row, defaults: Defaults) -> Statement:
        row.need(places.needed, str)
        return read_statement(row, defaults, network=places.network, starts=places.starts, ends=places.ends)

    return Kind(kind, columns, read, lambda batch, statements: store_statements(batch, statements, source))

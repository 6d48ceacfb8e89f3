"""What is in an IP filing (IP 地址信息备案)? Blocks with the unit that uses them, as carriers file them."""

from __future__ import annotations

from collections.abc import Sequence

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.line_ledger import COLUMNS as LEDGER_COLUMNS
from collector.registry.imports.ownership import Statement, read_statement, store_statements
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    *LEDGER_COLUMNS,
    Column("assignment", ("分配方式", "使用方式", "分配使用方式", "assignment", "usage")),
    Column("gateway", ("网关IP地址", "网关地址", "网关", "gateway")),
)


def _read(row: Row, defaults: Defaults) -> Statement:
    row.need("unit_name", str)
    return read_statement(row, defaults, network="network", starts="valid_from", ends="valid_to")


def _store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    store_statements(batch, statements, Source.FILING)


KIND = Kind(ImportKind.FILING, COLUMNS, _read, _store)

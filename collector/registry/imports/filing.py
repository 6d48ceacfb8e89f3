"""What is in an IP filing (IP 地址信息备案)? Blocks with the unit that uses them, as carriers file them."""

from __future__ import annotations

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.line_ledger import COLUMNS as LEDGER_COLUMNS
from collector.registry.imports.statements import Places, statement_kind
from collector.registry.imports.table import Column

COLUMNS = (
    *LEDGER_COLUMNS,
    Column("assignment", ("分配方式", "使用方式", "分配使用方式", "assignment", "usage")),
    Column("gateway", ("网关IP地址", "网关地址", "网关", "gateway")),
)


KIND = statement_kind(
    ImportKind.FILING, Source.FILING, COLUMNS, Places("network", "valid_from", "valid_to", "unit_name")
)

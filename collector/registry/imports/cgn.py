"""What is in a table of CGN port blocks? Public address and ports, the inner address behind them, from, to."""

from __future__ import annotations

from collections.abc import Sequence

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.ownership import (
    INNER_COLUMN,
    PORT_COLUMNS,
    REALM_COLUMN,
    UNIT_COLUMNS,
    Statement,
    read_statement,
    store_statements,
)
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    Column(
        "network",
        (
            "公网IP",
            "公网地址",
            "转换后IP",
            "NAT地址",
            "public ip",
            "outer ip",
            "external ip",
            "IP地址",
            "IP",
            "address",
        ),
        required=True,
    ),
    Column("start", ("开始时间", "分配时间", "起始时间", "start time", "allocated", "from"), required=True),
    Column("end", ("结束时间", "释放时间", "终止时间", "end time", "released", "to")),
    Column(
        "subscriber", ("用户账号", "宽带账号", "账号", "用户名", "user-name", "username", "account", "subscriber id")
    ),
    Column("unit_name", ("单位名称", "客户名称", "使用单位", "unit", "customer")),
    Column("session_key", ()),
    INNER_COLUMN,
    REALM_COLUMN,
    *PORT_COLUMNS,
    *UNIT_COLUMNS,
)


def read(row: Row, defaults: Defaults) -> Statement:
    """One port block. Without an inner address or an account it says nothing."""
    row.need("port_lo", str)
    statement = read_statement(row, defaults, network="network", starts="start", ends="end")
    if not (statement.inner_ip or statement.subscriber or statement.unit_name):
        row.text("inner_ip")
        raise CellFault(Fault.EMPTY)
    return statement


def store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    """Add and amend port blocks."""
    store_statements(batch, statements, Source.CGN)


KIND = Kind(ImportKind.CGN, COLUMNS, read, store)

"""What is in a carrier's line ledger (专线台账)? Static addresses, the unit that rents them and where the line ends."""

from __future__ import annotations

from collections.abc import Sequence

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.ownership import LAST_COLUMN, UNIT_COLUMNS, Statement, read_statement, store_statements
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    Column(
        "network",
        (
            "IP地址",
            "IP",
            "IP地址段",
            "IP段",
            "IP地址范围",
            "公网IP",
            "公网IP地址",
            "地址段",
            "网段",
            "cidr",
            "prefix",
            "ip address",
            "ip range",
            "subnet",
            "起始IP",
            "起始IP地址",
            "起始地址",
            "start ip",
            "first ip",
        ),
        required=True,
    ),
    LAST_COLUMN,
    Column(
        "valid_from",
        (
            "启用时间",
            "启用日期",
            "开通时间",
            "开通日期",
            "生效时间",
            "生效日期",
            "起始时间",
            "开始时间",
            "开始日期",
            "start",
            "from",
            "start date",
            "activated",
        ),
    ),
    Column(
        "valid_to",
        (
            "停用时间",
            "停用日期",
            "失效时间",
            "失效日期",
            "截止时间",
            "终止时间",
            "到期时间",
            "结束时间",
            "结束日期",
            "销户时间",
            "end",
            "to",
            "until",
            "end date",
            "terminated",
        ),
    ),
    Column(
        "subscriber",
        (
            "专线号",
            "专线编号",
            "专线号码",
            "电路编号",
            "电路代号",
            "产品号码",
            "客户编号",
            "用户编号",
            "line no",
            "circuit",
            "circuit id",
            "subscriber id",
            "customer no",
        ),
    ),
    Column(
        "unit_name",
        (
            "单位名称",
            "客户名称",
            "使用单位",
            "使用单位名称",
            "企业名称",
            "用户名称",
            "单位",
            "名称",
            "unit",
            "customer",
            "customer name",
            "organisation",
            "organization",
            "company",
        ),
        required=True,
    ),
    *UNIT_COLUMNS,
)


def _read(row: Row, defaults: Defaults) -> Statement:
    row.need("unit_name", str)
    return read_statement(row, defaults, network="network", starts="valid_from", ends="valid_to")


def _store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    store_statements(batch, statements, Source.LINE_LEDGER)


KIND = Kind(ImportKind.LINE_LEDGER, COLUMNS, _read, _store)

"""What is in an IPAM export? Prefixes with tenant or site, as NetBox, phpIPAM or a spreadsheet write them."""

from __future__ import annotations

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.ownership import (
    LAST_COLUMN,
    REALM_COLUMN,
    UNIT_COLUMNS,
)
from collector.registry.imports.statements import Places, statement_kind
from collector.registry.imports.table import Column

COLUMNS = (
    Column(
        "network",
        ("prefix", "网段", "IP地址", "地址段", "IP", "subnet", "cidr", "network", "address", "ip address"),
        required=True,
    ),
    LAST_COLUMN,
    Column("valid_from", ("启用时间", "启用日期", "created", "start", "from", "date added")),
    Column("valid_to", ("停用时间", "停用日期", "end", "to", "until")),
    Column("host", ("资产编号", "主机名", "hostname", "dns name", "device", "asset tag", "mac")),
    Column(
        "unit_name",
        ("tenant", "租户", "单位名称", "使用单位", "部门", "客户名称", "customer", "organisation", "organization"),
        required=True,
    ),
    Column("site", ("site", "scope", "站点", "机房", "location", "地点")),
    REALM_COLUMN,
    *UNIT_COLUMNS,
)


KIND = statement_kind(ImportKind.IPAM, Source.IPAM, COLUMNS, Places("network", "valid_from", "valid_to", "unit_name"))

"""What is in a list of deterministic NAT rules (RFC 7422)? Inner block, outer addresses, ports per user, layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.registry.addresses import Network, ip_key
from collector.registry.choices import ImportKind, NatLayout
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.ownership import REALM_COLUMN
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch, NatRule

COLUMNS = (
    Column("outer", ("公网地址", "公网IP", "公网地址池", "outer", "outside", "external", "public pool"), required=True),
    Column("inner", ("私网地址", "私网IP", "私网地址段", "inner", "inside", "internal"), required=True),
    Column("port_first", ("起始端口", "端口起", "first port", "start port")),
    Column("port_last", ("结束端口", "端口止", "last port", "end port")),
    Column("ports_per_user", ("每用户端口数", "端口块大小", "port block size", "block size"), required=True),
    Column("layout", ("分配方式", "算法", "algorithm", "method")),
    Column("valid_from", ("启用时间", "启用日期", "start", "from")),
    Column("valid_to", ("停用时间", "停用日期", "end", "to", "until")),
    REALM_COLUMN,
)
_FIRST_PORT, _LAST_PORT = 1024, 65535
_LAYOUTS = {
    "sequential": NatLayout.SEQUENTIAL,
    "连续": NatLayout.SEQUENTIAL,
    "连续端口块": NatLayout.SEQUENTIAL,
    "interleaved": NatLayout.INTERLEAVED,
    "staggered": NatLayout.INTERLEAVED,
    "交错": NatLayout.INTERLEAVED,
    "交错端口": NatLayout.INTERLEAVED,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row read. Blocks are inclusive ranges of one run of addresses."""

    row_no: int
    outer: str
    inner: str
    outer_lo: bytes
    outer_hi: bytes
    port_first: int
    port_last: int
    ports_per_user: int
    layout: str
    realm: str
    valid_from: datetime
    valid_to: datetime | None


def _read(row: Row, defaults: Defaults) -> Rule:
    valid_from = row.parse("valid_from", cells.moment) or defaults.valid_from
    if valid_from is None:
        raise CellFault(Fault.NO_START)
    valid_to = row.parse("valid_to", cells.end_moment)
    if valid_to is not None and valid_to <= valid_from:
        raise CellFault(Fault.ENDS_BEFORE_START)
    first = _or(row.parse("port_first", cells.port), _FIRST_PORT)
    last = _or(row.parse("port_last", cells.port), _LAST_PORT)
    if last < first:
        raise CellFault(Fault.PORTS_CROSSED)
    outer, inner = row.need("outer", cells.blocks), row.need("inner", cells.blocks)
    per_user = row.need("ports_per_user", cells.port)
    _must_fit(outer, inner, (last - first + 1) // per_user if per_user else 0)
    return Rule(
        row_no=row.number,
        outer=_span(outer),
        inner=_span(inner),
        outer_lo=ip_key(outer[0][0]),
        outer_hi=ip_key(outer[-1][-1]),
        port_first=first,
        port_last=last,
        ports_per_user=per_user,
        layout=row.parse("layout", _layout) or NatLayout.SEQUENTIAL.value,
        realm=row.text("realm") or defaults.realm,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _or(found: int | None, otherwise: int) -> int:
    return otherwise if found is None else found


def _must_fit(outer: list[Network], inner: list[Network], users_per_address: int) -> None:
    """Every inner address must get its ports, or the arithmetic names the wrong one."""
    room = users_per_address * sum(block.num_addresses for block in outer)
    if outer[0].version != 4 or room < sum(block.num_addresses for block in inner):
        raise CellFault(Fault.TOO_FEW_PORTS)


def _span(blocks: list[Network]) -> str:
    return str(blocks[0]) if len(blocks) == 1 else f"{blocks[0][0]}-{blocks[-1][-1]}"


def _layout(text: str) -> str:
    found = _LAYOUTS.get(text.casefold())
    if found is None:
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return found.value


def _store(batch: ImportBatch, rules: Sequence[Rule]) -> None:
    known = {
        (row.outer, row.inner, row.valid_from): row
        for row in NatRule.objects.filter(outer__in=[rule.outer for rule in rules])
    }
    fresh = []
    for rule in rules:
        values: dict[str, Any] = {name: getattr(rule, name) for name in rule.__slots__}
        row = known.get((rule.outer, rule.inner, rule.valid_from))
        if row is None:
            fresh.append(NatRule(batch=batch, **values))
        else:
            changeable = ("port_first", "port_last", "ports_per_user", "layout", "realm", "valid_to")
            change(batch, row, {name: values[name] for name in changeable})
    note_created(batch, NatRule.objects.bulk_create(fresh))


KIND = Kind(ImportKind.NAT_RULES, COLUMNS, _read, _store, lambda rule: (rule.outer, rule.inner, rule.valid_from))

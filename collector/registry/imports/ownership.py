"""How do statements of ownership get in? New ones are added; a known one that now ends differently is amended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.registry.addresses import Network, is_inner, network_keys
from collector.registry.choices import Source
from collector.registry.imports import cells
from collector.registry.imports.changes import change
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch, Organisation, OwnershipRecord

_ROWS = 500
_FIXED = ("network", "realm", "port_lo", "port_hi", "valid_from", "inner_ip", "subscriber", "unit_name", "uscc")
"""What makes a statement the same statement when a newer file says it again."""

UNIT_COLUMNS = (
    Column("uscc", ("统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "credit code", "social credit code")),
    Column(
        "address",
        ("装机地址", "安装地址", "详细地址", "物理地址", "单位地址", "接入地址", "地址", "install address", "street"),
        max_chars=500,
    ),
    Column("division_code", ("区划代码", "行政区划代码", "行政区划", "区划", "division", "adcode", "area code")),
)
LAST_COLUMN = Column("network_last", ("结束IP", "终止IP", "结束IP地址", "终止IP地址", "结束地址", "last ip", "end ip"))
PORT_COLUMNS = (
    Column("port_lo", ("起始端口", "端口起", "端口", "源端口", "port", "first port", "start port")),
    Column("port_hi", ("结束端口", "终止端口", "端口止", "last port", "end port")),
)
INNER_COLUMN = Column(
    "inner_ip", ("私网IP", "私网地址", "内网IP", "内网地址", "用户私网IP", "private ip", "inner ip", "inside ip")
)
REALM_COLUMN = Column("realm", ("域", "网络域", "私网域", "vrf", "vpn实例", "realm"), max_chars=60)


@dataclass(frozen=True, slots=True)
class Statement:
    """One row read: who held which blocks, from when until before when."""

    row_no: int
    networks: tuple[Network, ...]
    ports: tuple[int | None, int | None]
    valid_from: datetime
    valid_to: datetime | None
    subscriber: str
    unit_name: str
    uscc: str
    address: str
    division_code: str
    raw: dict[str, str]
    realm: str = ""
    inner_ip: str | None = None
    session_key: str | None = None
    """The source's own key: a row with a known one continues what was said before, whatever its times are."""


def read_statement(row: Row, defaults: Defaults, *, network: str, starts: str, ends: str) -> Statement:
    """The statement in a row whose address, start and end stand in the named fields; raises ``CellFault``."""
    valid_from = row.parse(starts, cells.moment) or defaults.valid_from
    if valid_from is None:
        raise CellFault(Fault.NO_START)
    valid_to = row.parse(ends, cells.end_moment)
    if valid_to is not None and valid_to <= valid_from:
        raise CellFault(Fault.ENDS_BEFORE_START)
    networks = _networks(row, network)
    inner_ip = row.parse("inner_ip", cells.address)
    return Statement(
        row_no=row.number,
        ports=_ports(row),
        valid_from=valid_from,
        valid_to=valid_to,
        subscriber=row.text("subscriber"),
        unit_name=row.text("unit_name"),
        uscc=read_uscc(row),
        address=row.text("address"),
        division_code=row.parse("division_code", cells.division_code) or "",
        raw={row.headers[name]: text for name, text in row.cells.items() if text},
        networks=networks,
        realm=_realm(row, defaults, networks, inner_ip),
        inner_ip=inner_ip,
        session_key=row.text("session_key") or None,
    )


def read_uscc(row: Row) -> str:
    """The row's code; one that fails its check digit is kept with a warning."""
    code = row.parse("uscc", cells.uscc) or ""
    if code and cells.uscc_is_odd(code):
        row.warn("uscc", Fault.ODD_USCC, code)
    return code


def store_statements(batch: ImportBatch, statements: Sequence[Statement], source: Source) -> None:
    """Add what is new, amend what changed, leave what is known."""
    records = records_of(batch, statements, source)
    known = _known(records, source)
    fresh: dict[tuple[Any, ...], OwnershipRecord] = {}
    for record in records:
        key = _key(record)
        if key in known:
            change(batch, known[key], _changeable(record))
        else:
            fresh[key] = record
    OwnershipRecord.objects.bulk_create(fresh.values(), batch_size=_ROWS)


def records_of(batch: ImportBatch, statements: Sequence[Statement], source: Source) -> list[OwnershipRecord]:
    """The rows that these statements would make, one per block; nothing is written."""
    organisations = _organisations(statements)
    return [record for statement in statements for record in _records(batch, statement, source, organisations)]


def _realm(row: Row, defaults: Defaults, networks: tuple[Network, ...], inner_ip: str | None) -> str:
    """Only what private addresses mean depends on the network they are in."""
    if inner_ip is None and not any(is_inner(network[0]) for network in networks):
        return ""
    return row.text("realm") or defaults.realm


def _networks(row: Row, network: str) -> tuple[Network, ...]:
    last = row.text(LAST_COLUMN.name)
    return tuple(row.need(network, lambda first: cells.blocks(f"{first}-{last}" if last else first)))


def _ports(row: Row) -> tuple[int | None, int | None]:
    first = row.parse("port_lo", cells.port)
    last = row.parse("port_hi", cells.port)
    if first is None and last is not None:
        row.text("port_lo")
        raise CellFault(Fault.EMPTY)
    last = first if last is None else last
    if first is not None and last is not None and last < first:
        raise CellFault(Fault.PORTS_CROSSED)
    return first, last


def _organisations(statements: Sequence[Statement]) -> dict[str, int]:
    codes = {statement.uscc for statement in statements if statement.uscc}
    rows = Organisation.objects.filter(uscc__in=codes).values_list("uscc", "pk")
    return {uscc: pk for uscc, pk in rows if uscc}


def _records(
    batch: ImportBatch, statement: Statement, source: Source, organisations: dict[str, int]
) -> list[OwnershipRecord]:
    return [
        _record(batch, statement, source, network, organisations.get(statement.uscc)) for network in statement.networks
    ]


def _record(
    batch: ImportBatch, statement: Statement, source: Source, network: Network, organisation_id: int | None
) -> OwnershipRecord:
    first, last = network_keys(network)
    return OwnershipRecord(
        source=source.value,
        batch=batch,
        row_no=statement.row_no,
        network=str(network),
        ip_lo=first,
        ip_hi=last,
        port_lo=statement.ports[0],
        port_hi=statement.ports[1],
        valid_from=statement.valid_from,
        valid_to=statement.valid_to,
        subscriber=statement.subscriber,
        organisation_id=organisation_id,
        unit_name=statement.unit_name,
        uscc=statement.uscc,
        address=statement.address,
        division_code=statement.division_code,
        realm=statement.realm,
        inner_ip=statement.inner_ip,
        session_key=statement.session_key,
        raw=statement.raw,
    )


def _known(records: Sequence[OwnershipRecord], source: Source) -> dict[tuple[Any, ...], OwnershipRecord]:
    plain = [record for record in records if record.session_key is None]
    of_source = OwnershipRecord.objects.filter(source=source.value)
    same_place = of_source.filter(
        session_key__isnull=True,
        ip_lo__in={bytes(record.ip_lo) for record in plain},
        valid_from__in={record.valid_from for record in plain},
    )
    same_session = of_source.filter(session_key__in={record.session_key for record in records if record.session_key})
    return {_key(record): record for found in (same_place, same_session) for record in found}


def _key(record: OwnershipRecord) -> tuple[Any, ...]:
    if record.session_key is not None:
        return record.session_key, record.network
    return tuple(getattr(record, name) for name in _FIXED)


def _changeable(record: OwnershipRecord) -> dict[str, Any]:
    values: dict[str, Any] = {
        "valid_to": record.valid_to,
        "address": record.address,
        "division_code": record.division_code,
    }
    # A session once ended stays so, and a log without the address does not make it unknown.
    if record.session_key is not None:
        values = {name: value for name, value in values.items() if value}
    # An organisation once found is not lost because a newer file cannot name it.
    if record.organisation_id is not None:
        values["organisation_id"] = record.organisation_id
    return values

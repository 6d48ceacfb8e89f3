"""What is in a list of parks? One row per block of a big-data or high-technology park."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date

from collector.registry.addresses import Network, network_keys
from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.dated import FROM_COLUMN, TO_COLUMN, end_day
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.table import Column, Row
from collector.registry.models import GB2260_FIRST, ImportBatch, Park, ParkPrefix

COLUMNS = (
    Column("name", ("园区名称", "园区", "名称", "park", "name"), required=True),
    Column("division_code", ("区划代码", "行政区划代码", "division", "adcode")),
    Column("operator", ("运营单位", "管理单位", "管委会", "operator")),
    Column("network", ("IP地址段", "网段", "IP", "地址段", "cidr", "prefix", "network"), required=True),
    FROM_COLUMN,
    TO_COLUMN,
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """One row read."""

    name: str
    division_code: str
    operator: str
    networks: tuple[Network, ...]
    valid_from: date
    valid_to: date | None


def _read(row: Row, defaults: Defaults) -> Prefix:
    starts = row.parse("valid_from", cells.day) or GB2260_FIRST
    ends = row.parse("valid_to", end_day)
    if ends is not None and ends <= starts:
        raise CellFault(Fault.ENDS_BEFORE_START)
    return Prefix(
        name=row.need("name", str),
        division_code=row.parse("division_code", cells.division_code) or "",
        operator=row.text("operator"),
        networks=tuple(row.need("network", cells.blocks)),
        valid_from=starts,
        valid_to=ends,
    )


def _store(batch: ImportBatch, rows: Sequence[Prefix]) -> None:
    for row in rows:
        park = _park(batch, row)
        known = {(one.network, one.valid_from): one for one in park.prefixes.all()}
        fresh = []
        for network in row.networks:
            one = known.get((str(network), row.valid_from))
            if one is not None:
                change(batch, one, {"valid_to": row.valid_to})
                continue
            low, high = network_keys(network)
            times = {"valid_from": row.valid_from, "valid_to": row.valid_to}
            fresh.append(ParkPrefix(park=park, network=str(network), ip_lo=low, ip_hi=high, **times))
        note_created(batch, ParkPrefix.objects.bulk_create(fresh))


def _park(batch: ImportBatch, row: Prefix) -> Park:
    park, is_new = Park.objects.get_or_create(
        name=row.name, division_code=row.division_code, defaults={"operator": row.operator}
    )
    if is_new:
        note_created(batch, [park])
    elif row.operator:
        change(batch, park, {"operator": row.operator})
    return park


def _key(row: Prefix) -> Hashable:
    return row.name, row.division_code, row.networks, row.valid_from


KIND = Kind(ImportKind.PARKS, COLUMNS, _read, _store, _key)

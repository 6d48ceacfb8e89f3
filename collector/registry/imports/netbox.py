"""What is in a NetBox snapshot? The JSON of ``/api/ipam/prefixes/`` or ``/api/ipam/ip-addresses/``, whole.

NetBox knows the present only; validity is kept here. An object holds from its last change on; a later snapshot that
says otherwise ends the record, and so does one that says nothing of it any more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from collector.faults import CollectorError
from collector.registry.choices import ImportKind, Source
from collector.registry.imports.changes import change
from collector.registry.imports.faults import Fault, RowFault
from collector.registry.imports.kind import Defaults, Kind, Parsed
from collector.registry.imports.ownership import REALM_COLUMN, Statement, read_statement, records_of
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch, OwnershipRecord

COLUMNS = (
    Column("network", (), required=True),
    Column("valid_from", (), required=True),
    Column("valid_to", ()),
    Column("unit_name", (), required=True),
    Column("host", ()),
    Column("session_key", (), required=True),
    Column("address", (), max_chars=500),
    REALM_COLUMN,
)
_ROWS = 500
_SAME = ("network", "realm", "unit_name", "address")


def parse(text: str, name: str) -> Iterator[Parsed]:
    """One row per object that names a tenant."""
    for number, item in enumerate(_results(text, name), start=1):
        if not isinstance(item, dict):
            yield RowFault(number, "results", Fault.NO_NETWORK, str(item))
        elif _name(item.get("tenant")):
            yield number, _cells(item)


def _results(text: str, name: str) -> list[Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise CollectorError(
            f"{name}: is no JSON: {fault}; save the answer of /api/ipam/prefixes/?limit=0",
            "不是 JSON；请保存 /api/ipam/prefixes/?limit=0 的返回内容",
        ) from None
    if isinstance(document, dict) and document.get("next"):
        raise CollectorError(
            f"{name}: is one page of several; fetch all at once with ?limit=0",
            "只是多页中的一页；请用 ?limit=0 一次取全",
        )
    results = document.get("results") if isinstance(document, dict) else document
    if not isinstance(results, list):
        raise CollectorError(
            f"{name}: holds no list of results; save the answer of /api/ipam/prefixes/?limit=0",
            "没有结果列表；请保存 /api/ipam/prefixes/?limit=0 的返回内容",
        )
    return results


def _cells(item: Mapping[str, Any]) -> Mapping[str, str]:
    url = urlsplit(str(item.get("url") or ""))
    address = str(item.get("prefix") or item.get("address") or "")
    # An address of NetBox bears the length of the prefix it lies in; what is held is the one address.
    network = address if item.get("prefix") else address.partition("/")[0]
    place = item.get("scope") or item.get("site")
    return {
        "network": network,
        "valid_from": str(item.get("last_updated") or item.get("created") or ""),
        "unit_name": _name(item.get("tenant")),
        "host": str(item.get("dns_name") or ""),
        "session_key": f"{url.netloc}{url.path}" if url.path else "",
        "address": _name(place),
        "realm": _name(item.get("vrf")),
    }


def _name(item: Any) -> str:
    return str(item.get("name") or item.get("display") or "") if isinstance(item, dict) else ""


def _read(row: Row, defaults: Defaults) -> Statement:
    row.need("session_key", str)
    return read_statement(row, defaults, network="network", starts="valid_from", ends="valid_to")


def _store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    records = records_of(batch, statements, Source.IPAM)
    known = _open([str(record.session_key) for record in records])
    fresh = []
    for record in records:
        former = known.get(record.session_key)
        if former is not None and all(getattr(former, name) == getattr(record, name) for name in _SAME):
            continue
        if former is not None:
            change(batch, former, {"valid_to": max(record.valid_from, former.valid_from)})
        fresh.append(record)
    OwnershipRecord.objects.bulk_create(fresh, batch_size=_ROWS)


def _open(keys: Sequence[str]) -> dict[str | None, OwnershipRecord]:
    rows = OwnershipRecord.objects.filter(source=Source.IPAM, session_key__in=keys, valid_to__isnull=True)
    return {row.session_key: row for row in rows}


def _finish(batch: ImportBatch, keys: Collection[Hashable], defaults: Defaults) -> None:
    """End what the snapshot no longer holds; it was taken at ``--valid-from``, or now."""
    taken_at: datetime = defaults.valid_from or timezone.now()
    series = {str(key).rstrip("/").rpartition("/")[0] + "/" for key in keys}
    for start in series:
        of_series = OwnershipRecord.objects.filter(
            source=Source.IPAM, session_key__startswith=start, valid_to__isnull=True, valid_from__lt=taken_at
        )
        for record in of_series.iterator():
            if record.session_key not in keys:
                change(batch, record, {"valid_to": taken_at})


KIND = Kind(
    ImportKind.NETBOX, COLUMNS, _read, _store, lambda statement: statement.session_key, parse=parse, finish=_finish
)

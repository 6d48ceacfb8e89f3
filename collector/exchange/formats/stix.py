"""How does a detection read in STIX 2.1? An observation of traffic between two addresses, and a sighting of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import stix2

from sensor.model.wire import Detection

_SPACE = uuid.UUID("6d1d5b1c-7a0e-4f8b-9d53-5b0b1f1c2e11")
"""Of identifiers made here: the same detection gets the same ones."""


def stix_bundle(rows: Iterable[Detection]) -> bytes:
    """One bundle; the same rows give the same bytes."""
    found = list(rows)
    objects: dict[str, Any] = {}
    for row in found:
        for one in _objects(row):
            objects.setdefault(one.id, one)
    name = "".join(row.event_id for row in found)
    bundle = stix2.Bundle(objects=list(objects.values()), id=_id("bundle", name), allow_custom=True)
    return str(bundle.serialize(pretty=False)).encode()


def _objects(row: Detection) -> list[Any]:
    miner = _address(row.miner.ip)
    pool = _address(row.pool.ip) if row.pool.ip else None
    domain = [stix2.DomainName(value=row.pool.domain)] if row.pool.domain else []
    sensor = stix2.Identity(
        id=_id("identity", row.sensor.id), name=row.sensor.id, identity_class="system", **_when(row)
    )
    software = stix2.Malware(
        id=_id("malware", "mining"),
        name="Cryptocurrency mining",
        malware_types=["resource-exploitation"],
        is_family=True,
        created="2009-01-03T00:00:00Z",
        modified="2009-01-03T00:00:00Z",
    )
    target = pool or (domain[0] if domain else miner)
    traffic = stix2.NetworkTraffic(
        src_ref=miner,
        dst_ref=target,
        src_port=row.miner.port,
        protocols=[row.transport.l4],
        start=row.first_seen,
        **({} if row.pool.port is None else {"dst_port": row.pool.port}),
    )
    seen = [miner, *([pool] if pool else []), *domain, traffic]
    observed = stix2.ObservedData(
        id=_id("observed-data", row.event_id),
        created_by_ref=sensor,
        first_observed=row.first_seen,
        last_observed=row.last_seen,
        number_observed=1,
        object_refs=seen,
        **_when(row),
    )
    sighting = stix2.Sighting(
        id=_id("sighting", row.event_id),
        created_by_ref=sensor,
        sighting_of_ref=software,
        observed_data_refs=[observed],
        where_sighted_refs=[sensor],
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        confidence=row.score,
        **_when(row),
    )
    return [sensor, software, *seen, observed, sighting]


def _address(ip: str) -> Any:
    return stix2.IPv6Address(value=ip) if ":" in ip else stix2.IPv4Address(value=ip)


def _when(row: Detection) -> dict[str, Any]:
    return {"created": row.first_seen, "modified": row.last_seen}


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(_SPACE, f'{kind}/{name}')}"

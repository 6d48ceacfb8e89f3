"""Which detections are one subscriber's? The key under which weeks of addresses become one lead."""

from __future__ import annotations

from dataclasses import dataclass

from collector.faults import CollectorError
from collector.registry.addresses import is_inner
from collector.resolve.models import Attribution
from collector.resolve.units import normal_name


@dataclass(frozen=True, slots=True)
class Named:
    """Who mined, as far as a source knows: the surest name that is there makes the key."""

    uscc: str = ""
    subscriber: str = ""
    unit_name: str = ""
    ip: str = ""
    place: str = ""
    """Division code. A unit's sites in different counties are different leads: different people check them."""
    sensor_id: str = ""
    """Which sensor saw it; a private address says nothing beyond it."""


def named(attribution: Attribution) -> Named:
    """Who a session is attributed to."""
    event, unit = attribution.event, attribution.organisation
    return Named(
        uscc=attribution.uscc or (unit.uscc or "" if unit else ""),
        subscriber=attribution.subscriber,
        unit_name=attribution.unit_name,
        ip=event.miner_ip,
        place=attribution.division_code,
        sensor_id=event.sensor.sensor_id,
    )


def lead_key(who: Named) -> str:
    """What makes two sessions one lead: the unit's code, else the subscriber's account, else name, else address."""
    if who.uscc:
        return f"unit:{who.uscc}@{who.place}"
    if who.subscriber:
        return f"subscriber:{who.subscriber}"
    if who.unit_name:
        return f"unit:{normal_name(who.unit_name)}@{who.place}"
    if not who.ip:
        raise CollectorError(
            "lead: nobody is named; give an address, a unit or a subscriber", "线索：未写明是谁；请给出地址、单位或账号"
        )
    return f"ip:{who.ip}" + (f"@{who.sensor_id}" if is_inner(who.ip) else "")

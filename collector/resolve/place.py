"""Where is the unit: which address, and which division?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collector.ingest.models import Detection
from collector.registry.models import Organisation
from collector.resolve.fuse import Judgement
from collector.resolve.holding import Claim


@dataclass(frozen=True, slots=True)
class Place:
    """An address (may be empty) and a division code."""

    address: str
    division_code: str


def place_of(event: Detection, judgement: Judgement) -> Place:
    """From the records that speak for the unit, else the registry, else the sensor that saw it."""
    sensor_division = event.sensor.division_code
    if judgement.winner is None:
        return Place("", _common_division(judgement) or sensor_division)
    claims = [one.claim for one in judgement.winner.members]
    registered = _registered(claims)
    address = _first(claim.address for claim in claims) or registered.address
    division = _first(claim.division_code for claim in claims) or registered.division_code
    return Place(address, division or sensor_division)


def _common_division(judgement: Judgement) -> str:
    """The division that all rivals, or all hints, name; nothing when they differ."""
    groups = judgement.rivals or judgement.groups
    codes = {one.claim.division_code for group in groups for one in group.members if one.claim.division_code}
    return codes.pop() if len(codes) == 1 else ""


def _registered(claims: Iterable[Claim]) -> Place:
    found = next((claim.organisation_id for claim in claims if claim.organisation_id is not None), None)
    unit = Organisation.objects.filter(pk=found).first() if found is not None else None
    if unit is None:
        return Place("", "")
    site = unit.sites.order_by("pk").first()
    address = unit.address or (site.address if site else "")
    return Place(address, unit.division_code or (site.division_code if site else ""))


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")

"""What is in a list of sites? Places of known units, with the electricity meter (户号) that feeds each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.faults import CellFault, Fault, RowFault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.ownership import UNIT_COLUMNS, read_uscc
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch, Organisation, Site

COLUMNS = (
    Column("unit_name", ("单位名称", "企业名称", "单位", "unit", "organisation", "organization", "company")),
    Column("meter_no", ("户号", "用电户号", "电力户号", "meter", "meter no", "account no"), max_chars=40),
    Column("longitude", ("经度", "lon", "lng")),
    Column("latitude", ("纬度", "lat")),
    *UNIT_COLUMNS,
)
_ROWS = 500


@dataclass(frozen=True, slots=True)
class Place:
    """One row read."""

    row_no: int
    uscc: str
    unit_name: str
    address: str
    division_code: str
    meter_no: str
    longitude: float | None
    latitude: float | None


def _read(row: Row, defaults: Defaults) -> Place:
    place = Place(
        row_no=row.number,
        uscc=read_uscc(row),
        unit_name=row.text("unit_name"),
        division_code=row.parse("division_code", cells.division_code) or "",
        meter_no=row.text("meter_no"),
        longitude=row.parse("longitude", lambda text: _degrees(text, 180.0)),
        latitude=row.parse("latitude", lambda text: _degrees(text, 90.0)),
        address=row.need("address", str),
    )
    if not (place.uscc or place.unit_name):
        row.text("unit_name")
        raise CellFault(Fault.EMPTY)
    return place


def _degrees(text: str, most: float) -> float:
    try:
        found = float(text)
    except ValueError:
        raise CellFault(Fault.NO_NUMBER, text) from None
    if not -most <= found <= most:
        raise CellFault(Fault.NO_NUMBER, text)
    return found


def _store(batch: ImportBatch, places: Sequence[Place]) -> list[RowFault]:
    units = _units(places)
    known = {
        (site.organisation_id, site.address): site for site in Site.objects.filter(organisation__in=units.values())
    }
    fresh, refused = [], []
    for place in places:
        unit = units.get(place.uscc or place.unit_name)
        if unit is None:
            refused.append(RowFault(place.row_no, "unit_name", Fault.UNKNOWN_UNIT, place.uscc or place.unit_name))
            continue
        site = known.get((unit.pk, place.address))
        if site is None:
            fresh.append(Site(organisation=unit, address=place.address, **_told(place)))
        else:
            change(batch, site, {name: value for name, value in _told(place).items() if value not in ("", None)})
    note_created(batch, Site.objects.bulk_create(fresh, batch_size=_ROWS))
    return refused


def _told(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in ("division_code", "meter_no", "longitude", "latitude")}


def _units(places: Sequence[Place]) -> dict[str, Organisation]:
    """By code, and by name where a row has no code and one unit alone bears the name."""
    codes = {place.uscc for place in places if place.uscc}
    names = {place.unit_name for place in places if not place.uscc}
    found = {str(unit.uscc): unit for unit in Organisation.objects.filter(uscc__in=codes)}
    by_name: dict[str, list[Organisation]] = {}
    for unit in Organisation.objects.filter(name__in=names):
        by_name.setdefault(unit.name, []).append(unit)
    return found | {name: units[0] for name, units in by_name.items() if len(units) == 1}


def _key(place: Place) -> Hashable:
    return place.uscc or place.unit_name, place.address


KIND = Kind(ImportKind.SITES, COLUMNS, _read, _store, _key)

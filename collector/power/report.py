"""How is a suspect told: as a row for machines, and as a sentence per reason for people?"""

from __future__ import annotations

from typing import Any

from ninja import Schema

from collector.power.choices import Feature
from collector.power.judging import Judged
from collector.power.reasons import Reason
from collector.registry.choices import Nature
from collector.text import bilingual

_DIGITS = {Feature.DAYS: 0, Feature.MEAN_KW: 1}


class SuspectOut(Schema):
    """One meter; energies in kWh of the days asked for."""

    meter_no: str = ""
    unit: str = ""
    address: str = ""
    division: str = ""
    first: str = ""
    last: str = ""
    kwh: float | None = None
    features: dict[str, float] = {}
    reasons: list[str] = []
    leads: list[str] = []
    check: str = ""
    estimated_low_kwh: float | None = None
    estimated_high_kwh: float | None = None


def row_of(judged: Judged) -> dict[str, Any]:
    """A suspect as plain data."""
    curve, site, comparison = judged.curve, judged.site, judged.comparison
    # A home's name and address are shown to nobody who has not asked for them with a reason.
    named = site if site and site.organisation.nature != Nature.RESIDENT else None
    return {
        "meter_no": curve.meter_no,
        "unit": named.organisation.name if named else "",
        "address": named.address if named else "",
        "division": site.division_code if site else "",
        "first": curve.first.isoformat(),
        "last": curve.last.isoformat(),
        "kwh": round(curve.kwh, 3),
        "features": {feature.value: round(value, 4) for feature, value in sorted(curve.features.items())},
        "reasons": [told(reason) for reason in judged.reasons],
        "leads": [lead.no for lead in judged.leads],
        "check": comparison.verdict.value,
        "estimated_low_kwh": comparison.low_kwh,
        "estimated_high_kwh": comparison.high_kwh,
    }


def told(reason: Reason) -> str:
    """A reason as a sentence: what, how much, against which bounds."""
    digits = _DIGITS.get(reason.feature, 3)
    name = str(reason.feature.label)
    if reason.value is None:
        return str(bilingual(f"{name}：读数不足以计算", f"{name}: the readings do not bear it"))
    bounds = _bounds(reason.least, reason.most, digits)
    value = f"{reason.value:.{digits}f}"
    verdict = bilingual("符合", "met") if reason.is_met else bilingual("不符合", "not met")
    return str(bilingual(f"{name} {value}（规则 {bounds}）：{verdict}", f"{name} {value} (rule {bounds}): {verdict}"))


def bounds_told(feature: str, least: float | None, most: float | None) -> str:
    """A rule as words: what, and within which bounds."""
    which = Feature(feature)
    return f"{which.label} {_bounds(least, most, _DIGITS.get(which, 3))}"


def _bounds(least: float | None, most: float | None, digits: int) -> str:
    parts = (f"≥ {least:.{digits}f}" if least is not None else "", f"≤ {most:.{digits}f}" if most is not None else "")
    return ", ".join(part for part in parts if part) or "—"

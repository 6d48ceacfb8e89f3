"""Does the energy estimated from hash rate stand beside the meter's, for the same unit and the same days?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from jiaxing import moment

from collector.cases.services import update_leads
from collector.power.models import MeterReading
from collector.power.suspects import judge
from collector.registry.models import Organisation, Site
from collector.resolve.services import resolve_pending

Make = Callable[..., Any]
FIRST, LAST = date(2026, 11, 16), date(2026, 11, 22)
USCC = "91330402MA2B00002A"

pytestmark = pytest.mark.usefixtures("divisions")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (6_000.0, 8_000.0, "fits"),
        (100.0, 6_000.0, "fits"),
        (7_300.0, 7_400.0, "fits"),
        (7_400.0, 9_000.0, "exceeds"),
        (100.0, 500.0, "small-part"),
        (None, None, "unknown"),
    ],
)
def test_check(detect: Make, own: Make, low: float | None, high: float | None, verdict: str) -> None:
    unit = Organisation.objects.create(name="甲公司", uscc=USCC, division_code="330402")
    Site.objects.create(organisation=unit, address="中环南路1号", division_code="330402", meter_no="A")
    own("line-ledger", "203.0.113.9", organisation=unit, unit_name=unit.name, uscc=USCC, division_code="330402")
    energy = {"low": low, "value": low, "high": high, "hours": 168.0, "basis": "power × time"}
    said = {"energy_kwh": energy if low else None, "counted_in": None}
    detect("203.0.113.9", "2026-11-16 00:00", "2026-11-22 23:59:59", **said)
    detect("203.0.113.9", "2026-11-17", "2026-11-18", session="by proxy", energy_kwh=energy, counted_in="0" * 32)
    for day in range(7):
        start = moment("2026-11-16") + timedelta(days=day)
        MeterReading.objects.create(meter_no="A", start=start, minutes=1440, kwh=1000)
    resolve_pending()
    update_leads()
    (judged,) = judge("330402", FIRST, LAST)
    assert [lead.uscc for lead in judged.leads] == [USCC]
    assert (judged.comparison.verdict, judged.comparison.meter_kwh) == (verdict, 7000)
    assert judged.comparison.low_kwh == (pytest.approx(low) if low else None)

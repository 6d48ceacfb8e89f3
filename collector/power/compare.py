"""Does the energy estimated from hash rate fit what the meter counted?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from collector.cases.models import Lead, LeadSession
from collector.ingest.models import Detection
from collector.power.choices import Plausibility
from collector.power.features import Curve
from collector.registry.imports.cells import SHANGHAI

TOLERANCE = 1.05
"""A meter is this exact at worst (class 2, and the readings' times): more than that above it cannot be."""
SMALL_PART = 0.1
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both energies of the same days, in kWh; the estimate as bounds."""

    verdict: Plausibility
    meter_kwh: float
    low_kwh: float | None = None
    high_kwh: float | None = None


def compare(leads: Sequence[Lead], curve: Curve) -> Comparison:
    """The leads' estimated energy on the curve's days beside the meter's."""
    bounds = estimated_kwh([lead.pk for lead in leads], *_span(curve)) if leads else None
    if bounds is None:
        return Comparison(Plausibility.UNKNOWN, curve.kwh)
    low, high = bounds
    if low > curve.kwh * TOLERANCE:
        verdict = Plausibility.EXCEEDS
    elif high < curve.kwh * SMALL_PART:
        verdict = Plausibility.SMALL_PART
    else:
        verdict = Plausibility.FITS
    return Comparison(verdict, curve.kwh, low, high)


def estimated_kwh(lead_ids: Sequence[int], start: datetime, end: datetime) -> tuple[float, float] | None:
    """Bounds of the energy of these leads' sessions between two moments; None where no session bears an estimate."""
    sums: list[tuple[float, float]] = []
    ids = sorted(LeadSession.objects.filter(lead_id__in=lead_ids).values_list("detection_id", flat=True))
    for at in range(0, len(ids), _CHUNK):
        sums.extend(_estimates(ids[at : at + _CHUNK], start, end))
    return (sum(low for low, _ in sums), sum(high for _, high in sums)) if sums else None


def _estimates(ids: list[str], start: datetime, end: datetime) -> list[tuple[float, float]]:
    """What was said of each session last; of one that reaches beyond the span, the span's part of its time."""
    events = Detection.objects.filter(detection_id__in=ids, first_seen__lt=end, last_seen__gte=start)
    found = []
    for _, group in groupby(events.order_by("detection_id", "last_seen", "pk"), key=lambda one: one.detection_id):
        event = list(group)[-1]
        energy = event.body.get("energy_kwh")
        # A session that its proxy carries on is counted there.
        if energy and not event.body.get("counted_in"):
            part = _part(event, start, end)
            found.append((energy["low"] * part, energy["high"] * part))
    return found


def _part(event: Detection, start: datetime, end: datetime) -> float:
    whole = event.last_seen - event.first_seen
    within = min(event.last_seen, end) - max(event.first_seen, start)
    return min(max(within / whole, 0.0), 1.0) if whole else 1.0


def _span(curve: Curve) -> tuple[datetime, datetime]:
    start = datetime.combine(curve.first, datetime.min.time(), SHANGHAI)
    return start, datetime.combine(curve.last + timedelta(days=1), datetime.min.time(), SHANGHAI)

"""Does the energy estimated from hash rate fit what the meter counted?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models.fields.json import KeyTextTransform

from collector.cases.models import Lead, LeadSession
from collector.power.choices import Plausibility
from collector.power.features import Curve
from collector.registry.imports.cells import SHANGHAI

TOLERANCE = 1.05
"""A meter is this exact at worst (class 2, and the readings' times): more than that above it cannot be."""
SMALL_PART = 0.1
_COLUMNS = ("lead", "first_seen", "last_seen", "energy_low_kwh", "energy_high_kwh", "counted_in")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both energies of the same days, in kWh; the estimate as bounds."""

    verdict: Plausibility
    meter_kwh: float
    low_kwh: float | None = None
    high_kwh: float | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """One session of a lead, and the bounds of what all of it took."""

    first_seen: datetime
    last_seen: datetime
    low_kwh: float
    high_kwh: float

    def part(self, start: datetime, end: datetime) -> float:
        """How much of its time lies between two moments, from 0 to 1."""
        whole = self.last_seen - self.first_seen
        within = min(self.last_seen, end) - max(self.first_seen, start)
        return min(max(within / whole, 0.0), 1.0) if whole else 1.0


def ran(lead_ids: Sequence[int], first: date, last: date) -> dict[int, list[Ran]]:
    """By lead, the sessions on these days that bear an estimate; one question for all leads."""
    start, end = span(first, last)
    rows = LeadSession.objects.filter(
        lead__in=lead_ids,
        first_seen__lt=end,
        last_seen__gte=start,
        energy_low_kwh__isnull=False,
        energy_high_kwh__isnull=False,
    )
    # In one order: the same sessions have to add up to the same last digit, or they would be news.
    told = rows.order_by("pk").annotate(counted_in=KeyTextTransform("counted_in", "attribution__event__body"))
    found: dict[int, list[Ran]] = defaultdict(list)
    for lead, began, ended, low, high, counted_in in told.values_list(*_COLUMNS) if lead_ids else ():
        # A session that its proxy carries on is counted there. What is null in the document, SQLite tells as a word.
        if counted_in in (None, "", "null") and low is not None and high is not None:
            found[lead].append(Ran(began, ended, low, high))
    return found


def compare(leads: Sequence[Lead], curve: Curve, known: Mapping[int, Sequence[Ran]]) -> Comparison:
    """The leads' estimated energy on the curve's days beside the meter's; ``known``: of ``ran`` on those days."""
    start, end = span(curve.first, curve.last)
    then = [one for lead in leads for one in known.get(lead.pk, ()) if one.first_seen < end and one.last_seen >= start]
    if not then:
        return Comparison(Plausibility.UNKNOWN, curve.kwh)
    low = sum(one.low_kwh * one.part(start, end) for one in then)
    high = sum(one.high_kwh * one.part(start, end) for one in then)
    if low > curve.kwh * TOLERANCE:
        verdict = Plausibility.EXCEEDS
    elif high < curve.kwh * SMALL_PART:
        verdict = Plausibility.SMALL_PART
    else:
        verdict = Plausibility.FITS
    return Comparison(verdict, curve.kwh, low, high)


def span(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment of a day until before the one after the last, in China."""
    start = datetime.combine(first, datetime.min.time(), SHANGHAI)
    return start, datetime.combine(last + timedelta(days=1), datetime.min.time(), SHANGHAI)

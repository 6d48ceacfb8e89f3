"""What is thought of a set of meters: their reasons, whose they are, which leads are there? Asked for all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import QuerySet

from collector.cases.models import Lead
from collector.power.compare import Comparison, Ran, compare, ran, span
from collector.power.features import Curve, Interval, curve_of
from collector.power.models import MeterReading, PowerRule
from collector.power.reasons import Reason, Rule, are_met, in_force, reasons_of
from collector.registry.imports.cells import SHANGHAI
from collector.registry.models import Site

AT_ONCE = 500
"""Meters in one set: a handful of questions to the database for each."""
_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A meter, its reasons, whose it is, and which leads are there."""

    curve: Curve
    reasons: tuple[Reason, ...]
    site: Site | None
    leads: tuple[Lead, ...]
    comparison: Comparison

    @property
    def is_suspect(self) -> bool:
        """Every rule that the readings bear is met, and the two that a day's sums bear are among them."""
        return are_met(self.reasons)


def rules_on(day: date) -> list[Rule]:
    """The newest rule in force on a day for each feature."""
    return in_force(PowerRule.objects.all(), day)


def curves(meter_nos: Sequence[str], first: date, last: date) -> Iterator[Curve]:
    """The load curves of these meters that have readings on the days, by number."""
    rows = readings(first, last).filter(meter_no__in=meter_nos).order_by("meter_no", "start")
    columns = rows.values_list("meter_no", "start", "minutes", "kwh").iterator(_ROWS)
    for meter_no, of_meter in groupby(columns, key=lambda row: row[0]):
        told = [Interval(at.astimezone(SHANGHAI), minutes, kwh) for _, at, minutes, kwh in of_meter]
        curve = curve_of(meter_no, told)
        if curve is not None:
            yield curve


def readings(first: date, last: date) -> QuerySet[MeterReading]:
    """Readings that begin on these days."""
    start, end = span(first, last)
    return MeterReading.objects.filter(start__gte=start, start__lt=end)


def judged(found: Sequence[Curve], rules: Sequence[Rule]) -> list[Judged]:
    """These curves under these rules, in their order."""
    sites = sites_of([curve.meter_no for curve in found])
    return [
        Judged(curve, reasons_of(rules, curve), sites.get(curve.meter_no), leads, comparison)
        for curve, (leads, comparison) in zip(found, compared(found, sites), strict=True)
    ]


def compared(found: Sequence[Curve], sites: dict[str, Site]) -> list[tuple[tuple[Lead, ...], Comparison]]:
    """Of each curve the leads at its meter's site, and how their estimate stands to it."""
    leads = leads_of(sites.values())
    there = [leads.get(site.pk, ()) if (site := sites.get(curve.meter_no)) else () for curve in found]
    ids = sorted({lead.pk for of_meter in there for lead in of_meter})
    known: dict[int, list[Ran]] = {}
    if ids:
        known = ran(ids, min(curve.first for curve in found), max(curve.last for curve in found))
    return [(of_meter, compare(of_meter, curve, known)) for curve, of_meter in zip(found, there, strict=True)]


def sites_of(meter_nos: Sequence[str]) -> dict[str, Site]:
    """Where each meter stands, as far as it is known; what was registered last counts."""
    rows = Site.objects.filter(meter_no__in=[no for no in meter_nos if no]).select_related("organisation")
    return {site.meter_no: site for site in rows.order_by("pk")}


def leads_of(sites: Iterable[Site]) -> dict[int, tuple[Lead, ...]]:
    """By site, the leads of its unit in the same division: by credit code, else by name."""
    there = list(sites)
    by_unit: dict[tuple[str, str], list[Lead]] = defaultdict(list)
    for lead in _leads_of_units(there):
        by_unit[_unit(lead.uscc, lead.unit_name)].append(lead)
    found = {}
    for site in there:
        of_unit = by_unit.get(_unit(site.organisation.uscc or "", site.organisation.name), ())
        here = [lead for lead in of_unit if site.division_code in ("", lead.division_code)]
        found[site.pk] = tuple(here)
    return found


def _leads_of_units(sites: Sequence[Site]) -> Iterator[Lead]:
    codes = {site.organisation.uscc for site in sites if site.organisation.uscc}
    names = {site.organisation.name for site in sites if not site.organisation.uscc}
    if codes:
        yield from Lead.objects.filter(uscc__gt="", uscc__in=codes).order_by("no")
    if names:
        yield from Lead.objects.filter(uscc="", unit_name__in=names).order_by("no")


def _unit(uscc: str, name: str) -> tuple[str, str]:
    return (uscc, "") if uscc else ("", name)

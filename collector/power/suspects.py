"""Which meters look like mining on any days, and why? Reckoned when asked; a page's weeks are in ``weeks.py``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice

from collector.power.choices import Feature
from collector.power.features import Curve
from collector.power.judging import AT_ONCE, Judged, curves, judged, readings, rules_on, sites_of
from collector.power.reasons import are_met, reasons_of
from collector.registry.divisions import subtree_prefix
from collector.registry.models import Site


def suspects(division_code: str, first: date, last: date) -> list[Judged]:
    """The suspects among the meters of a division, the strongest power first; ``last`` is the last day."""
    rules, found = rules_on(last), []
    for part in _curves(division_code, first, last):
        # Leads and estimates are asked for where the readings are suspicious: nearly all meters are not.
        found += judged([curve for curve in part if are_met(reasons_of(rules, curve))], rules)
    return sorted(found, key=lambda one: (-one.curve.features[Feature.MEAN_KW], one.curve.meter_no))


def judge(division_code: str, first: date, last: date) -> Iterator[Judged]:
    """Every meter of a division with readings on these days. Meters that belong to no site are the country's alone."""
    rules = rules_on(last)
    for part in _curves(division_code, first, last):
        yield from judged(part, rules)


def kwh_of(meter_no: str, first: date, last: date) -> tuple[float, int] | None:
    """Metered energy of a meter and the days it is for; None without readings."""
    curve = next(curves([meter_no], first, last), None) if meter_no else None
    return (curve.kwh, int(curve.features[Feature.DAYS])) if curve else None


def _curves(division_code: str, first: date, last: date) -> Iterator[list[Curve]]:
    prefix = subtree_prefix(division_code)
    meter_nos = _registered(prefix) if prefix else _read(first, last)
    while part := list(islice(meter_nos, AT_ONCE)):
        sites = sites_of(part)
        here = [no for no in part if not prefix or sites[no].division_code.startswith(prefix)]
        yield list(curves(here, first, last))


def _registered(prefix: str) -> Iterator[str]:
    """Numbers at the division's sites."""
    rows = Site.objects.filter(division_code__startswith=prefix).exclude(meter_no="").order_by("meter_no")
    return rows.values_list("meter_no", flat=True).distinct().iterator()


def _read(first: date, last: date) -> Iterator[str]:
    """Numbers with readings."""
    rows = readings(first, last).order_by("meter_no")
    return rows.values_list("meter_no", flat=True).distinct().iterator()

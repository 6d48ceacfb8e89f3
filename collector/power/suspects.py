"""Which meters look like mining, and why? Every rule in force is shown with the value that met it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Q

from collector.cases.models import Lead
from collector.power.choices import Feature
from collector.power.compare import Comparison, compare
from collector.power.features import Curve, Interval, curve_of, finest
from collector.power.models import MeterReading, PowerRule
from collector.registry.divisions import subtree_prefix
from collector.registry.imports.cells import SHANGHAI
from collector.registry.models import Site

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule and the value it was held against; ``value`` None: the readings do not bear the feature."""

    feature: Feature
    value: float | None
    least: float | None
    most: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether the value lies within the rule's bounds; None where there is no value."""
        if self.value is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


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
        return _are_met(self.reasons)


def suspects(division_code: str, first: date, last: date) -> list[Judged]:
    """The suspects among the meters of a division, the strongest power first; ``last`` is the last day."""
    rules = list(_rules(last))
    # Leads and estimates are asked for where the readings are suspicious: nearly all meters are not.
    curves = ((curve, site) for curve, site in _curves(division_code, first, last) if _are_met(_reasons(rules, curve)))
    found = [_judged(curve, rules, site) for curve, site in curves]
    return sorted(found, key=lambda one: (-one.curve.features[Feature.MEAN_KW], one.curve.meter_no))


def judge(division_code: str, first: date, last: date) -> Iterator[Judged]:
    """Every meter of a division with readings on these days. Meters that belong to no site are the country's alone."""
    rules = list(_rules(last))
    for curve, site in _curves(division_code, first, last):
        yield _judged(curve, rules, site)


def judge_one(meter_no: str, site: Site | None, first: date, last: date) -> tuple[Judged, list[Interval]] | None:
    """One meter and the readings it was judged by; None without readings on these days."""
    readings = list(_readings(first, last, meter_no))
    curve = curve_of(meter_no, readings)
    return (_judged(curve, list(_rules(last)), site), finest(readings)) if curve else None


def kwh_of(meter_no: str, first: date, last: date) -> tuple[float, int] | None:
    """Metered energy of a meter and the days it is for; None without readings."""
    curve = curve_of(meter_no, list(_readings(first, last, meter_no))) if meter_no else None
    return (curve.kwh, int(curve.features[Feature.DAYS])) if curve else None


def leads_at(site: Site) -> tuple[Lead, ...]:
    """The leads of a site's unit in the same division: by credit code, else by name."""
    unit = site.organisation
    is_unit = Q(uscc=unit.uscc) if unit.uscc else Q(unit_name=unit.name, uscc="")
    found = Lead.objects.filter(is_unit).order_by("no")
    return tuple(found.filter(division_code=site.division_code) if site.division_code else found)


def _curves(division_code: str, first: date, last: date) -> Iterator[tuple[Curve, Site | None]]:
    prefix = subtree_prefix(division_code)
    sites = {site.meter_no: site for site in _sites(prefix)}
    for meter_no, readings in _by_meter(first, last):
        site = sites.get(meter_no)
        curve = curve_of(meter_no, readings) if site or not prefix else None
        if curve is not None:
            yield curve, site


def _are_met(reasons: Sequence[Reason]) -> bool:
    borne = [reason for reason in reasons if reason.is_met is not None]
    known = {reason.feature for reason in borne}
    needed = {reason.feature for reason in reasons} - {Feature.NIGHT_DAY}
    return bool(borne) and needed <= known and all(reason.is_met for reason in borne)


def _reasons(rules: Sequence[PowerRule], curve: Curve) -> tuple[Reason, ...]:
    return tuple(_reason(rule, curve) for rule in rules)


def _judged(curve: Curve, rules: Sequence[PowerRule], site: Site | None) -> Judged:
    leads = leads_at(site) if site else ()
    return Judged(curve, _reasons(rules, curve), site, leads, compare(leads, curve))


def _sites(prefix: str) -> Iterator[Site]:
    sites = Site.objects.exclude(meter_no="").select_related("organisation").order_by("pk")
    return (sites.filter(division_code__startswith=prefix) if prefix else sites).iterator(chunk_size=_CHUNK)


def _rules(day: date) -> Iterator[PowerRule]:
    """The newest rule in force for each feature."""
    rows = PowerRule.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)
    for _, group in groupby(rows.order_by("feature", "-valid_from"), key=lambda rule: rule.feature):
        yield next(group)


def _by_meter(first: date, last: date) -> Iterator[tuple[str, Sequence[Interval]]]:
    for meter_no, group in groupby(_named(first, last), key=lambda pair: pair[0]):
        yield meter_no, [reading for _, reading in group]


def _named(first: date, last: date) -> Iterator[tuple[str, Interval]]:
    start, end = _span(first, last)
    rows = MeterReading.objects.filter(start__gte=start, start__lt=end).order_by("meter_no", "start")
    for meter_no, at, minutes, kwh in rows.values_list("meter_no", "start", "minutes", "kwh").iterator(_CHUNK):
        yield meter_no, Interval(at, minutes, kwh)


def _readings(first: date, last: date, meter_no: str) -> Iterator[Interval]:
    start, end = _span(first, last)
    rows = MeterReading.objects.filter(meter_no=meter_no, start__gte=start, start__lt=end).order_by("start")
    for at, minutes, kwh in rows.values_list("start", "minutes", "kwh"):
        yield Interval(at, minutes, kwh)


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    start = datetime.combine(first, datetime.min.time(), SHANGHAI)
    return start, datetime.combine(last + timedelta(days=1), datetime.min.time(), SHANGHAI)


def _reason(rule: PowerRule, curve: Curve) -> Reason:
    feature = Feature(rule.feature)
    return Reason(feature, curve.features.get(feature), rule.least, rule.most)

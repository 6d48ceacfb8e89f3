"""What is shown of a meter: whose it is, why it is suspicious, its load, and whether the estimate fits it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q
from django.utils.safestring import SafeString

from collector.accounts.scope import Scope, within
from collector.cases.models import Lead
from collector.console.charts import Bar
from collector.console.curve import Band, Load, load_curve
from collector.console.ranked import ranked
from collector.lists.masking import mask_address, mask_name
from collector.lists.week import CHINA
from collector.power.choices import Feature, Plausibility
from collector.power.features import Interval
from collector.power.models import MeterReading
from collector.power.report import told
from collector.power.suspects import Judged, Reason
from collector.registry.choices import Nature
from collector.registry.models import Site
from collector.text import bilingual

DAYS_OFFERED = 14
MAX_DAYS = 92
MAX_READINGS = 400_000
"""Readings judged while a person waits; more are judged by the command."""


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day looked at."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Told:
    """One reason, and whether the rule was met (None: the readings do not bear it)."""

    text: str
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class Meter:
    """A judged meter as a page shows it; a resident's name and house number are masked."""

    no: str
    unit: str
    address: str
    division: str
    mean_kw: float
    kwh: float
    is_suspect: bool
    reasons: tuple[Told, ...]
    leads: tuple[Lead, ...]
    plausibility: str
    is_odd: bool
    """Whether the estimate is more than the meter can have counted."""
    low_kwh: float | None
    high_kwh: float | None


def asked_days(first: str, last: str, today: date) -> Days:
    """The days of a URL; without any the two weeks up to the newest reading. Never more than ``MAX_DAYS``."""
    end = _day(last) or _newest() or today
    start = _day(first) or end - timedelta(days=DAYS_OFFERED - 1)
    return Days(min(max(start, end - timedelta(days=MAX_DAYS - 1)), end), end)


def is_too_much(days: Days) -> bool:
    """Whether judging these days would keep a person waiting."""
    start = _midnight(days.first)
    rows = MeterReading.objects.filter(start__gte=start, start__lt=_midnight(days.last + timedelta(days=1)))
    return rows[: MAX_READINGS + 1].count() > MAX_READINGS


def site_of(meter_no: str, scope: Scope) -> Site | None:
    """Where the meter stands, if that lies in the scope's divisions."""
    sites = Site.objects.filter(within("division_code", scope), meter_no=meter_no).select_related("organisation")
    return sites.order_by("pk").last()


def meter_of(judged: Judged, visible: Q) -> Meter:
    """The meter in words; of its leads those that are ``visible``."""
    curve, site, comparison = judged.curve, judged.site, judged.comparison
    is_home = site is not None and site.organisation.nature == Nature.RESIDENT
    name, address = (site.organisation.name, site.address) if site else ("", "")
    seen = set(Lead.objects.filter(visible, pk__in=[one.pk for one in judged.leads]).values_list("pk", flat=True))
    return Meter(
        no=curve.meter_no,
        unit=mask_name(name) if is_home else name,
        address=mask_address(address) if is_home else address,
        division=site.division_code if site else "",
        mean_kw=curve.features[Feature.MEAN_KW],
        kwh=curve.kwh,
        is_suspect=judged.is_suspect,
        reasons=tuple(_told(reason) for reason in judged.reasons),
        leads=tuple(one for one in judged.leads if one.pk in seen),
        plausibility=str(comparison.verdict.label),
        is_odd=comparison.verdict is Plausibility.EXCEEDS,
        low_kwh=comparison.low_kwh,
        high_kwh=comparison.high_kwh,
    )


def strongest(meters: Sequence[Meter], links: Sequence[str]) -> SafeString:
    """Mean power of the meters, each leading to its page."""
    series = [
        Bar(label=f"{one.unit or one.no}", value=one.mean_kw, told=f"{one.mean_kw:.1f} kW", href=href)
        for one, href in zip(meters, links, strict=True)
    ]
    return ranked(series, str(bilingual("平均功率", "Mean power")))


def curve_picture(judged: Judged, readings: Sequence[Interval]) -> SafeString:
    """The load over the days; the estimate from hash rate as a band of mean power, where there is one."""
    title = bilingual(f"户号 {judged.curve.meter_no} 的负荷曲线（千瓦）", f"Load of meter {judged.curve.meter_no} (kW)")
    return load_curve([Load(one.start, one.minutes, one.kw) for one in readings], str(title), _band(judged))


def _band(judged: Judged) -> Band | None:
    curve, comparison = judged.curve, judged.comparison
    if comparison.low_kwh is None or comparison.high_kwh is None:
        return None
    hours = 24 * ((curve.last - curve.first).days + 1)
    low, high = comparison.low_kwh / hours, comparison.high_kwh / hours
    said = bilingual(
        f"按算力估算的平均功率 {low:.1f}–{high:.1f} 千瓦", f"Mean power by hash rate: {low:.1f}–{high:.1f} kW"
    )
    return Band(low, high, str(said))


def _told(reason: Reason) -> Told:
    return Told(told(reason), reason.is_met)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), CHINA)


def _newest() -> date | None:
    last = MeterReading.objects.aggregate(last=Max("start"))["last"]
    return last.astimezone(CHINA).date() if last else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None

"""What is shown of a judged meter: whose it is, why it is suspicious, its load, and whether the estimate fits it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.safestring import SafeString

from collector.accounts.scope import Scope, within
from collector.cases.models import Lead
from collector.console.charts import Bar
from collector.console.curve import Band, Load, load_curve
from collector.console.ranked import ranked
from collector.lists.masking import mask_address, mask_name
from collector.lists.week import Week
from collector.power.choices import Plausibility
from collector.power.judging import rules_on
from collector.power.models import MeterWeek
from collector.power.reasons import Reason, Rule, digest_of
from collector.power.report import bounds_told, told
from collector.power.weeks import readings_of, reasons_in
from collector.power.windows import last_day
from collector.registry.choices import Nature
from collector.text import bilingual

WEEKS_OFFERED = 26
_BARS = 15


@dataclass(frozen=True, slots=True)
class Told:
    """One reason, and whether the rule was met (None: the readings do not bear it)."""

    text: str
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a week is judged: ``stale`` rows wait for the job, because rules have changed since."""

    meters: int
    suspects: int
    stale: int
    read_until: date | None
    judged_from: datetime | None
    judged_until: datetime | None
    rules: tuple[str, ...]


def visible(scope: Scope) -> QuerySet[MeterWeek]:
    """The judged meters of a scope's divisions; one that belongs to no site is the country's alone."""
    return MeterWeek.objects.filter(within("division_code", scope)).select_related("site__organisation")


def weeks_judged(rows: QuerySet[MeterWeek]) -> list[Week]:
    """The weeks that are judged, newest first."""
    mondays = rows.order_by("-monday").values_list("monday", flat=True).distinct()[:WEEKS_OFFERED]
    return [Week(*monday.isocalendar()[:2]) for monday in mondays]


def week_of_row(row: MeterWeek) -> Week:
    """The week that a meter was judged for."""
    return Week(*row.monday.isocalendar()[:2])


def standing(rows: QuerySet[MeterWeek], week: Week) -> Standing:
    """What is there of a week, and by which rules; two questions to the database."""
    rules = rules_on(last_day(week.monday))
    sums = rows.filter(monday=week.monday).aggregate(
        meters=Count("pk"),
        suspects=Count("pk", filter=Q(is_suspect=True)),
        stale=Count("pk", filter=~Q(rules=digest_of(rules))),
        read_until=Max("last"),
        judged_from=Min("judged_at"),
        judged_until=Max("judged_at"),
    )
    return Standing(**sums, rules=tuple(map(_rule, rules)))


def unit_of(row: MeterWeek) -> str:
    """The unit's name; a resident's is masked."""
    if row.site is None:
        return ""
    name = row.site.organisation.name
    return mask_name(name) if _is_home(row) else name


def address_of(row: MeterWeek) -> str:
    """Where the meter stands; a resident's house number is masked."""
    if row.site is None:
        return ""
    return mask_address(row.site.address) if _is_home(row) else row.site.address


def is_odd(row: MeterWeek) -> bool:
    """Whether the estimate is more than the meter can have counted."""
    return row.verdict == Plausibility.EXCEEDS


def estimate(row: MeterWeek) -> str:
    """Bounds of the energy by hash rate, in kWh."""
    return "" if row.low_kwh is None or row.high_kwh is None else f"{row.low_kwh:.0f}–{row.high_kwh:.0f}"


def reasons_told(row: MeterWeek) -> list[Told]:
    """Every rule with the value that was held against it."""
    return [_told(reason) for reason in reasons_in(row)]


def leads_by_key(rows: Sequence[MeterWeek]) -> Mapping[int, str]:
    """The numbers of the leads at these meters; one question for all."""
    keys = {key for row in rows for key in row.leads}
    return dict(Lead.objects.filter(pk__in=keys).values_list("pk", "no")) if keys else {}


def strongest(rows: QuerySet[MeterWeek], link: Callable[[MeterWeek], str]) -> SafeString:
    """Mean power of the first, each leading to its page."""
    series = [
        Bar(
            label=unit_of(row) or row.meter_no,
            value=row.mean_kw,
            told=f"{row.mean_kw:.1f} kW",
            href=link(row),
        )
        for row in rows[:_BARS]
    ]
    return ranked(series, str(bilingual("平均功率", "Mean power")))


def curve_picture(row: MeterWeek) -> SafeString:
    """The load over the days it was judged by; where there is an estimate from hash rate, its mean power as a band."""
    title = bilingual(f"户号 {row.meter_no} 的负荷曲线（千瓦）", f"Load of meter {row.meter_no} (kW)")
    return load_curve([Load(one.start, one.minutes, one.kw) for one in readings_of(row)], str(title), _band(row))


def judged_of(meter_nos: Sequence[str]) -> dict[str, str]:
    """By number, how a meter was judged last, in a few words; one question, none for no meter."""
    rows = MeterWeek.objects.filter(meter_no__in=meter_nos).order_by("monday") if meter_nos else ()
    return {row.meter_no: _in_short(row) for row in rows}


def _in_short(row: MeterWeek) -> str:
    week, verdict, mean = week_of_row(row), Plausibility(row.verdict).label, f"{row.mean_kw:.1f}"
    state = bilingual("可疑", "suspicious") if row.is_suspect else bilingual("未达到全部规则", "not every rule is met")
    return str(
        bilingual(
            f"{week} 判定：{state}，平均功率 {mean} 千瓦，与算力估算：{verdict}",
            f"judged for {week}: {state}, mean power {mean} kW, against hash rate: {verdict}",
        )
    )


def _band(row: MeterWeek) -> Band | None:
    if row.low_kwh is None or row.high_kwh is None:
        return None
    hours = 24 * ((row.last - row.first).days + 1)
    low, high = row.low_kwh / hours, row.high_kwh / hours
    said = bilingual(
        f"按算力估算的平均功率 {low:.1f}–{high:.1f} 千瓦", f"Mean power by hash rate: {low:.1f}–{high:.1f} kW"
    )
    return Band(low, high, str(said))


def _is_home(row: MeterWeek) -> bool:
    return row.site is not None and row.site.organisation.nature == Nature.RESIDENT


def _told(reason: Reason) -> Told:
    return Told(told(reason), reason.is_met)


def _rule(rule: Rule) -> str:
    return bounds_told(rule.feature, rule.least, rule.most)

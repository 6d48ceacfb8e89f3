"""Which columns and filters has the list of judged meters?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from collector.console.lead_filters import divisions_of, of_division
from collector.console.meters import (
    address_of,
    estimate,
    is_odd,
    leads_by_key,
    unit_of,
    visible,
    week_of_row,
    weeks_judged,
)
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options, division_column
from collector.faults import CollectorError
from collector.lists.week import parse_week
from collector.power.choices import Feature, Plausibility
from collector.power.models import MeterWeek
from collector.registry.choices import Nature
from collector.text import bilingual

_LEADS = "_leads"
SUSPECT = "suspect"


def link_of(row: MeterWeek) -> str:
    """The meter's page, for the week."""
    return f"{reverse('console:meter', args=[row.meter_no])}?week={week_of_row(row)}"


def _prepare(rows: Sequence[MeterWeek]) -> None:
    """The numbers of the leads there: one question for a page."""
    known = leads_by_key(rows)
    for row in rows:
        setattr(row, _LEADS, [known[key] for key in row.leads if key in known])


def _leads(row: MeterWeek) -> list[str]:
    return cast("list[str]", getattr(row, _LEADS, []))


def _leads_told(row: MeterWeek) -> str:
    return ", ".join(_leads(row)) or "—"


def _leads_link(row: MeterWeek) -> str:
    """The lead; where there are more, what finds all of them."""
    found = _leads(row)
    if not found:
        return ""
    if len(found) == 1 or row.site is None:
        return reverse("console:lead", args=[found[0]])
    unit = row.site.organisation
    return f"{reverse('console:leads')}?{urlencode({'q': unit.uscc or unit.name})}"


def _feature(row: MeterWeek, feature: Feature, digits: int) -> str:
    value = row.features.get(feature.value)
    return "—" if value is None else f"{value:.{digits}f}"


def _in_week(rows: QuerySet[MeterWeek], text: str) -> QuerySet[MeterWeek]:
    try:
        return rows.filter(monday=parse_week(text).monday)
    except CollectorError:
        return rows


def _in_state(rows: QuerySet[MeterWeek], state: str) -> QuerySet[MeterWeek]:
    return rows.filter(is_suspect=True) if state == SUSPECT else rows


def _in_division(rows: QuerySet[MeterWeek], code: str) -> QuerySet[MeterWeek]:
    return rows.filter(of_division(code))


def _fitting(rows: QuerySet[MeterWeek], verdict: str) -> QuerySet[MeterWeek]:
    return rows.filter(verdict=verdict)


def _like(rows: QuerySet[MeterWeek], text: str) -> QuerySet[MeterWeek]:
    """By number, unit or address; a home is found by its number alone."""
    place = Q(site__organisation__name__icontains=text) | Q(site__address__icontains=text)
    return rows.filter(Q(meter_no=text) | place & ~Q(site__organisation__nature=Nature.RESIDENT))


def _weeks(person: Viewer) -> Options:
    return [(str(week), str(week)) for week in weeks_judged(visible(person.reads))]


def _states(_person: Viewer) -> Options:
    return [(SUSPECT, str(bilingual("可疑", "Suspicious")))]


def _verdicts(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Plausibility.choices]


_VERDICT: Column[MeterWeek] = Column(
    "verdict",
    bilingual("结论", "Verdict"),
    lambda row: bilingual("可疑", "Suspicious") if row.is_suspect else bilingual("未达到", "Not met"),
    "tag",
    tone=lambda row: "doubt" if row.is_suspect else "",
    shown=False,
)
LISTING: Listing[MeterWeek] = Listing(
    name="electricity",
    title=bilingual("用电异常", "Electricity"),
    columns=(
        Column("meter", bilingual("户号", "Meter"), lambda row: row.meter_no, "code", sort="meter_no", href=link_of),
        Column("unit", bilingual("单位", "Unit"), lambda row: unit_of(row) or "—"),
        Column("address", bilingual("地址", "Address"), lambda row: address_of(row) or "—"),
        division_column(lambda row: row.division_code, shown=False),
        _VERDICT,
        Column(
            "mean", bilingual("平均功率(kW)", "Mean kW"), lambda row: f"{row.mean_kw:.1f}", "number", sort="mean_kw"
        ),
        Column("kwh", bilingual("电量(kWh)", "kWh"), lambda row: f"{row.kwh:.0f}", "number", sort="kwh"),
        Column(
            "load",
            bilingual("负荷率", "Load"),
            lambda row: _feature(row, Feature.LOAD_FACTOR, 3),
            "number",
            sort="features__load-factor",
        ),
        Column("night", bilingual("夜昼比", "Night to day"), lambda row: _feature(row, Feature.NIGHT_DAY, 3), "number"),
        Column(
            "variation",
            bilingual("变异系数", "Variation"),
            lambda row: _feature(row, Feature.VARIATION, 3),
            "number",
            shown=False,
        ),
        Column("days", bilingual("天数", "Days"), lambda row: _feature(row, Feature.DAYS, 0), "number", shown=False),
        Column("leads", bilingual("线索", "Leads"), _leads_told, "mono", href=_leads_link),
        Column(
            "fits",
            bilingual("与算力估算", "Against hash rate"),
            lambda row: Plausibility(row.verdict).label,
            "tag",
            tone=lambda row: "doubt" if is_odd(row) else "",
        ),
        Column("estimate", bilingual("估算(kWh)", "Estimate (kWh)"), lambda row: estimate(row) or "—", "number"),
        Column("judged", bilingual("判定时间", "Judged"), lambda row: row.judged_at, "time", shown=False),
    ),
    filters=(
        Filter("q", bilingual("关键词", "Words"), _like, hint=bilingual("户号、单位、地址", "Meter, unit, address")),
        Filter("week", bilingual("周次", "Week"), _in_week, _weeks),
        Filter("division", bilingual("区划", "Division"), _in_division, divisions_of),
        Filter("state", bilingual("结论", "Verdict"), _in_state, _states),
        Filter("fits", bilingual("与算力估算", "Against hash rate"), _fitting, _verdicts, is_rare=True),
    ),
    order=("-mean_kw", "meter_no"),
    empty=bilingual(
        "本周没有符合条件的户号。规则见上；未登记到单位场所的户号不在区划之内。",
        "No meter fits in this week. The rules are above; a meter that belongs to no site lies in no division.",
    ),
    template="console/electricity.html",
    prepare=_prepare,
)
ALL: Listing[MeterWeek] = replace(
    LISTING, columns=tuple(replace(one, shown=one.shown or one is _VERDICT) for one in LISTING.columns)
)
"""The same where not only suspects are shown."""

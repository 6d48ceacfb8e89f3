"""How does a bulletin look on the screen? Its paragraphs, and its figures as pictures that lead to their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils.safestring import SafeString

from collector.bulletin.models import Snapshot
from collector.bulletin.render.figures import INDICATORS, energy, is_at, name_of, overview, percent
from collector.bulletin.render.weekly import level_of, parts
from collector.console.charts import Bar, Tile, bars, shades, tiles
from collector.console.language import reader_lang
from collector.console.lead_filters import ALONE, NOWHERE, PUBLIC
from collector.console.links import leads_link
from collector.console.ranked import ranked
from collector.lists.week import Week, parse_week
from collector.text import Lang, bilingual

WEEKS_SHOWN = 12
_TOP = 12
_TILES = 40
_MAX_VERSIONS = 20
_KNOWS_NONE = frozenset({"division", "coin", "algorithm"})
_FILTERS = {"city": "division", "county": "division", "coin": "coin", "pool": "pool", "algorithm": "algorithm"}
"""Which filter of the leads a breakdown's values go into; the others have the breakdown's own name."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator: this week's value and the rows behind it, last week's, the change, and what it means."""

    name: str
    now: str
    before: str
    change: str
    meaning: str
    href: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the bulletin: its paragraph, and a picture per table."""

    heading: str
    text: str
    pictures: tuple[tuple[str, SafeString], ...]


def figures_of(snapshot: Snapshot, former: Snapshot | None) -> list[Figure]:
    """The indicators as the documents have them."""
    rows = overview(snapshot, former, reader_lang()).rows
    week, ours = parse_week(snapshot.week), {"division": snapshot.division_code}
    href = leads_link(week, filters=ours)
    public = leads_link(week, filters=ours | {"nature": PUBLIC})
    links = {"public": public}
    return [
        Figure(name, now, before, change, meaning, links.get(key, href))
        for key, (name, now, before, change, meaning) in zip(INDICATORS, rows, strict=True)
    ]


def sections(snapshot: Snapshot, former: Snapshot | None) -> list[Section]:
    """The documents' paragraphs in their order, with pictures where those have tables."""
    lang, level = reader_lang(), level_of(snapshot)
    drawn = (
        (),
        (_breakdown(snapshot, "algorithm", lang), _energy(snapshot, lang)),
        tuple(_breakdown(snapshot, name, lang) for name in (level, "coin", "pool", "nature")),
        (_clearance(snapshot, level, lang),),
    )
    told = parts(snapshot, former, lang)
    return [Section(part.heading, part.text, pictures) for part, pictures in zip(told, drawn, strict=True)]


def trend(snapshot: Snapshot) -> SafeString:
    """Mining addresses week by week, from the newest snapshot of each; a bar leads to that week's bulletin."""
    rows = _newest(snapshot)
    said = str(bilingual("{} 个IP，{} 条线索", "{} addresses, {} leads"))
    series = [
        Bar(
            label=row["week"][5:],
            value=row["total"]["ips"],
            told=said.format(row["total"]["ips"], row["total"]["leads"]),
            tone="" if row["number"] != snapshot.number else "here",
            href=reverse("console:bulletin", args=[row["number"]]),
        )
        for row in rows
    ]
    return bars(series, str(bilingual("每周挖矿IP数", "Mining addresses per week")))


def weeks_until(week: Week) -> list[Week]:
    """The weeks that end with this one, oldest first."""
    found = [week]
    while len(found) < WEEKS_SHOWN:
        found.append(found[-1].former())
    return found[::-1]


def _newest(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Number and sums of each week's newest snapshot up to this one's week, oldest first."""
    wanted = [str(week) for week in weeks_until(parse_week(snapshot.week))]
    rows = (
        Snapshot.objects.filter(division_code=snapshot.division_code, week__in=wanted)
        .annotate(total=KeyTransform("total", "indicators"))
        .order_by("-week", "-version")
        .values("week", "number", "total")[: WEEKS_SHOWN * _MAX_VERSIONS]
    )
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        newest.setdefault(row["week"], dict(row))
    if snapshot.week in newest:
        newest[snapshot.week] = newest[snapshot.week] | {
            "number": snapshot.number,
            "total": snapshot.indicators["total"],
        }
    return list(newest.values())[::-1]


def _breakdown(snapshot: Snapshot, name: str, lang: Lang) -> tuple[str, SafeString]:
    title = _TITLES[name]
    found = sorted(snapshot.indicators[name].items(), key=lambda pair: (-pair[1]["ips"], pair[0]))[:_TOP]
    week, filter_name = parse_week(snapshot.week), _FILTERS.get(name, name)
    series = [
        Bar(
            label=name_of(name, value, snapshot, lang),
            value=sums["ips"],
            told=f"{sums['ips']:,}",
            href=_behind(week, snapshot.division_code, filter_name, _place(name, value)),
        )
        for value, sums in found
    ]
    return str(title), ranked(series, str(title))


def _behind(week: Week, division: str, filter_name: str, value: str) -> str:
    """The leads of one value, or of none where a filter finds what nobody knows."""
    if not value and filter_name not in _KNOWS_NONE:
        return ""
    value = value or NOWHERE
    return leads_link(week, filters={"division": division, filter_name: value})


def _place(name: str, value: str) -> str:
    """What is only known to the division above is found in that alone."""
    is_above = name in ("city", "county") and value and not is_at(name, value)
    return f"{value}{ALONE}" if is_above else value


def _energy(snapshot: Snapshot, lang: Lang) -> tuple[str, SafeString]:
    found = [
        (value, sums["kwh_per_day"])
        for value, sums in snapshot.indicators["algorithm"].items()
        if sums["kwh_per_day"]["high"] > 0
    ]
    series = [
        Bar(
            label=name_of("algorithm", value, snapshot, lang),
            value=bounds["value"],
            told=energy(bounds, lang),
            href=_behind(parse_week(snapshot.week), snapshot.division_code, "algorithm", value),
        )
        for value, bounds in sorted(found, key=lambda pair: -pair[1]["value"])[:_TOP]
    ]
    title = str(bilingual("日耗电量（下限–上限）", "Energy a day (low–high)"))
    return title, ranked(series, title)


def _clearance(snapshot: Snapshot, level: str, lang: Lang) -> tuple[str, SafeString]:
    """A tile per division: the darker, the more of its leads are cleared."""
    rows = _divisions(snapshot.indicators["clearance"][level], level)
    marks = shades([round(sums["percent"] or 0) for _, sums in rows])
    week = parse_week(snapshot.week)
    series = [
        Tile(
            label=name_of(level, code, snapshot, lang),
            value=sums["closed"],
            href=leads_link(week, filters={"division": code}),
            shade=shade,
            told=f"{percent(sums['percent'])} · {sums['closed']}/{sums['listed']}",
        )
        for (code, sums), shade in zip(rows, marks, strict=True)
    ]
    title = str(bilingual("清零率（已清零/线索数）", "Cleared share (cleared/leads)"))
    return title, tiles(series, title)


def _divisions(found: Mapping[str, Mapping[str, Any]], level: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
    named = [(code, sums) for code, sums in found.items() if code and is_at(level, code)]
    return sorted(named, key=lambda pair: (-(pair[1]["percent"] or 0), -pair[1]["listed"], pair[0]))[:_TILES]


_TITLES = {
    "algorithm": bilingual("按算法（IP数）", "By algorithm (addresses)"),
    "coin": bilingual("按币种（IP数）", "By coin (addresses)"),
    "pool": bilingual("按矿池（IP数）", "By pool (addresses)"),
    "city": bilingual("按设区市（IP数）", "By city (addresses)"),
    "county": bilingual("按县（市、区）（IP数）", "By county (addresses)"),
    "nature": bilingual("按单位性质（IP数）", "By nature of the unit (addresses)"),
}

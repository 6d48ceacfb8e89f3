"""What needs this person now? This week against last, where the leads are, how they are located, how sensors are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models.fields.json import KeyTransform
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString

from collector.bulletin.models import Snapshot
from collector.bulletin.render.figures import energy, rates
from collector.console import figures
from collector.console.access import page, viewer
from collector.console.charts import Bar, Tile, bars, shades, tiles
from collector.console.days import by_day
from collector.console.heat import calendar
from collector.console.language import reader_lang
from collector.console.lead_filters import tile_of
from collector.console.links import cases_link, leads_link, place_links
from collector.console.navigation import menu
from collector.console.pages import sensors, tip_offs
from collector.console.pages.lists import asked_week, weeks
from collector.console.places import Places, places_for
from collector.console.scope import Viewer
from collector.console.work import clearance_by_county, open_tip_offs, work_of
from collector.lists.divisions import DivisionTree
from collector.lists.hashrate import hash_rate_text
from collector.lists.week import CHINA, Week, week_of
from collector.text import bilingual

_TILES = 40


@page("GET")
def overview(request: HttpRequest) -> HttpResponse:
    """One week of the person's divisions, this one unless asked otherwise. Who has none begins with their own work."""
    person, now = viewer(request), timezone.now()
    if not person.reads:
        return _own_work(request, person)
    week = asked_week(request.GET.get("week", ""), week_of(now))
    row = list(reversed([week_of(week.start - timedelta(weeks=back)) for back in range(12)]))
    counts = figures.by_week(row, person.reads)
    sums = figures.of_week(week, person.reads)
    tree = DivisionTree(now.astimezone(CHINA).date())
    called = places_for(person, tree.by_code)
    views = sensors.views_of(sensors.visible(person.reads), now) if person.is_office else []
    is_clearance = request.GET.get("map") == "clearance"
    context = {
        "week": week,
        "weeks": weeks(now),
        "this": counts[-1],
        "last": counts[-2],
        "place": sums.place,
        "relapsed": sums.relapsed,
        "energy": sums.energy,
        "rates": [hash_rate_text(bounds) for bounds in figures.rates_of(week, person.reads)],
        "chart": _weekly(counts),
        "map": _clearance(person, called)
        if is_clearance
        else _map(figures.by_division(week, person.reads), called, week),
        "is_clearance": is_clearance,
        "is_office": person.is_office,
        "days": _days(row, person, now),
        "work": work_of(person.reads, week, now),
        "tip_offs": open_tip_offs(tip_offs.visible(person.reads)) if person.is_office else 0,
        "frozen": _frozen(week, person),
        "sensors": Counter(view.state.name for view in views),
        "ailing": [view for view in views if view.state is not sensors.State.WELL][:10],
        "places": [tree.name(code) for code in person.reads.roots],
        "leads": leads_link(week),
        "place_links": place_links(week),
    }
    return render(request, "console/overview.html", context)


def _own_work(request: HttpRequest, person: Viewer) -> HttpResponse:
    """A carrier's requests, an administrator's first page; a person without a role is told whom to ask."""
    first = next((entry for entry, _ in menu(person, "overview")), None)
    return redirect(f"console:{first.name}") if first else render(request, "console/no_role.html")


def _weekly(counts: Sequence[figures.WeekFigures]) -> SafeString:
    said = str(bilingual("{} 条线索，其中新增 {}", "{} leads, {} of them new"))
    return bars(
        [
            Bar(
                label=f"W{one.week.number:02d}",
                value=one.active,
                told=said.format(one.active, one.new),
                href=leads_link(one.week),
            )
            for one in counts
        ],
        str(bilingual("每周线索", "Leads per week")),
    )


def _days(row: list[Week], person: Viewer, now: datetime) -> SafeString:
    today, title = now.astimezone(CHINA).date(), str(bilingual("每日活跃线索", "Active leads by day"))
    return calendar(row, by_day(row, person.reads), today, lambda day: leads_link(day=day), title)


def _frozen(week: Week, person: Viewer) -> dict[str, str] | None:
    """Hash rate and energy of the week as the newest bulletin of the person's first division has them."""
    rows = Snapshot.objects.filter(week=str(week), division_code__in=person.reads.roots[:1]).order_by("-version")
    found = rows.annotate(total=KeyTransform("total", "indicators")).values("number", "total").first()
    if found is None:
        return None
    total = found["total"]
    energies = energy(total["kwh_per_day"], reader_lang())
    return {"number": found["number"], "hashrate": rates(total), "energy": energies}


def _clearance(person: Viewer, called: Places) -> SafeString:
    """A tile per county: the darker, the more of its cases are closed."""
    found = clearance_by_county(person.reads)
    rows = sorted(found.items(), key=lambda pair: (-pair[1].percent, pair[0]))[:_TILES]
    marks = shades([round(one.percent) for _, one in rows])
    drawn = [
        Tile(
            label=_named(code, called),
            value=one.closed,
            href=cases_link({"division": tile_of(code)}),
            shade=shade,
            told=f"{one.percent:.0f}% · {one.closed}/{one.total}",
        )
        for (code, one), shade in zip(rows, marks, strict=True)
    ]
    return tiles(drawn, str(bilingual("各区县案件销号率", "Share of cases closed by county")))


def _named(code: str, called: Places) -> str:
    """A city's tile is what is known to the city only."""
    if not code:
        return str(bilingual("无区划", "No division"))
    name = called.name(code)
    return str(bilingual(f"{name}本级", f"{name} only")) if code.endswith("00") else name


def _map(counts: Counter[str], called: Places, week: Week) -> SafeString:
    rows: list[tuple[str, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_TILES]
    drawn: Any = zip(rows, shades([count for _, count in rows]), strict=True)
    return tiles(
        [
            Tile(
                label=_named(code, called),
                value=count,
                href=leads_link(week, filters={"division": tile_of(code)}),
                shade=shade,
            )
            for (code, count), shade in drawn
        ],
        str(bilingual("本周线索分布", "Where the week's leads are")),
    )

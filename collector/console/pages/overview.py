"""What needs this person now? This week against last, where the leads are, how they are located, how sensors are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from collector.console import figures
from collector.console.access import page, viewer
from collector.console.charts import Bar, Tile, bars, shades, tiles
from collector.console.pages import sensors
from collector.console.pages.lists import asked_week, weeks
from collector.lists.divisions import DivisionTree
from collector.lists.week import CHINA, Week, week_of
from collector.resolve.choices import Status
from collector.text import bilingual


@page("GET")
def overview(request: HttpRequest) -> HttpResponse:
    """One week of the person's divisions, this one unless asked otherwise. A carrier begins with its requests."""
    person, now = viewer(request), timezone.now()
    if person.carriers and not person.reads:
        return redirect("console:traces")
    week = asked_week(request.GET.get("week", ""), week_of(now))
    row = list(reversed([week_of(week.start - timedelta(weeks=back)) for back in range(12)]))
    counts = figures.by_week(row, person.reads)
    sums = figures.of_week(week, person.reads)
    tree = DivisionTree(now.astimezone(CHINA).date())
    views = sensors.views_of(sensors.visible(person.reads), now) if person.is_office else []
    context = {
        "week": week,
        "weeks": weeks(now),
        "this": counts[-1],
        "last": counts[-2],
        "place": sums.place,
        "relapsed": sums.relapsed,
        "energy": sums.energy,
        "chart": _weekly(counts),
        "map": _map(figures.by_division(week, person.reads), tree, week),
        "sensors": Counter(view.state.name for view in views),
        "ailing": [view for view in views if view.state is not sensors.State.WELL][:10],
        "places": [tree.name(code) for code in person.reads.roots],
        "leads": f"{reverse('console:leads')}?{urlencode({'week': str(week)})}",
        "states": {one.name.lower(): one.value for one in Status},
        "may_see": bool(person.reads),
    }
    return render(request, "console/overview.html", context)


def _weekly(counts: Sequence[figures.WeekFigures]) -> SafeString:
    said = str(bilingual("{} 条线索，其中新增 {}", "{} leads, {} of them new"))
    return bars(
        [
            Bar(
                label=f"W{one.week.number:02d}",
                value=one.active,
                told=said.format(one.active, one.new),
                href=f"{reverse('console:leads')}?{urlencode({'week': str(one.week)})}",
            )
            for one in counts
        ],
        str(bilingual("每周线索", "Leads per week")),
    )


def _map(counts: Counter[str], tree: DivisionTree, week: Week) -> SafeString:
    rows: list[tuple[str, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:40]
    drawn: Any = zip(rows, shades([count for _, count in rows]), strict=True)
    return tiles(
        [
            Tile(
                label=tree.name(code) if code else str(bilingual("无区划", "No division")),
                value=count,
                href=f"{reverse('console:leads')}?{urlencode({'week': str(week), 'division': code})}",
                shade=shade,
            )
            for (code, count), shade in drawn
        ],
        str(bilingual("本周线索分布", "Where the week's leads are")),
    )

"""Which days were bad? A calendar of weeks from left to right, Monday on top, darker where there was more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from collector.console.charts import shades
from collector.lists.week import Week
from collector.text import bilingual

_CELL_W, _CELL_H, _GAP, _LEFT, _TOP = 44, 24, 4, 34, 24
_WEEKDAYS = (
    bilingual("一", "Mon"),
    bilingual("二", "Tue"),
    bilingual("三", "Wed"),
    bilingual("四", "Thu"),
    bilingual("五", "Fri"),
    bilingual("六", "Sat"),
    bilingual("日", "Sun"),
)


def calendar(
    weeks: list[Week], counts: Mapping[date, int], today: date, href: Callable[[date], str], title: str
) -> SafeString:
    """The days of ``weeks``, oldest first; a day with something links to it, a day to come is left out."""
    if not weeks:
        return mark_safe("")
    days = [(place, week.monday + timedelta(days=one)) for place, week in enumerate(weeks) for one in range(7)]
    days = [(place, day) for place, day in days if day <= today]
    marks = shades([counts.get(day, 0) for _, day in days])
    drawn = format_html_join(
        "",
        "{}",
        ((_day(place, day, counts.get(day, 0), mark, href),) for (place, day), mark in zip(days, marks, strict=True)),
    )
    return format_html(
        '<svg class="chart calendar" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}</svg>',
        _LEFT + len(weeks) * (_CELL_W + _GAP) - _GAP,
        _TOP + 7 * (_CELL_H + _GAP) - _GAP,
        title,
        format_html_join("", "{}", ((_head(place, week),) for place, week in enumerate(weeks))),
        format_html_join("", "{}", ((_side(place, str(name)),) for place, name in enumerate(_WEEKDAYS))),
        drawn,
    )


def _head(place: int, week: Week) -> SafeString:
    middle = _LEFT + place * (_CELL_W + _GAP) + _CELL_W / 2
    return format_html('<text class="label" x="{}" y="18">W{}</text>', f"{middle:.0f}", f"{week.number:02d}")


def _side(place: int, name: str) -> SafeString:
    y = _TOP + place * (_CELL_H + _GAP) + _CELL_H / 2 + 4
    return format_html('<text class="side" x="0" y="{}">{}</text>', f"{y:.0f}", name)


def _day(place: int, day: date, count: int, shade: int, href: Callable[[date], str]) -> SafeString:
    x, y = _LEFT + place * (_CELL_W + _GAP), _TOP + day.weekday() * (_CELL_H + _GAP)
    drawn = format_html(
        '<rect class="tile shade{}" x="{}" y="{}" width="{}" height="{}" rx="3"><title>{} · {}</title></rect>',
        *(shade, x, y, _CELL_W, _CELL_H, day.isoformat(), count),
    )
    if not count:
        return drawn
    number = format_html(
        '<text class="count shade{}" x="{}" y="{}">{}</text>', shade, x + _CELL_W // 2, y + _CELL_H // 2 + 4, count
    )
    return format_html('<a href="{}" aria-label="{}: {}">{}{}</a>', href(day), day.isoformat(), count, drawn, number)

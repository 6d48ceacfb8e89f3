"""Which days were bad? A calendar of weeks and weekdays, darker where there was more.

Its parts come week by week: the style sheet puts a week into a column where there is room, and into a row on a
telephone, so that a day is always large enough for a finger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from collector.console.charts import shades
from collector.lists.week import Week
from collector.text import bilingual

_LONG = 1_000
"""From here on a count is written smaller."""
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
    days = [week.monday + timedelta(days=one) for week in weeks for one in range(7)]
    marks = dict(zip(days, shades([counts.get(day, 0) if day <= today else 0 for day in days]), strict=True))
    parts = [_head(""), *(_head(str(name)) for name in _WEEKDAYS)]
    for week in weeks:
        parts.append(_head(f"W{week.number:02d}"))
        for day in (week.monday + timedelta(days=one) for one in range(7)):
            parts.append(_day(day, counts.get(day, 0), marks[day], href) if day <= today else mark_safe("<i></i>"))
    drawn = format_html_join("", "{}", ((part,) for part in parts))
    return format_html('<div class="calendar" role="group" aria-label="{}">{}</div>', title, drawn)


def _head(text: str) -> SafeString:
    return format_html("<b>{}</b>", text)


def _day(day: date, count: int, shade: int, href: Callable[[date], str]) -> SafeString:
    told = day.isoformat()
    if not count:
        return format_html('<i class="shade0" title="{} · 0"></i>', told)
    look = f"shade{shade} long" if count >= _LONG else f"shade{shade}"
    link = '<a href="{}" aria-label="{}: {}" class="{}" title="{} · {}">{}</a>'
    return format_html(link, href(day), told, count, look, told, count, count)

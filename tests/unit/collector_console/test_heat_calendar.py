"""Does the calendar of days hold each day once, in its place, as a link where there is something behind it?"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from collector.console.heat import calendar
from collector.lists.week import Week

WEEKS = [Week(2026, 46), Week(2026, 47)]
MONDAY = date(2026, 11, 9)
PART = re.compile(r"<(b|i|a)\b([^>]*)>([^<]*)</\1>")


def parts(counts: dict[date, int], today: date) -> list[tuple[str, str, str]]:
    return PART.findall(str(calendar(WEEKS, counts, today, lambda day: f"/leads/?day={day}", "days")))


def test_each_week_is_its_name_and_seven_days() -> None:
    found = parts({}, date(2026, 11, 22))
    assert [tag for tag, _, _ in found] == (["b"] * 8) + (["b"] + ["i"] * 7) * 2
    assert [text for tag, _, text in found if tag == "b"][8:] == ["W46", "W47"]
    titles = [re.findall(r'title="(\S+) · 0"', told)[0] for tag, told, _ in found if tag == "i"]
    assert titles == [str(MONDAY + timedelta(days=one)) for one in range(14)]


def test_a_day_to_come_keeps_its_place_and_says_nothing() -> None:
    found = parts({date(2026, 11, 22): 5}, date(2026, 11, 21))
    assert found[-1] == ("i", "", "")
    assert "2026-11-21" in found[-2][1]


@pytest.mark.parametrize(
    ("count", "look"), [(0, "shade0"), (1, "shade1"), (999, "shade4"), (1_000, "shade4 long"), (99_999, "shade4 long")]
)
def test_a_day_with_something_leads_to_it(count: int, look: str) -> None:
    day = date(2026, 11, 12)
    counts = {day: count, date(2026, 11, 13): 1_000 if count == 1 else 0}
    tag, told, text = next(part for part in parts(counts, date(2026, 11, 22)) if str(day) in part[1])
    assert f'class="{look}"' in told
    assert (tag, text) == (("a", str(count)) if count else ("i", ""))
    assert ('href="/leads/?day=2026-11-12"' in told) is bool(count)


def test_no_week_is_no_calendar() -> None:
    assert calendar([], {}, MONDAY, str, "days") == ""

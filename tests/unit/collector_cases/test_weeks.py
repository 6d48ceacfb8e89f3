"""Do the weeks of a lead say what its sessions say, however they came about?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from collector.cases.weeks import MAX_WEEKS, Ran, columns, weeks_of

MONDAY = datetime(2026, 11, 15, 16, tzinfo=UTC)
"""Monday 16 November 2026, 00:00 in China."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def ran(
    start_days: float, length_days: float, is_claim: bool = True, status: str = "auto", kwh: float | None = None
) -> Ran:
    first = MONDAY + start_days * DAY
    energy = (None, None) if kwh is None else (kwh, 2 * kwh)
    return Ran(first, first + length_days * DAY, is_claim, status, *energy)


def told(*sessions: Ran) -> dict[date, dict[str, object]]:
    by_end = sorted(sessions, key=lambda one: one.last_seen)
    first = min(one.first_seen for one in sessions)
    return {monday: columns(first, monday, sums) for monday, sums in weeks_of(by_end).items()}


THIS, NEXT = date(2026, 11, 16), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("sessions", "mondays", "days"),
    [
        ([ran(0, 0.5)], [THIS], 0b1),
        ([ran(-0.01, 0.02)], [date(2026, 11, 9), THIS], 0b1),
        ([ran(6.5, 1)], [THIS, NEXT], 0b1000000),
        ([ran(0, 0.5), ran(2, 0.5), ran(2.6, 0.1)], [THIS], 0b101),
        ([ran(0, 0.5, is_claim=False)], [], 0),
        ([ran(0, 0.5, is_claim=False), ran(3, 0.1)], [THIS], 0b1000),
        ([ran(0, 30)], [THIS, NEXT, date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)], 0b1111111),
    ],
)
def test_which_weeks_and_days(sessions: list[Ran], mondays: list[date], days: int) -> None:
    found = told(*sessions)
    assert sorted(found) == mondays
    assert found.get(THIS, {"days": 0})["days"] == days


@pytest.mark.parametrize(
    ("before", "is_new", "is_relapse"),
    [
        ([], True, False),
        ([ran(-3, 1)], False, False),
        ([ran(-3, 4)], False, False),
        ([ran(-29, 0.5)], False, True),
        ([ran(-28, 0.5)], False, True),
        ([ran(-27, 0.5)], False, False),
        ([ran(-60, 1), ran(-10, 1)], False, False),
        ([ran(-60, 1), ran(-10, 1, is_claim=False)], False, False),
        ([ran(-60, 1, is_claim=False)], False, True),
    ],
)
def test_new_or_relapsed(before: list[Ran], is_new: bool, is_relapse: bool) -> None:
    week = told(*before, ran(1, 0.5))[THIS]
    assert (week["is_new"], week["is_relapse"]) == (is_new, is_relapse)


def test_a_week_has_its_latest_status_and_the_energy_of_its_sessions() -> None:
    week = told(ran(0, 0.1, kwh=3), ran(1, 0.1, status="conflict", kwh=4), ran(0.5, 0.1), ran(20, 1, kwh=100))[THIS]
    assert week["status"] == "conflict"
    assert (week["energy_low_kwh"], week["energy_high_kwh"]) == (7, 14)
    assert told(ran(0, 0.1))[THIS]["energy_low_kwh"] is None


def test_a_clock_that_was_wrong_fills_no_table() -> None:
    found = weeks_of([Ran(datetime(1990, 1, 1, tzinfo=UTC), MONDAY + HOUR, True, "auto")])
    assert len(found) == MAX_WEEKS
    assert max(found) == THIS

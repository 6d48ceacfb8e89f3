"""Which days are worked in China? The imported calendar, else the published holidays, else the weekday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays

from collector.registry.parameters import CalendarDay

_FIRST_YEAR, _LAST_YEAR = min(holidays).year, max(holidays).year
MAX_DAYS = 3_660
"""How far a sum of working days may reach: ten years."""
_SATURDAY = 5


class Calendar:
    """The imported days, read once."""

    def __init__(self, days: Mapping[date, bool]) -> None:
        self._days = days

    @classmethod
    def load(cls) -> Calendar:
        """The calendar of this installation."""
        return cls(dict(CalendarDay.objects.values_list("day", "is_working")))

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day. Holidays of a year are known once the State Council has published them."""
        if day in self._days:
            return self._days[day]
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < _SATURDAY

    def add(self, day: date, working_days: int) -> date:
        """The day on which the given number of working days after ``day`` is over; 0 is ``day`` itself."""
        if not 0 <= working_days <= MAX_DAYS // 2:
            raise ValueError(f"{working_days} working days: give 0 to {MAX_DAYS // 2}")
        for _ in range(MAX_DAYS):
            if working_days == 0:
                return day
            day += timedelta(days=1)
            working_days -= self.is_working(day)
        raise ValueError("the calendar has too few working days; check the imported one")


def is_known(year: int) -> bool:
    """Whether the holidays of a year are published in the package; an office imports what is newer."""
    return bool(_FIRST_YEAR <= year <= _LAST_YEAR)

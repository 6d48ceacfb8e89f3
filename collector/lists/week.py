"""When does an ISO week begin and end for an office in China?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from collector.faults import CollectorError

CHINA = timezone(timedelta(hours=8), "UTC+08:00")
"""China keeps one time all year."""

_FORM = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO 8601 week, Monday 00:00 in China until before the next Monday 00:00."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.monday, datetime.min.time(), CHINA)

    @property
    def end(self) -> datetime:
        """The first moment of the next week."""
        return self.start + timedelta(days=7)

    def former(self) -> Week:
        """The week before."""
        return week_of(self.start - timedelta(days=1))


def parse_week(text: str) -> Week:
    """``2026-W47`` as a week; raises ``CollectorError``."""
    found = _FORM.fullmatch(text.strip().upper())
    try:
        if found is None:
            raise ValueError("wrong form")
        week = Week(int(found[1]), int(found[2]))
        _ = week.end
    except (ValueError, OverflowError):
        raise CollectorError(
            f"week {text!r}: is no ISO week; write year and week like 2026-W47", f"周次 {text!r}：写法不对；如 2026-W47"
        ) from None
    return week


def week_of(moment: datetime) -> Week:
    """The week that a moment lies in."""
    year, number, _ = moment.astimezone(CHINA).isocalendar()
    return Week(year, number)

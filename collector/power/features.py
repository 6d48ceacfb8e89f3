"""What does a load curve look like? Five numbers that anybody can work out again by hand."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from collector.power.choices import Feature
from collector.registry.imports.cells import SHANGHAI

DAY_MINUTES = 24 * 60
_NIGHT = frozenset({22, 23, 0, 1, 2, 3, 4, 5})
_WORK = frozenset(range(8, 20))


@dataclass(frozen=True, slots=True)
class Interval:
    """Energy of one interval; ``minutes`` long, in Asia/Shanghai days."""

    start: datetime
    """In Asia/Shanghai where there are many: what is there already need not be reckoned into it again and again."""
    minutes: int
    kwh: float

    @property
    def kw(self) -> float:
        """Mean power."""
        return self.kwh * 60 / self.minutes

    @property
    def day(self) -> date:
        """The day it began on."""
        return self.start.astimezone(SHANGHAI).date()

    @property
    def hour(self) -> int:
        """The hour it began in."""
        return self.start.astimezone(SHANGHAI).hour


@dataclass(frozen=True, slots=True)
class Curve:
    """What one meter's readings say. A feature that they do not bear is missing, never guessed."""

    meter_no: str
    first: date
    last: date
    kwh: float
    features: Mapping[Feature, float]


def curve_of(meter_no: str, readings: Sequence[Interval]) -> Curve | None:
    """The features of one meter; the finest intervals of each day count, so that no energy counts twice."""
    chosen = finest(readings)
    if not chosen:
        return None
    kwh = sum(reading.kwh for reading in chosen)
    minutes = sum(reading.minutes for reading in chosen)
    days = _whole_days(chosen)
    peak_kw = max(reading.kw for reading in chosen)
    mean_kw = kwh * 60 / minutes
    features = {Feature.DAYS: float(len(days)), Feature.MEAN_KW: mean_kw}
    if peak_kw > 0:
        features[Feature.LOAD_FACTOR] = mean_kw / peak_kw
    if len(days) > 1 and sum(days) > 0:
        features[Feature.VARIATION] = statistics.pstdev(days) / statistics.fmean(days)
    ratio = _night_day([reading for reading in chosen if reading.minutes < DAY_MINUTES])
    if ratio is not None:
        features[Feature.NIGHT_DAY] = ratio
    first, last = min(one.day for one in chosen), max(one.day for one in chosen)
    return Curve(meter_no, first, last, kwh, features)


def finest(readings: Sequence[Interval]) -> list[Interval]:
    """The shortest intervals of each day: a meter may tell a day's sum and its quarters."""
    shortest: dict[date, int] = {}
    for reading in readings:
        shortest[reading.day] = min(reading.minutes, shortest.get(reading.day, reading.minutes))
    return [reading for reading in readings if reading.minutes == shortest[reading.day]]


def _whole_days(readings: Sequence[Interval]) -> list[float]:
    """Energy of the days that have readings for all 24 hours: half a day is no dip of consumption."""
    sums: dict[date, tuple[int, float]] = {}
    for reading in readings:
        minutes, kwh = sums.get(reading.day, (0, 0.0))
        sums[reading.day] = minutes + reading.minutes, kwh + reading.kwh
    return [kwh for minutes, kwh in sums.values() if minutes >= DAY_MINUTES]


def _night_day(readings: Sequence[Interval]) -> float | None:
    night = [reading.kw for reading in readings if reading.hour in _NIGHT]
    work = [reading.kw for reading in readings if reading.hour in _WORK]
    if not night or not work or not sum(work):
        return None
    return statistics.fmean(night) / statistics.fmean(work)

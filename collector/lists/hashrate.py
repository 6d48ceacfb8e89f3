"""How much hash rate ran at once?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

_STEPS = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Run:
    """One session's estimated hash rate, bounds in ``unit`` (H/s, Sol/s, …)."""

    start: datetime
    end: datetime
    unit: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of a hash rate in ``unit``."""

    unit: str
    low: float
    high: float


def peaks(runs: Iterable[Run]) -> list[Bounds]:
    """Per unit, the most that ran at one moment: sessions at once add up, one after the other they do not."""
    by_unit: dict[str, list[Run]] = {}
    for run in runs:
        by_unit.setdefault(run.unit, []).append(run)
    return [_peak(unit, of_unit) for unit, of_unit in sorted(by_unit.items())]


def hash_rate_text(bounds: Bounds) -> str:
    """``1.20–1.80 TH/s``; both bounds share one prefix."""
    factor, sign = next(((step, sign) for step, sign in _STEPS if bounds.high >= step), (1.0, ""))
    return f"{bounds.low / factor:.3g}–{bounds.high / factor:.3g} {sign}{bounds.unit}"


def _peak(unit: str, runs: list[Run]) -> Bounds:
    starts = sorted({run.start for run in runs})
    sums = [_sum_at(moment, runs) for moment in starts]
    low, high = max(sums, key=lambda pair: pair[1])
    return Bounds(unit, low, high)


def _sum_at(moment: datetime, runs: list[Run]) -> tuple[float, float]:
    alive = [run for run in runs if run.start <= moment <= run.end]
    return sum(run.low for run in alive), sum(run.high for run in alive)

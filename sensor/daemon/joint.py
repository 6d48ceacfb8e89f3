"""What do several statements about one session amount to? Estimates joined over the times in which each part was seen.

Parts that were seen at the same time add up; parts one after the other are averaged, each with its time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sensor.model.wire import MAX_LIST, Detection, Energy, Fleet, HashRate, Interval, Power, ReportedRate, Role

WINDOW = timedelta(minutes=15)
HOUR_S = 3600.0
Span = tuple[datetime, datetime]


def joined_estimates(parts: Sequence[Detection], last: Detection) -> dict[str, Any]:
    """The fields that are estimates; ``last`` is the latest statement."""
    until = max(part.last_seen for part in parts)
    at_once = [part for part in parts if part.last_seen >= last.first_seen]
    return {
        "role": Role.PROXY if any(part.role is Role.PROXY for part in parts) else last.role,
        "hashrate": _rate(parts, until),
        "reported": _reported(at_once),
        "power_w": _power(parts),
        "energy_kwh": _energy(parts),
        "fleet": _fleet(at_once),
        "counted_in": last.counted_in or next((part.counted_in for part in parts if part.counted_in), None),
    }


def _rate(parts: Sequence[Detection], until: datetime) -> HashRate | None:
    """Other units than the first part's cannot be added."""
    rated = [(part, part.hashrate) for part in parts if part.hashrate is not None]
    alike = [(part, rate) for part, rate in rated if rate.unit == rated[0][1].unit]
    whole = _mean([(rate, (part.first_seen, part.last_seen)) for part, rate in alike])
    if whole is None:
        return None
    recent = _mean(
        [
            (rate.last_15m, (max(part.first_seen, until - WINDOW), part.last_seen))
            for part, rate in alike
            if rate.last_15m is not None and part.last_seen > until - WINDOW
        ]
    )
    first = alike[0][1]
    return HashRate(**whole.model_dump(), unit=first.unit, method=first.method, last_15m=recent)


def _power(parts: Sequence[Detection]) -> Power | None:
    told = [(part.power_w, (part.first_seen, part.last_seen)) for part in parts if part.power_w is not None]
    mean = _mean([*told])
    return None if mean is None else Power(**mean.model_dump(), basis=told[-1][0].basis)


def _mean(rows: Sequence[tuple[Interval, Span]]) -> Interval | None:
    """Each value times its time, over the time in which any of them was seen."""
    if not rows:
        return None
    if len(rows) == 1:
        one = rows[0][0]
        return Interval(value=one.value, low=one.low, high=one.high)
    whole_s = union_s([span for _, span in rows])
    # A part of one moment tells nothing of time: it weighs as little as can be.
    weights = [max((end - start).total_seconds(), 1e-6) / max(whole_s, 1e-6) for _, (start, end) in rows]

    def edge(read: Callable[[Interval], float]) -> float:
        return sum(read(one) * weight for (one, _), weight in zip(rows, weights, strict=True))

    low, value, high = edge(lambda one: one.low), edge(lambda one: one.value), edge(lambda one: one.high)
    return Interval(value=value, low=min(low, value), high=max(high, value))


def _energy(parts: Sequence[Detection]) -> Energy | None:
    told = [part.energy_kwh for part in parts if part.energy_kwh is not None]
    if not told:
        return None
    seen_s = union_s([(part.first_seen, part.last_seen) for part in parts if part.energy_kwh is not None])
    total = {name: sum(getattr(one, name) for one in told) for name in ("low", "value", "high")}
    hours = min(sum(one.hours for one in told), max(seen_s / HOUR_S, max(one.hours for one in told)))
    return Energy(**total, hours=hours, basis=told[-1].basis)


def _reported(parts: Sequence[Detection]) -> ReportedRate | None:
    told = [part.reported for part in parts if part.reported is not None]
    alike = [one for one in told if one.unit == told[0].unit]
    if not alike:
        return None
    return ReportedRate(value=sum(one.value for one in alike), unit=alike[0].unit, rigs=sum(one.rigs for one in alike))


def _fleet(parts: Sequence[Detection]) -> Fleet | None:
    """What one part counts may be counted by another: the largest count holds, and every name once."""
    told = [part.fleet for part in parts if part.fleet is not None]
    if not told:
        return None
    names = len({worker for part in parts for worker in part.workers})
    most = max(told, key=lambda fleet: fleet.low)
    low = max(most.low, names if names < MAX_LIST else 0)
    open_ended = any(fleet.high is None for fleet in told)
    high = None if open_ended else max(low, sum(fleet.high or 1 for fleet in told) + len(parts) - len(told))
    return Fleet(
        workers=max(names, *(fleet.workers for fleet in told)),
        sessions=sum(fleet.sessions for fleet in told) + len(parts) - len(told),
        low=low,
        high=high,
        basis=most.basis,
    )


def union_s(spans: Sequence[Span]) -> float:
    """How long any of the spans held, in seconds."""
    total, until = timedelta(), None
    for start, end in sorted(spans):
        begins = start if until is None else max(start, until)
        total += max(end - begins, timedelta())
        until = end if until is None else max(until, end)
    return total.total_seconds()

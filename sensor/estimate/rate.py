"""How fast does a session mine? The hash rate and its interval from the shares a pool took.

H = Σ hᵢ / T over the accepted shares, hᵢ the work in force when the share's job was issued, T the observed mining time.
The count of shares is Poisson, so its exact interval bounds H. Where the target changed, the sum is that of a scaled
Poisson variable of the same mean and variance (Bohm and Zech, 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

from sensor.estimate.algorithms import HASHES, Algorithm
from sensor.estimate.ledger import WorkLedger
from sensor.estimate.poisson import poisson_interval
from sensor.estimate.tally import NS, Stretch, Tally
from sensor.model.wire import HashRate, Interval, ReportedRate

METHOD = "accepted-shares"
MIN_MINED_NS = NS
"""Less mining time than a second tells no rate."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Work of the shares taken in a stretch of mining time."""

    shares: float
    work: float
    squares: float
    mined_s: float


def rate_of(ledger: WorkLedger, algorithm: Algorithm | None) -> HashRate | None:
    """The estimate for a session; None without an accepted share of known work."""
    whole = sum_of(ledger.whole, algorithm)
    if whole is None:
        return None
    bounds, recent = interval_of(whole), sum_of(ledger.window(), algorithm)
    return HashRate(
        value=bounds.value,
        low=bounds.low,
        high=bounds.high,
        unit=algorithm.unit if algorithm else HASHES,
        method=METHOD,
        last_15m=None if recent is None else interval_of(recent),
    )


def reported_of(ledger: WorkLedger, algorithm: Algorithm | None) -> ReportedRate | None:
    """What the rigs claim for themselves, added up; None when none does."""
    if not ledger.reported:
        return None
    unit = algorithm.unit if algorithm else HASHES
    return ReportedRate(value=sum(ledger.reported.values()), unit=unit, rigs=len(ledger.reported))


def sum_of(stretch: Stretch, algorithm: Algorithm | None) -> Sum | None:
    """The work of a stretch; None when it holds no share or some of unknown work, or no time."""
    scale = algorithm.difficulty_work if algorithm else None
    if stretch.scaled.count and scale is None:
        return None
    total = Tally()
    total.add(stretch.plain)
    if scale is not None:
        scaled = stretch.scaled
        total.add(Tally(scaled.count, scaled.total * scale, scaled.squares * scale * scale))
    if not total.count or stretch.mined_ns < MIN_MINED_NS:
        return None
    return Sum(total.count, total.total, total.squares, stretch.mined_ns / NS)


def interval_of(found: Sum) -> Interval:
    """Work per second with its 95 % bounds."""
    count, step = found.work**2 / found.squares, found.squares / found.work
    low, high = (bound * step / found.mined_s for bound in poisson_interval(count))
    value = found.work / found.mined_s
    return Interval(value=value, low=min(low, value), high=max(high, value))

"""With which numbers was the hash rate reckoned? Shares × work ÷ time, and the interval."""

from __future__ import annotations

from dataclasses import dataclass

from sensor.detect.session import MiningSession, algorithm_of_session
from sensor.estimate.algorithms import HASHES, Algorithm
from sensor.estimate.poisson import CONFIDENCE, poisson_interval
from sensor.estimate.rate import interval_of, sum_of
from sensor.estimate.tally import Stretch
from sensor.signature import SignatureSet


@dataclass(frozen=True, slots=True)
class Sums:
    """One stretch of mining. Rates are in the unit of the arithmetic, work in its hashes (or solutions, or graphs).

    ``events`` is the number of equal shares whose count would spread as much: less than ``shares`` where the target
    changed. ``count_low`` and ``count_high`` bound its mean; the rates' bounds are theirs × ``step`` ÷ time.
    """

    shares: float
    work: float
    mined_s: float
    events: float
    step: float
    count_low: float
    count_high: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How the estimate came about. ``whole`` is None where the wire does not tell, and ``missing`` says what of it."""

    algorithm: str | None
    unit: str
    difficulty_work: float | None
    """Work of a share of difficulty 1; None where the algorithm is not known or shares tell their work themselves."""
    scaled_shares: float
    scaled_difficulty: float
    plain_shares: float
    plain_work: float
    unmeasured_shares: int
    whole: Sums | None
    last_15m: Sums | None
    confidence: float
    missing: str | None
    """``no-accepted-share``, ``no-target``, ``no-algorithm`` or ``no-time``; None where there is an estimate."""


def arithmetic_of(session: MiningSession, signatures: SignatureSet) -> Arithmetic:
    """The sums behind the session's estimate."""
    ledger = session.facts.work
    algorithm = algorithm_of_session(session.facts, signatures)
    whole = _sums(ledger.whole, algorithm)
    plain, scaled = ledger.whole.plain, ledger.whole.scaled
    return Arithmetic(
        algorithm=algorithm.name if algorithm else None,
        unit=algorithm.unit if algorithm else HASHES,
        difficulty_work=algorithm.difficulty_work if algorithm and scaled.count else None,
        scaled_shares=scaled.count,
        scaled_difficulty=scaled.total,
        plain_shares=plain.count,
        plain_work=plain.total,
        unmeasured_shares=ledger.unmeasured,
        whole=whole,
        last_15m=_sums(ledger.window(), algorithm),
        confidence=CONFIDENCE,
        missing=None if whole else _missing(session, algorithm),
    )


def _sums(stretch: Stretch, algorithm: Algorithm | None) -> Sums | None:
    found = sum_of(stretch, algorithm)
    if found is None:
        return None
    events = found.work**2 / found.squares
    bounds, (low, high) = interval_of(found), poisson_interval(events)
    step = found.squares / found.work
    return Sums(found.shares, found.work, found.mined_s, events, step, low, high, bounds.value, bounds.low, bounds.high)


def _missing(session: MiningSession, algorithm: Algorithm | None) -> str:
    ledger = session.facts.work
    if not ledger.whole.plain.count + ledger.whole.scaled.count:
        return "no-target" if ledger.unmeasured else "no-accepted-share"
    needs_unit = ledger.whole.scaled.count and (algorithm is None or algorithm.difficulty_work is None)
    return "no-algorithm" if needs_unit else "no-time"

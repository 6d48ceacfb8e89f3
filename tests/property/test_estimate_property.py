"""Whatever the wire says, estimates neither raise nor leave their bounds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.estimate.algorithms import ALGORITHMS
from sensor.estimate.ledger import WorkLedger
from sensor.estimate.poisson import poisson_interval
from sensor.estimate.rate import rate_of
from sensor.estimate.work import MAX_WORK, Work, work_of
from sensor.signature import WorkForm

HEX = st.text("0123456789abcdefABCDEF", max_size=70)
VALUES = st.one_of(HEX, HEX.map("0x".__add__), st.text(max_size=80), st.integers(), st.floats(), st.booleans())
FACTS = st.dictionaries(st.sampled_from(["target", "difficulty", "algorithm"]), VALUES)
NS = 1_000_000_000


ROUNDING = 1 + 1e-9
"""Shares of a bucket are added up in floating point."""


@given(st.none() | st.sampled_from(list(WorkForm)), FACTS, st.none() | st.floats(1e-9, MAX_WORK))
def test_work_is_none_or_sane(form, facts, difficulty) -> None:
    work = work_of(form, facts, difficulty)
    assert work is None or (0 < work.amount <= MAX_WORK and math.isfinite(work.amount))


AMOUNTS = st.floats(1e-6, MAX_WORK)
STEPS = st.tuples(
    st.sampled_from(["start", "stop", "on", "share", "wait"]), st.integers(-(10**6), 10**13), AMOUNTS, st.booleans()
)


@given(st.lists(STEPS, max_size=60), st.sampled_from(ALGORITHMS))
def test_rate_is_none_or_ordered(steps, algorithm) -> None:
    ledger, now_ns = WorkLedger(), 10**18
    for what, step_ns, amount, scaled in steps:
        now_ns += step_ns
        if what == "start":
            ledger.start(now_ns)
        elif what == "stop":
            ledger.stop(now_ns)
        elif what == "on":
            ledger.go_on(now_ns)
        elif what == "wait":
            ledger.waits = not ledger.waits
        else:
            ledger.take(Work(amount, scaled), now_ns)
    rate = rate_of(ledger, algorithm)
    if rate is not None:
        assert 0 <= rate.low <= rate.value <= rate.high < math.inf
    window = ledger.window()
    assert window.mined_ns <= 15 * 60 * NS * ROUNDING
    assert window.mined_ns <= ledger.whole.mined_ns * ROUNDING


@given(st.just(0.0) | st.floats(1e-3, 1e7))
def test_interval_holds_its_count_and_is_right_by_the_large(count) -> None:
    low, high = poisson_interval(count)
    assert 0 <= low <= count <= high
    if count > 1000:
        assert (high - low) / 2 == pytest.approx(1.96 * math.sqrt(count), rel=0.05)

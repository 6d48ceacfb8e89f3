"""Do the small statistics tell a beat from chance, and one length from many?"""

import math
from collections.abc import Callable

import pytest

from sensor.behaviour.measures import (
    UNKNOWN,
    beat,
    cap,
    dispersion,
    entropy,
    kinds,
    log_middle,
    memory,
    spread,
    top_share,
    variation,
)

QUANTILES = [-1000 * math.log(1 - (number + 0.5) / 16) for number in range(16)]
"""Pauses as spread as those of arrivals without memory."""
STEADY = [1000.0] * 16


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(entropy([5, 5, 9, 9]), 1.0, id="two lengths, one bit"),
        pytest.param(entropy([5, 5, 5, 5]), 0.0, id="one length, none"),
        pytest.param(top_share([5, 6, 7, 20], 1, 128), 0.75, id="neighbours count"),
        pytest.param(top_share([5, 6, 7, 20], 0, 128), 0.25, id="or not"),
        pytest.param(kinds([5, 6, 7, 20], 1), 2.0, id="two groups"),
        pytest.param(log_middle([1.0, 8.0, 100.0]), 3.0, id="a median of eight"),
        pytest.param(log_middle([0.0]), 0.0, id="nothing is under one"),
        pytest.param(spread([1000.0, 1000.0, 8000.0]), 3.0, id="three doublings"),
        pytest.param(variation(STEADY), 0.0, id="a beat does not vary"),
        pytest.param(beat([*STEADY, 5.0]), 16 / 17, id="one is off the beat"),
        pytest.param(cap([30.0, 30.0, 29.0, 4.0]), 0.75, id="a timer caps three of four"),
        pytest.param(memory(STEADY), 4 * (1 - 1 / math.e), id="a beat remembers"),
        pytest.param(memory([1.0] * 3), UNKNOWN, id="three pauses are too few"),
        pytest.param(memory([0.0] * 9), UNKNOWN, id="pauses of nothing say nothing"),
        pytest.param(dispersion([1.0] * 3, 9.0), UNKNOWN, id="three moments are too few"),
        pytest.param(dispersion([1.0] * 9, 0.0), UNKNOWN, id="no time, no parts of it"),
        pytest.param(dispersion([float(at) for at in range(12)], 11.5), math.log2(0.05), id="evenly"),
        pytest.param(dispersion([0.1] * 12, 12.0), math.log2(10.05), id="all in one part"),
    ],
)
def test_what_is_measured(told: float, expected: float) -> None:
    assert told == pytest.approx(expected)


def test_arrivals_without_memory_are_near_the_exponential_distribution() -> None:
    assert memory(QUANTILES) < 1.1 < memory(STEADY)


@pytest.mark.parametrize("measure", [log_middle, spread, variation, beat, cap, memory, entropy])
def test_nothing_gives_no_grounds(measure: Callable[[list[int]], float]) -> None:
    assert measure([]) == UNKNOWN

"""Do the small statistics tell a beat from chance, and one length from many?"""

import math
from collections.abc import Callable

import pytest

from sensor.behaviour.measures import (
    UNKNOWN,
    Lengths,
    Pauses,
    beat,
    cap,
    dispersion,
    entropy,
    kinds,
    lengths,
    log_middle,
    memory,
    near_share,
    neighbours,
    pauses,
    same_share,
    spread,
    variation,
)

QUANTILES = [-1000 * math.log(1 - (number + 0.5) / 16) for number in range(16)]
"""Pauses as spread as those of arrivals without memory."""
STEADY = [1000.0] * 16


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(entropy(lengths([5, 5, 9, 9])), 1.0, id="two lengths, one bit"),
        pytest.param(entropy(lengths([5, 5, 5, 5])), 0.0, id="one length, none"),
        pytest.param(near_share(lengths([5, 6, 7, 20])), 0.75, id="neighbours count"),
        pytest.param(same_share(lengths([5, 6, 7, 20])), 0.25, id="or not"),
        pytest.param(kinds(lengths([5, 6, 7, 20]), 1), 2.0, id="two groups"),
        pytest.param(log_middle([1.0, 8.0, 100.0]), 3.0, id="a median of eight"),
        pytest.param(log_middle([0.0]), 0.0, id="nothing is under one"),
        pytest.param(spread(pauses([1000.0, 1000.0, 8000.0])), 3.0, id="three doublings"),
        pytest.param(variation(pauses(STEADY)), 0.0, id="a beat does not vary"),
        pytest.param(beat(pauses([*STEADY, 5.0])), 16 / 17, id="one is off the beat"),
        pytest.param(cap(pauses([30.0, 30.0, 29.0, 4.0])), 0.75, id="a timer caps three of four"),
        pytest.param(memory(pauses(STEADY)), 4 * (1 - 1 / math.e), id="a beat remembers"),
        pytest.param(memory(pauses([1.0] * 3)), UNKNOWN, id="three pauses are too few"),
        pytest.param(memory(pauses([0.0] * 9)), UNKNOWN, id="pauses of nothing say nothing"),
        pytest.param(dispersion([1.0] * 3, 9.0), UNKNOWN, id="three moments are too few"),
        pytest.param(dispersion([1.0] * 9, 0.0), UNKNOWN, id="no time, no parts of it"),
        pytest.param(dispersion([float(at) for at in range(12)], 11.5), math.log2(0.05), id="evenly"),
        pytest.param(dispersion([0.1] * 12, 12.0), math.log2(10.05), id="all in one part"),
    ],
)
def test_what_is_measured(told: float, expected: float) -> None:
    assert told == pytest.approx(expected)


def test_arrivals_without_memory_are_near_the_exponential_distribution() -> None:
    assert memory(pauses(QUANTILES)) < 1.1 < memory(pauses(STEADY))


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ([5, 6, 7, 20], (3, 6)),
        ([9, 9, 4, 4], (2, 4)),
        ([4, 5, 8, 8], (2, 8)),
        ([4, 4, 5, 8, 9, 9], (3, 4)),
        ([0], (1, 0)),
    ],
    ids=[
        "within a class of it",
        "the smallest of equals",
        "the most frequent of equals",
        "and then the smallest",
        "one",
    ],
)
def test_which_class_has_most_near_it(classes: list[int], expected: tuple[int, int]) -> None:
    assert neighbours(lengths(classes)) == expected


@pytest.mark.parametrize("measure", [spread, variation, beat, cap, memory])
def test_no_pauses_give_no_grounds(measure: Callable[[Pauses], float]) -> None:
    assert measure(pauses([])) == UNKNOWN


@pytest.mark.parametrize("measure", [entropy, same_share, near_share])
def test_no_lengths_give_no_grounds(measure: Callable[[Lengths], float]) -> None:
    assert measure(lengths([])) == UNKNOWN


def test_nothing_has_no_middle_and_no_kinds() -> None:
    assert log_middle([]) == kinds(lengths([]), 1) == UNKNOWN

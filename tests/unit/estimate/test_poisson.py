"""Are the bounds of a count the exact ones?"""

from __future__ import annotations

import math

import pytest

from sensor.estimate.poisson import gamma_p, gamma_quantile, poisson_interval

TABLE = [
    (0, 0, 3.69),
    (1, 0.025, 5.57),
    (3, 0.62, 8.77),
    (5, 1.62, 11.67),
    (10, 4.80, 18.39),
    (20, 12.2, 30.9),
    (30, 20.2, 42.8),
    (50, 37.1, 65.9),
    (100, 81.4, 121.6),
    (200, 173, 230),
    (400, 362, 441),
]


@pytest.mark.parametrize(("count", "low", "high"), TABLE)
def test_interval_of_a_count(count, low, high) -> None:
    found = poisson_interval(count)
    assert found == pytest.approx((low, high), rel=0.012, abs=0.005)


@pytest.mark.parametrize("count", [1, 2, 7, 40, 300])
def test_bounds_are_where_the_tails_are(count) -> None:
    """The definition, summed term by term: 2.5 % of the counts lie at or beyond the observed one."""
    low, high = poisson_interval(count)

    def at_most(number: int, mean: float) -> float:
        return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(number + 1))

    assert 1 - at_most(count - 1, low) == pytest.approx(0.025, rel=1e-6)
    assert at_most(count, high) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize("shape", [0.3, 1, 2.5, 99, 9_999, 10_000, 3e6, 1e12])
@pytest.mark.parametrize("probability", [0.025, 0.5, 0.975])
def test_quantile_turns_the_function_round(shape, probability) -> None:
    x = gamma_quantile(probability, shape)
    if shape <= 10_000:
        assert gamma_p(shape, x) == pytest.approx(probability, rel=1e-3)
    assert x == pytest.approx(shape, rel=8 / math.sqrt(shape))


def test_a_higher_confidence_is_wider() -> None:
    assert poisson_interval(10, 0.99)[0] < poisson_interval(10)[0] < 10 < poisson_interval(10)[1]
    assert poisson_interval(10)[1] < poisson_interval(10, 0.99)[1]

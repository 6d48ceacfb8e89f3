"""Between which bounds lies the mean behind a count? Exact Poisson intervals (Garwood, 1936).

The bounds are quantiles of gamma distributions, found from the regularised incomplete gamma function (series and
continued fraction: NIST Digital Library of Mathematical Functions, 8.11.4 and 8.9.2).
"""

from __future__ import annotations

import math
from statistics import NormalDist

CONFIDENCE = 0.95
LARGE = 10_000.0
"""From this shape on the Wilson–Hilferty quantile is exact to a millionth, and taken as it is."""
_STEPS = 200
_TINY = 1e-300
_EPSILON = 1e-14


def poisson_interval(count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact two-sided interval of the mean of a Poisson count. ``count`` ≥ 0 need not be whole."""
    tail = (1 - confidence) / 2
    low = gamma_quantile(tail, count) if count > 0 else 0.0
    return low, gamma_quantile(1 - tail, count + 1)


def gamma_quantile(probability: float, shape: float) -> float:
    """The x with P(shape, x) = probability; 0 < probability < 1, shape > 0."""
    guess = _wilson_hilferty(probability, shape)
    if shape >= LARGE:
        return guess
    low, high = 0.0, max(2 * guess, shape + 1.0)
    while gamma_p(shape, high) < probability:
        high *= 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if gamma_p(shape, middle) < probability else (low, middle)
        if high - low <= 1e-10 * high:
            break
    return (low + high) / 2


def gamma_p(shape: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(shape, x)."""
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    return front * _series(shape, x) if x < shape + 1 else 1 - front * _fraction(shape, x)


def _series(shape: float, x: float) -> float:
    term = total = 1 / shape
    divisor = shape
    while term > total * _EPSILON:
        divisor += 1
        term *= x / divisor
        total += term
    return total


def _fraction(shape: float, x: float) -> float:
    """Lentz's evaluation of the continued fraction of Q(shape, x)."""
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / b
    result = d
    for step in range(1, int(LARGE)):
        a = -step * (step - shape)
        b += 2
        d = 1 / (a * d + b or _TINY)
        c = b + a / c or _TINY
        result *= d * c
        if abs(d * c - 1) < _EPSILON:
            break
    return result


def _wilson_hilferty(probability: float, shape: float) -> float:
    spread = 1 / (9 * shape)
    root = 1 - spread + NormalDist().inv_cdf(probability) * math.sqrt(spread)
    return shape * max(root, 0.0) ** 3

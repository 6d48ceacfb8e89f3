"""How long to wait after a failure, and how does it grow?"""

from __future__ import annotations

from collections.abc import Callable

from sensor.config.options import RetryOptions

MAX_DOUBLINGS = 32
"""Beyond this the bound has long reached any sensible maximum."""


class Backoff:
    """Exponential backoff with full jitter: the k-th wait lies between 0 and ``min(max_s, first_s · 2^k)``."""

    def __init__(self, options: RetryOptions, uniform: Callable[[float, float], float]) -> None:
        self._options = options
        self._uniform = uniform
        self._failures = 0

    def failed(self) -> float:
        """Count one more failure; answer the wait in seconds."""
        bound_s = min(self._options.max_s, self._options.first_s * 2.0 ** min(self._failures, MAX_DOUBLINGS))
        self._failures += 1
        return self._uniform(0.0, bound_s) if self._options.jitter else bound_s

    def succeeded(self) -> None:
        """Start over."""
        self._failures = 0

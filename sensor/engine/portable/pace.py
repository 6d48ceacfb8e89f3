"""Was there enough of something in this second of packet time?"""

from __future__ import annotations

_SECOND_NS = 1_000_000_000


class Pace:
    """Lets so many through in each second."""

    def __init__(self, max_per_s: int) -> None:
        self._max_per_s = max_per_s
        self._second, self._given = 0, 0

    def lets_pass(self, at_ns: int) -> bool:
        """True where one more may pass; it is counted then."""
        second = at_ns // _SECOND_NS
        if second != self._second:
            self._second, self._given = second, 0
        may_pass = self._given < self._max_per_s
        self._given += may_pass
        return may_pass

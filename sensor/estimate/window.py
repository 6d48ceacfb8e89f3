"""What was mined in the last 15 minutes? A ring of short slots, so that memory is the same for every session."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from sensor.estimate.tally import NS, Stretch, Tally
from sensor.estimate.work import Work

WINDOW_NS = 15 * 60 * NS
SLOT_NS = 10 * NS
SLOTS = WINDOW_NS // SLOT_NS + 1
_MINED, _PLAIN, _SCALED = 0, 1, 4
_FIELDS = 7
"""Of a slot: mined time, then count, sum and squares of the shares counted in work and of those in difficulty."""


class Window:
    """The last :data:`WINDOW_NS` before the latest time it was told. What is older is forgotten, and not taken in."""

    def __init__(self) -> None:
        self._ring = array("d", bytes(8 * SLOTS * _FIELDS))
        self._head = 0

    def cover(self, start_ns: int, end_ns: int) -> None:
        """Mining went on from ``start_ns`` to ``end_ns``."""
        number = end_ns // SLOT_NS
        if number == self._head and start_ns // SLOT_NS == number:
            self._ring[number % SLOTS * _FIELDS + _MINED] += end_ns - start_ns
            return
        self._turn_to(number)
        start_ns = max(start_ns, (self._head - SLOTS + 1) * SLOT_NS)
        while start_ns < end_ns:
            edge_ns = min(end_ns, (start_ns // SLOT_NS + 1) * SLOT_NS)
            self._ring[self._place(start_ns // SLOT_NS) + _MINED] += edge_ns - start_ns
            start_ns = edge_ns

    def take(self, work: Work, at_ns: int) -> None:
        """A share was taken."""
        number = at_ns // SLOT_NS
        if number > self._head:
            self._turn_to(number)
        if number > self._head - SLOTS:
            ring, amount = self._ring, work.amount
            place = number % SLOTS * _FIELDS + (_SCALED if work.scaled else _PLAIN)
            ring[place] += 1
            ring[place + 1] += amount
            ring[place + 2] += amount * amount

    def before(self, until_ns: int) -> Stretch:
        """The 15 minutes before ``until_ns``; of the slot in which they begin, the part that lies within."""
        total, start = Stretch(), (until_ns - WINDOW_NS) / SLOT_NS
        for number, fields in self._slots():
            if (part := number + 1 - start) > 0:
                plain, scaled = Tally(*fields[_PLAIN:_SCALED]), Tally(*fields[_SCALED:])
                total.add(Stretch(fields[_MINED], plain, scaled), min(part, 1))
        return total

    def merge(self, other: Window) -> None:
        """Count another window in. A slot's mined time is never more than the slot."""
        self._turn_to(other._head)
        for number, fields in other._slots():
            if number > self._head - SLOTS:
                place = self._place(number)
                for index, value in enumerate(fields):
                    self._ring[place + index] += value
                self._ring[place] = min(self._ring[place], SLOT_NS)

    def _slots(self) -> Iterator[tuple[int, array[float]]]:
        for number in range(self._head - SLOTS + 1, self._head + 1):
            place = self._place(number)
            yield number, self._ring[place : place + _FIELDS]

    def _turn_to(self, number: int) -> None:
        for passed in range(max(self._head + 1, number - SLOTS + 1), number + 1):
            place = self._place(passed)
            self._ring[place : place + _FIELDS] = array("d", bytes(8 * _FIELDS))
        self._head = max(self._head, number)

    @staticmethod
    def _place(number: int) -> int:
        return number % SLOTS * _FIELDS

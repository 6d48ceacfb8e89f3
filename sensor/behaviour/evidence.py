"""What do a flow's records say together? Their mean in log-odds, and one doubt more, which fades as they add up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from sensor.model.cuts import TableCuts

RECORDS = 12
"""As many records as half an hour has, and as the thresholds were chosen for. Of older ones a twelfth is forgotten with
every new one: no flow comes over a threshold by its age."""


class Evidence:
    """What is remembered of each flow: how many records, and the sum of their log-odds. Over ``most`` flows, the one
    that was judged longest ago is forgotten, and counted: it is judged anew."""

    def __init__(self, doubt: float, most: int, cuts: TableCuts) -> None:
        self._doubt, self._most, self._cuts = doubt, most, cuts
        self._flows: OrderedDict[int, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._flows)

    def with_record(self, flow_id: int, odds: float) -> float:
        """The log-odds of all records of a flow, this one among them."""
        known = _with(*self._flows.get(flow_id, (0, 0.0)), odds)
        self._flows[flow_id] = known
        self._flows.move_to_end(flow_id)
        if len(self._flows) > self._most:
            self._flows.popitem(last=False)
            self._cuts.odds += 1
        return _together(*known, self._doubt)


def as_they_come(odds: Iterable[float], doubt: float) -> Iterator[float]:
    """For each record the log-odds of all up to it."""
    known = 0, 0.0
    for one in odds:
        known = _with(*known, one)
        yield _together(*known, doubt)


def _with(number: int, total: float, odds: float) -> tuple[int, float]:
    if number == RECORDS:
        return number, total * (1 - 1 / RECORDS) + odds
    return number + 1, total + odds


def _together(number: int, total: float, doubt: float) -> float:
    """The mean of the records and of ``doubt`` others that say nothing either way: what a few say by chance, many do
    not, and a flow for which all speak alike is more than one with a single one."""
    return total / (number + doubt)

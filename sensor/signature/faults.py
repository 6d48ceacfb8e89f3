"""What is wrong in a signature file, where, and what should its author do?"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass

from sensor.model.errors import SignatureError


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault; its text is ``file:line: [kind] what; remedy``."""

    path: str
    line: int
    """1-based."""
    kind: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.kind}] {self.what}; {self.remedy}"


class Faults:
    """Collects faults, so that an author sees all of them at once."""

    def __init__(self) -> None:
        self._sorted: list[Fault] = []

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, fault: Fault) -> None:
        """Keep ``fault``; the same fault twice is kept once."""
        place = bisect.bisect_left(self._sorted, fault)
        if self._sorted[place : place + 1] != [fault]:
            self._sorted.insert(place, fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Keep all ``faults``."""
        for fault in faults:
            self.add(fault)

    def all(self) -> tuple[Fault, ...]:
        """Every fault, by file and line."""
        return tuple(self._sorted)

    def raise_if_any(self) -> None:
        """Raise one :class:`~sensor.model.errors.SignatureError` that lists every fault."""
        if self._sorted:
            raise SignatureError("\n".join(str(fault) for fault in self._sorted))

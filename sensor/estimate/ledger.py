"""How much work did a session deliver, and in how much mining time? Bounded sums, whole and of the last 15 minutes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from sensor.estimate.tally import NS, Stretch
from sensor.estimate.window import Window
from sensor.estimate.work import Work

MAX_QUIET_NS = 20 * 60 * NS
"""A longer time without a job, a share or any other word of mining is no mining time."""
MAX_RIGS = 4096
"""Rigs of one session that are told apart by the names of their shares."""
MAX_EXTRANONCES = 1024
"""Extranonces of one session whose times are kept."""
MAX_REPORTERS = 256
"""Rigs behind one session whose own figures are kept."""
LEDGER_BYTES, WINDOW_BYTES, NAME_BYTES, EXTRANONCE_BYTES = 512, 5_632, 96, 320
"""What a ledger takes, its window, a name in a table besides its text, and an extranonce with its times."""


@dataclass(slots=True)
class WorkLedger:
    """The work of one session over all its flows. Feed it in the order of time."""

    whole: Stretch = field(default_factory=Stretch)
    recent: Window | None = None
    """Made when mining is seen to go on: most flows never mine."""
    began_ns: int | None = None
    until_ns: int = 0
    mining: int = 0
    """Flows that have a job now."""
    waits: bool = False
    """A share was handed in that the pool has not answered."""
    names: int = 0
    """Most rigs whose shares came over one connection."""
    rigs: set[str] = field(default_factory=set)
    """Names that shares bore."""
    extranonces: dict[str, tuple[int, int]] = field(default_factory=dict)
    """When the first and the latest share was handed in under each. Bounded."""
    unmeasured: int = 0
    """Shares taken whose target was not seen."""
    reported: dict[str, float] = field(default_factory=dict)
    """Rig → the hash rate it last claimed for itself."""
    name_bytes: int = field(default=0, compare=False, repr=False)
    """What the names of rigs take."""

    def held_bytes(self) -> int:
        """About what it takes."""
        return LEDGER_BYTES + (WINDOW_BYTES if self.recent else 0) + self._name_bytes()

    def start(self, at_ns: int) -> None:
        """A flow got its first job. Where the one before ended without an answer, the time since was no mining time."""
        if self.waits:
            self.until_ns, self.waits = max(self.until_ns, at_ns), False
        self.go_on(at_ns)
        self.mining += 1
        self.began_ns = at_ns if self.began_ns is None else self.began_ns
        self.until_ns = max(self.until_ns, at_ns)

    def stop(self, at_ns: int) -> None:
        """A flow has no job any longer. It mined to its end, unless a share of it was left without an answer."""
        if not self.waits:
            self.go_on(at_ns)
        self.mining = max(0, self.mining - 1)

    def go_on(self, at_ns: int) -> None:
        """Mining went on until now, unless nothing was heard of it for too long."""
        if not self.mining or at_ns <= self.until_ns:
            return
        if at_ns <= self.until_ns + MAX_QUIET_NS:
            self.whole.mined_ns += at_ns - self.until_ns
            if self.recent is None:
                self.recent = Window()
            self.recent.cover(self.until_ns, at_ns)
        self.until_ns = at_ns

    def take(self, work: Work | None, at_ns: int) -> None:
        """The pool took a share."""
        if work is None:
            self.unmeasured += 1
            return
        self.whole.take(work)
        if self.recent is None:
            self.recent = Window()
        self.recent.take(work, at_ns)

    def report(self, rig: str, rate_hs: float) -> None:
        """A rig claims a hash rate for itself."""
        if rig not in self.reported:
            if len(self.reported) >= MAX_REPORTERS:
                return
            self.name_bytes += sys.getsizeof(rig) + NAME_BYTES
        self.reported[rig] = rate_hs

    def meet(self, name: str, names: int) -> None:
        """A share bears the name of a rig, the ``names``-th on its connection."""
        self.names = max(self.names, names)
        if name not in self.rigs and len(self.rigs) < MAX_RIGS:
            self.rigs.add(name)
            self.name_bytes += sys.getsizeof(name) + NAME_BYTES

    def hand_in(self, extranonce: str, start_ns: int, end_ns: int) -> None:
        """Shares were handed in under an extranonce, from the one time to the other."""
        known = self.extranonces.get(extranonce)
        if known is not None:
            self.extranonces[extranonce] = (min(known[0], start_ns), max(known[1], end_ns))
        elif len(self.extranonces) < MAX_EXTRANONCES:
            self.extranonces[extranonce] = (start_ns, end_ns)

    def window(self) -> Stretch:
        """The last 15 minutes of mining."""
        return self.recent.before(self.until_ns) if self.recent else Stretch()

    def merge(self, other: WorkLedger) -> None:
        """Count another flow's work in. Time in which both mined counts once."""
        overlap_ns = 0
        if self.began_ns is not None and other.began_ns is not None:
            overlap_ns = max(0, min(self.until_ns, other.until_ns) - max(self.began_ns, other.began_ns))
        self.whole.add(other.whole)
        self.whole.mined_ns = max(self.whole.mined_ns - overlap_ns, 0)
        if other.recent is not None:
            self.recent = self.recent or Window()
            self.recent.merge(other.recent)
        began = [moment for moment in (self.began_ns, other.began_ns) if moment is not None]
        self.began_ns, self.until_ns = min(began, default=None), max(self.until_ns, other.until_ns)
        self.mining += other.mining
        self.unmeasured += other.unmeasured
        self.names = max(self.names, other.names)
        for name in other.rigs:
            self.meet(name, 1)
        for rig, rate_hs in other.reported.items():
            self.report(rig, rate_hs)
        for extranonce, (start_ns, end_ns) in other.extranonces.items():
            self.hand_in(extranonce, start_ns, end_ns)

    def _name_bytes(self) -> int:
        return self.name_bytes + len(self.extranonces) * EXTRANONCE_BYTES

"""What do all conversations of a miner have in common? A greeting, jobs by one clock, shares by another."""

from __future__ import annotations

import abc
import random
from collections.abc import Mapping

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, Tally, exponential, steady

_REPORT_S = 60.0


class MinerTalk(abc.ABC):
    """One miner and one pool or node. A dialect says what is said at which event."""

    reports = False
    """True: the miner tells its own hash rate every minute."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        self.tally = Tally()
        self.session, self.rig, self.rng, self.host = session, rig, rng, host

    def open(self) -> None:
        """The greeting, and the first job."""
        self.greet()
        self.push_job()

    def clocks(self) -> Mapping[str, Clock]:
        """Jobs and shares by chance, and the report at its beat."""
        clocks = {
            "job": exponential(self.rng, self.rig.job_gap_s),
            "share": exponential(self.rng, self.rig.share_gap_s),
        }
        return clocks | ({"report": steady(self.rng, _REPORT_S)} if self.reports else {})

    def act(self, kind: str) -> None:
        """Push a job, report the hash rate, or submit a share and answer it."""
        if kind == "job":
            self.push_job()
        elif kind == "report":
            self.report()
        else:
            good = self.rng.random() >= self.rig.reject_rate
            self.tally.submitted += 1
            self.tally.accepted += good
            self.tally.rejected += not good
            self.submit(good=good)

    @abc.abstractmethod
    def greet(self) -> None:
        """Everything before the first job."""

    @abc.abstractmethod
    def push_job(self) -> None:
        """The pool hands out work."""

    @abc.abstractmethod
    def submit(self, *, good: bool) -> None:
        """The miner hands in a share, and the pool answers."""

    def report(self) -> None:  # noqa: B027 - most dialects have no such message
        """The miner tells its hash rate; asked for with :attr:`reports` alone."""

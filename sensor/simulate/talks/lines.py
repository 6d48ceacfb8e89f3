"""What do all conversations in JSON lines have in common? A greeting, jobs by one clock, shares by another."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, Tally, exponential, line, steady

_REPORT_S = 60.0


class LineTalk:
    """One miner and one pool that exchange JSON lines. A dialect says what stands in them."""

    reports = False
    """True: the miner tells its own hash rate every minute."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        self.tally = Tally()
        self.session, self.rig, self.rng, self.host = session, rig, rng, host
        self.user = f"{rig.account}.{rig.worker}" if rig.worker else rig.account
        self.number = 0

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

    def greet(self) -> None:
        """Everything before the first job."""
        raise NotImplementedError

    def push_job(self) -> None:
        """The pool hands out work."""
        raise NotImplementedError

    def submit(self, *, good: bool) -> None:
        """The miner hands in a share, and the pool answers."""
        raise NotImplementedError

    def report(self) -> None:
        """The miner tells its hash rate; only with ``reports``."""
        raise NotImplementedError

    def ask(self, method: str, params: Any, result: Any, error: Any = None) -> None:
        """A numbered request and its answer."""
        self.number += 1
        self.says({"id": self.number, "method": method, "params": params})
        self.answers({"id": self.number, "result": result, "error": error})

    def push(self, method: str, params: Any) -> None:
        """A notification from the pool."""
        self.answers({"id": None, "method": method, "params": params})

    def says(self, message: Mapping[str, Any]) -> None:
        """One line from the miner."""
        self.session.client_sends(line(message, spaced=self.rig.spaced))

    def answers(self, message: Mapping[str, Any]) -> None:
        """One line from the pool."""
        self.session.server_sends(line(message, spaced=self.rig.spaced))

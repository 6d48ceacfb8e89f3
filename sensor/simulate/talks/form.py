"""How is a dialect played whose messages have the frame of Stratum V1 and members of their own? One Form each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig, hex_digits, target_256
from sensor.simulate.talks.lines import LineTalk

STALE = [21, "Job not found", None]


@dataclass(slots=True)
class Moment:
    """What a message can be made from: who mines, the time, chance, and the job that is in force."""

    rng: random.Random
    rig: Rig
    user: str
    host: str
    port: int
    now_s: int
    job: Any = None

    def hex(self, digits: int) -> str:
        """Random lower-case hex digits."""
        return hex_digits(self.rng, digits)

    @property
    def time(self) -> str:
        """The time as eight hex digits."""
        return f"{self.now_s:08x}"

    @property
    def target(self) -> str:
        """The share target, 64 digits."""
        return self.target_of(self.rig.hashes_per_share)

    def target_of(self, hashes: float) -> str:
        """The target that is met once in so many hashes, 64 digits."""
        return target_256(hashes)

    def difficulty(self, unit: float) -> float:
        """The share difficulty in multiples of ``unit`` hashes."""
        return self.rig.hashes_per_share / unit


Maker: TypeAlias = Callable[[Moment], Any]


@dataclass(frozen=True, slots=True)
class Form:
    """The members that make a dialect: requests with their results, pushes, the job and the share."""

    asks: tuple[tuple[str, Maker, Maker], ...]
    job: Maker
    share: Maker
    first: tuple[tuple[str, Maker], ...] = ()
    """What the pool says before the miner does."""
    pushes: tuple[tuple[str, Maker], ...] = ()
    """What the pool says before the first job."""
    report: tuple[str, Maker] | None = None
    """How the miner tells its own hash rate."""


class FormTalk(LineTalk):
    """Plays a form: subscribe, authorize, settings; then jobs and shares."""

    def __init__(self, form: Form, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self.reports = form.report is not None
        self._form = form
        self._job: Any = None

    def greet(self) -> None:
        """What the form asks and pushes first."""
        for method, params in self._form.first:
            self.push(method, params(self._moment()))
        for method, params, result in self._form.asks:
            moment = self._moment()
            self.ask(method, params(moment), result(moment))
        for method, params in self._form.pushes:
            self.push(method, params(self._moment()))

    def push_job(self) -> None:
        """``mining.notify`` with the form's job."""
        self._job = self._form.job(self._moment())
        self.push("mining.notify", self._job)

    def submit(self, *, good: bool) -> None:
        """``mining.submit`` with the form's share."""
        self.ask("mining.submit", self._form.share(self._moment()), good or None, None if good else STALE)

    def report(self) -> None:
        """The form's report."""
        if self._form.report is not None:
            method, params = self._form.report
            self.ask(method, params(self._moment()), True)

    def _moment(self) -> Moment:
        port, now_s = self.session.wire.server.port, self.session.now_ns // 10**9
        return Moment(self.rng, self.rig, self.user, self.host, port, now_s, self._job)

"""What do an ASIC and a Bitcoin-family pool say? Stratum V1 with BIP-310 version rolling."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, Tally, exponential, hex_digits, line, steady

_HASHES_PER_DIFFICULTY = 2**32


class StratumV1Talk:
    """configure, subscribe, authorize; then jobs pushed and shares of six parameters."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random) -> None:
        self.tally = Tally()
        self._session, self._rig, self._rng = session, rig, rng
        self._user = f"{rig.account}.{rig.worker}"
        self._job, self._time = "", ""
        self._id = 3

    def open(self) -> None:
        """The handshake, a difficulty and the first job."""
        extensions = [["version-rolling"], {"version-rolling.mask": "ffffffff"}]
        self._ask(1, "mining.configure", extensions, {"version-rolling": True, "version-rolling.mask": "1fffe000"})
        session_id = hex_digits(self._rng, 8)
        subscribed = [["mining.set_difficulty", session_id], ["mining.notify", session_id]]
        self._ask(2, "mining.subscribe", [self._rig.agent], [subscribed, hex_digits(self._rng, 8), 8])
        self._ask(3, "mining.authorize", [self._user, "x"], True)
        difficulty = max(round(self._rig.hashes_per_share / _HASHES_PER_DIFFICULTY), 1)
        self._push("mining.set_difficulty", [difficulty])
        self.act("job")

    def clocks(self) -> Mapping[str, Clock]:
        """Template refreshes and shares."""
        return {
            "job": steady(self._rng, self._rig.job_gap_s),
            "share": exponential(self._rng, self._rig.share_gap_s),
        }

    def act(self, kind: str) -> None:
        """Push a job, or submit a share and answer it."""
        if kind == "job":
            self._push("mining.notify", self._new_job())
        else:
            self._submit()

    def _new_job(self) -> list[Any]:
        rng = self._rng
        self._job, self._time = hex_digits(rng, 10), f"{self._session.now_ns // 10**9:08x}"
        branches = [hex_digits(rng, 64) for _ in range(12)]
        coinbase = "01000000010000000000000000" + hex_digits(rng, 94), hex_digits(rng, 300)
        previous = hex_digits(rng, 48) + "0" * 16
        return [self._job, previous, *coinbase, branches, "20000000", "170331db", self._time, True]

    def _submit(self) -> None:
        self._id += 1
        self.tally.submitted += 1
        rng = self._rng
        share = [
            self._user,
            self._job,
            hex_digits(rng, 16),
            self._time,
            hex_digits(rng, 8),
            "0" + hex_digits(rng, 3) + "6000",
        ]
        if rng.random() < self._rig.reject_rate:
            self.tally.rejected += 1
            self._ask(self._id, "mining.submit", share, None, [21, "Job not found", None])
        else:
            self.tally.accepted += 1
            self._ask(self._id, "mining.submit", share, True)

    def _ask(self, number: int, method: str, params: list[Any], result: Any, error: Any = None) -> None:
        spaced = self._rig.spaced
        self._session.client_sends(line({"id": number, "method": method, "params": params}, spaced=spaced))
        self._session.server_sends(line({"id": number, "result": result, "error": error}, spaced=spaced))

    def _push(self, method: str, params: list[Any]) -> None:
        self._session.server_sends(line({"id": None, "method": method, "params": params}, spaced=self._rig.spaced))

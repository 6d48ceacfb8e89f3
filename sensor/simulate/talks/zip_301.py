"""What do an Equihash rig and a Zcash pool say? ZIP-301, with solutions of some 2.9 kB."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, Tally, exponential, hex_digits, line, target_256

_SOLUTION_BYTES = 1344
_NONCE_BYTES = 32


class Zip301Talk:
    """subscribe with host and port, a target instead of a difficulty, shares with the whole solution."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        self.tally = Tally()
        self._session, self._rig, self._rng, self._host = session, rig, rng, host
        self._user = f"{rig.account}.{rig.worker}"
        self._nonce_1 = hex_digits(rng, 10)
        self._job, self._time, self._id = "", "", 99

    def open(self) -> None:
        """subscribe, authorize, extranonce.subscribe; target and first job."""
        where = [self._rig.agent, None, self._host, str(self._session.wire.server.port)]
        self._ask(1, "mining.subscribe", where, [self._nonce_1, self._nonce_1])
        self._ask(2, "mining.authorize", [self._user, "x"], True)
        self._push("mining.set_target", [target_256(self._rig.hashes_per_share)])
        self._session.client_sends(line({"id": 3, "method": "mining.extranonce.subscribe", "params": []}))
        self.act("job")

    def clocks(self) -> Mapping[str, Clock]:
        """Blocks and shares."""
        return {
            "job": exponential(self._rng, self._rig.job_gap_s),
            "share": exponential(self._rng, self._rig.share_gap_s),
        }

    def act(self, kind: str) -> None:
        """Push a job, or submit a solution and answer it."""
        if kind == "job":
            self._push("mining.notify", self._new_job())
            return
        self._id += 1
        good = self._rng.random() >= self._rig.reject_rate
        self.tally.submitted += 1
        self.tally.accepted += good
        self.tally.rejected += not good
        nonce_2 = hex_digits(self._rng, 2 * _NONCE_BYTES - len(self._nonce_1))
        share = [self._user, self._job, self._time, nonce_2, "fd4005" + hex_digits(self._rng, 2 * _SOLUTION_BYTES)]
        self._ask(self._id, "mining.submit", share, good, None if good else [21, "Job not found", None])

    def _new_job(self) -> list[Any]:
        rng = self._rng
        now_s = self._session.now_ns // 10**9
        self._job, self._time = hex_digits(rng, 20), now_s.to_bytes(4, "little").hex()
        previous = hex_digits(rng, 56) + "0" * 8
        return [self._job, "04000000", previous, hex_digits(rng, 64), hex_digits(rng, 64), self._time, "09d8151c", True]

    def _ask(self, number: int, method: str, params: list[Any], result: Any, error: Any = None) -> None:
        self._session.client_sends(line({"id": number, "method": method, "params": params}))
        self._session.server_sends(line({"id": number, "result": result, "error": error}))

    def _push(self, method: str, params: list[Any]) -> None:
        self._session.server_sends(line({"id": None, "method": method, "params": params}))

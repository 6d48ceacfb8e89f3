"""What do an Equihash rig and a Zcash pool say? ZIP-301, with solutions of some 2.9 kB."""

from __future__ import annotations

import random

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig, hex_digits, target_256
from sensor.simulate.talks.lines import LineTalk

_SOLUTION_BYTES = 1344
_NONCE_BYTES = 32
_FIRST_SUBMIT = 100


class Zip301Talk(LineTalk):
    """subscribe with host and port, a target instead of a difficulty, shares with the whole solution."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self._nonce_1 = hex_digits(rng, 10)
        self._job, self._time = "", ""

    def greet(self) -> None:
        """subscribe, authorize, extranonce.subscribe; the target."""
        where = [self.rig.agent, None, self.host, str(self.session.wire.server.port)]
        self.ask("mining.subscribe", where, [self._nonce_1, self._nonce_1])
        self.ask("mining.authorize", [self.user, "x"], True)
        self.push("mining.set_target", [target_256(self.rig.hashes_per_share)])
        self.says({"id": 3, "method": "mining.extranonce.subscribe", "params": []})
        self.number = _FIRST_SUBMIT - 1

    def push_job(self) -> None:
        """``mining.notify``."""
        rng, now_s = self.rng, self.session.now_ns // 10**9
        self._job, self._time = hex_digits(rng, 20), now_s.to_bytes(4, "little").hex()
        hashes = [hex_digits(rng, 56) + "0" * 8, hex_digits(rng, 64), hex_digits(rng, 64)]
        self.push("mining.notify", [self._job, "04000000", *hashes, self._time, "09d8151c", True])

    def submit(self, *, good: bool) -> None:
        """``mining.submit`` with the solution."""
        nonce_2 = hex_digits(self.rng, 2 * _NONCE_BYTES - len(self._nonce_1))
        share = [self.user, self._job, self._time, nonce_2, "fd4005" + hex_digits(self.rng, 2 * _SOLUTION_BYTES)]
        self.ask("mining.submit", share, good, None if good else [21, "Job not found", None])

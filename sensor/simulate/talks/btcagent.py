"""What do a farm's BTCAgent and its pool say? Stratum V1 lines for what all miners share, frames for each of them."""

from __future__ import annotations

import math
import random
import struct
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig, hex_digits
from sensor.simulate.talks.lines import LineTalk

_MAGIC = 0x7F
_MINERS = 3
_TAKEN, _STALE = 1_798_084_231, 37
_CAPABILITIES = ["verrol", "subres"]


class BtcAgentTalk(LineTalk):
    """One connection for a few miners, whose shares are answered."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self._job = self._index = 0

    def greet(self) -> None:
        """Lines of the whole farm, then every miner and its difficulty."""
        capabilities = {"capabilities": _CAPABILITIES}
        self._ask("caps", "agent.get_capabilities", [_CAPABILITIES[0], _CAPABILITIES[1]], capabilities)
        mask = {"version-rolling.mask": "ffffffff", "version-rolling.min-bit-count": 0}
        rolling = {"version-rolling": True, "version-rolling.mask": "1fffe000"}
        self._ask("conf", "mining.configure", [["version-rolling"], mask], rolling)
        session = [[["mining.set_difficulty", "01ad557d"], ["mining.notify", "01ad557d"]], hex_digits(self.rng, 8), 8]
        self._ask("sub", "mining.subscribe", [self.rig.agent], session)
        self._ask("auth", "mining.authorize", [self.rig.account, ""], True)
        exponent = round(math.log2(max(self.rig.hashes_per_share / 2**32, 1)))
        for miner in range(_MINERS):
            names = b"cgminer/4.11.1\0" + f"{self.rig.worker}{miner}".encode() + b"\0"
            self.session.client_sends(_frame(0x01, struct.pack("<H", miner) + names))
        self.session.server_sends(_frame(0x05, struct.pack(f"<BH{_MINERS}H", exponent, _MINERS, *range(_MINERS))))

    def push_job(self) -> None:
        """``mining.notify``; its id goes back as one byte."""
        self._job = (self._job + 1) % 10
        branches = [hex_digits(self.rng, 64) for _ in range(4)]
        halves = [hex_digits(self.rng, 120), hex_digits(self.rng, 160)]
        now = f"{self.session.now_ns // 10**9:08x}"
        work: list[Any] = [str(self._job), hex_digits(self.rng, 64), *halves, branches, "20000000", "1702aabb", now]
        self.push("mining.notify", [*work, False])

    def submit(self, *, good: bool) -> None:
        """A frame of some miner, and the pool's word on it."""
        miner, nonces = self.rng.randrange(_MINERS), self.rng.randbytes(8)
        mask = struct.pack("<I", 0x0040_0000)
        self.session.client_sends(_frame(0x12, struct.pack("<BH", self._job, miner) + nonces + mask))
        self.session.server_sends(_frame(0x10, struct.pack("<HI", self._index, _TAKEN if good else _STALE)))
        self._index = (self._index + 1) % 65_536

    def _ask(self, number: str, method: str, params: Any, result: Any) -> None:
        self.says({"id": number, "method": method, "params": params})
        self.answers({"id": number, "result": result, "error": None})


def _frame(command: int, body: bytes) -> bytes:
    return struct.pack("<BBH", _MAGIC, command, 4 + len(body)) + body

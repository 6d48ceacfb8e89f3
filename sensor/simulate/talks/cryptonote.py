"""What do xmrig and a Monero pool say? login, job, submit, keepalived."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, Tally, exponential, hex_digits, line, steady

_ALGORITHMS = [
    *(
        "rx/0",
        "rx/2",
        "rx/wow",
        "rx/arq",
        "rx/graft",
        "rx/sfx",
        "rx/yada",
        "cn/1",
        "cn/2",
        "cn/r",
        "cn/fast",
        "cn/half",
    ),
    *("cn/xao", "cn/rto", "cn/rwz", "cn/zls", "cn/double", "cn/ccx", "cn-lite/1", "cn-heavy/0", "cn-heavy/tube"),
    *("cn-heavy/xhv", "cn-pico", "cn-pico/tlo", "cn/upx2", "argon2/chukwa", "argon2/chukwav2", "ghostrider"),
]
_KNOWN_HEIGHT, _KNOWN_AT_S, _BLOCK_S = 2_337_830, 1_618_281_790, 120
"""A Monero block seen in a public capture of 13 April 2021; heights are told from it by the chain's clock."""
_KEEPALIVE_S = 60


class CryptonoteTalk:
    """xmrig 6: one login with its algorithms, then jobs and shares, and a sign of life when all is quiet."""

    extensions: tuple[str, ...] = ("algo", "keepalive")
    """What the pool says it can do besides."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random) -> None:
        self.tally = Tally()
        self._session, self._rig, self._rng = session, rig, rng
        self._rpc_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        self._seed_hash = hex_digits(rng, 64)
        self._job: dict[str, Any] = {}
        self._id = 1
        self._client_spoke_ns = session.now_ns

    def open(self) -> None:
        """The login, and the first job in its reply."""
        who = {"login": self._rig.account, "pass": "x", "agent": self._rig.agent}
        rigid = {"rigid": self._rig.worker} if self._rig.worker else {}
        result = {"id": self._rpc_id, "job": self._new_job(), "extensions": self.extensions, "status": "OK"}
        self._log_in({**who, **rigid, "algo": _ALGORITHMS}, result)

    def clocks(self) -> Mapping[str, Clock]:
        """A job with every block of the chain, shares, and a look every so often whether to keep alive."""
        return {
            "job": exponential(self._rng, self._rig.job_gap_s),
            "share": exponential(self._rng, self._rig.share_gap_s),
            "quiet": steady(self._rng, _KEEPALIVE_S / 2),
        }

    def act(self, kind: str) -> None:
        """Push a job, submit a share, or keep the connection alive after a minute's silence."""
        if kind == "job":
            job = {"jsonrpc": "2.0", "method": "job", "params": self._new_job()}
            self._session.server_sends(line(job, spaced=self._rig.spaced))
        elif kind == "share":
            self._submit()
        elif self._session.now_ns - self._client_spoke_ns >= _KEEPALIVE_S * 10**9:
            self._ask("keepalived", {"id": self._rpc_id}, {"status": "KEEPALIVED"})

    def _log_in(self, who: dict[str, Any], result: dict[str, Any]) -> None:
        self._ask("login", who, result)

    def _new_job(self) -> dict[str, Any]:
        rng, now_s = self._rng, self._session.now_ns // 10**9
        timestamp = "".join(f"{b:02x}" for b in _varint(now_s))
        blob = "1010" + timestamp + hex_digits(rng, 64) + "0" * 8 + hex_digits(rng, 64) + f"{rng.randrange(1, 128):02x}"
        self._job = {
            "blob": blob,
            "job_id": hex_digits(rng, 16),
            "target": (0xFFFFFFFF // max(round(self._rig.hashes_per_share), 1)).to_bytes(4, "little").hex(),
            "algo": "rx/0",
            "height": _KNOWN_HEIGHT + (now_s - _KNOWN_AT_S) // _BLOCK_S,
            "seed_hash": self._seed_hash,
        }
        return self._job

    def _submit(self) -> None:
        rng = self._rng
        self.tally.submitted += 1
        nonce, result = hex_digits(rng, 8), hex_digits(rng, 58) + "000000"
        share = {"id": self._rpc_id, "job_id": self._job["job_id"], "nonce": nonce, "result": result}
        if rng.random() < self._rig.reject_rate:
            self.tally.rejected += 1
            self._ask("submit", share, None, {"code": -1, "message": "Low difficulty share"})
        else:
            self.tally.accepted += 1
            self._ask("submit", share, {"status": "OK"})

    def _ask(self, method: str, params: dict[str, Any], result: Any, error: Any = None) -> None:
        spaced, head = self._rig.spaced, {"id": self._id, "jsonrpc": "2.0"}
        self._session.client_sends(line({**head, "method": method, "params": params}, spaced=spaced))
        self._client_spoke_ns = self._session.now_ns
        answer = {"result": result} if error is None else {}
        self._session.server_sends(line({**head, "error": error, **answer}, spaced=spaced))
        self._id += 1


class P2PoolTalk(CryptonoteTalk):
    """xmrig and a P2Pool node: session numbers instead of names, no sign of life, no error in the answer to a login."""

    extensions = ("algo",)

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng)
        self._rpc_id = f"{rng.getrandbits(32):X}"

    def clocks(self) -> Mapping[str, Clock]:
        """Jobs and shares."""
        return {kind: clock for kind, clock in super().clocks().items() if kind != "quiet"}

    def _log_in(self, who: dict[str, Any], result: dict[str, Any]) -> None:
        head, spaced = {"id": self._id, "jsonrpc": "2.0"}, self._rig.spaced
        self._session.client_sends(line({**head, "method": "login", "params": who}, spaced=spaced))
        self._session.server_sends(line({**head, "result": result}, spaced=spaced))
        self._id += 1

    def _new_job(self) -> dict[str, Any]:
        self._job = {**super()._new_job(), "job_id": f"{self._rng.randrange(1, 2**16):X}"}
        return self._job


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])

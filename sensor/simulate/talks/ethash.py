"""What do GPU rigs and Ethash-family pools say? The polling proxy form, and both EthereumStratum forms."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, Tally, exponential, hex_digits, line, steady, target_256

_HASHES_PER_DIFFICULTY = 2**32
_POLL_S, _REPORT_S = 10.0, 20.0


class EthProxyTalk:
    """Claymore's way: no subscription, ``eth_getWork`` every ten seconds, work pushed with id 0 on every block."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random) -> None:
        self.tally = Tally()
        self._session, self._rig, self._rng = session, rig, rng
        self._seed = "0x" + hex_digits(rng, 64)
        self._header = "0x" + hex_digits(rng, 64)
        self._client_id = "0x" + hex_digits(rng, 64)

    def open(self) -> None:
        """Log in and ask for the first work."""
        login = {"worker": self._rig.worker, "params": [self._rig.account, "x"], "id": 2, "method": "eth_submitLogin"}
        self._says(login)
        self._answers(2, True)
        self.act("poll")

    def clocks(self) -> Mapping[str, Clock]:
        """Polls and reports at a fixed beat, blocks and shares by chance."""
        return {
            "poll": steady(self._rng, _POLL_S),
            "report": steady(self._rng, _REPORT_S),
            "job": exponential(self._rng, self._rig.job_gap_s),
            "share": exponential(self._rng, self._rig.share_gap_s),
        }

    def act(self, kind: str) -> None:
        """One poll, report, block or share."""
        if kind == "poll":
            self._says({"worker": "", "params": [], "id": 3, "method": "eth_getWork"})
            self._answers(3, self._work())
        elif kind == "report":
            rate = hex(round(self._rig.hashrate_hs * self._rng.uniform(0.98, 1.02)))
            self._says({"id": 6, "method": "eth_submitHashrate", "params": [rate, self._client_id]})
            self._answers(6, True)
        elif kind == "job":
            self._header = "0x" + hex_digits(self._rng, 64)
            self._answers(0, self._work())
        else:
            self._submit()

    def _submit(self) -> None:
        good = self._rng.random() >= self._rig.reject_rate
        _count(self.tally, good)
        share = ["0x" + hex_digits(self._rng, 16), self._header, "0x" + hex_digits(self._rng, 64)]
        self._says({"id": 4, "worker": self._rig.worker, "method": "eth_submitWork", "params": share})
        self._answers(4, good)

    def _work(self) -> list[str]:
        return [self._header, self._seed, "0x" + target_256(self._rig.hashes_per_share)]

    def _says(self, message: dict[str, Any]) -> None:
        self._session.client_sends(line({"jsonrpc": "2.0", **message}, spaced=self._rig.spaced))

    def _answers(self, number: int, result: Any) -> None:
        self._session.server_sends(line({"jsonrpc": "2.0", "id": number, "result": result}, spaced=self._rig.spaced))


class EthereumStratum1Talk:
    """NiceHash's EthereumStratum/1.0.0: four-parameter jobs, three-parameter shares."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random) -> None:
        self.tally = Tally()
        self._session, self._rig, self._rng = session, rig, rng
        self._user = f"{rig.account}.{rig.worker}"
        self._seed, self._job, self._id = hex_digits(rng, 64), "", 2

    def open(self) -> None:
        """subscribe naming the protocol, authorize, difficulty, first job."""
        subscribed = [["mining.notify", hex_digits(self._rng, 32), "EthereumStratum/1.0.0"], hex_digits(self._rng, 6)]
        self._ask(1, "mining.subscribe", [self._rig.agent, "EthereumStratum/1.0.0"], subscribed)
        self._ask(2, "mining.authorize", [self._user, "x"], True)
        self._push("mining.set_difficulty", [self._rig.hashes_per_share / _HASHES_PER_DIFFICULTY])
        self.act("job")

    def clocks(self) -> Mapping[str, Clock]:
        """Blocks and shares."""
        return {
            "job": exponential(self._rng, self._rig.job_gap_s),
            "share": exponential(self._rng, self._rig.share_gap_s),
        }

    def act(self, kind: str) -> None:
        """Push a job, or submit a share."""
        if kind == "job":
            self._job = hex_digits(self._rng, 12)
            self._push("mining.notify", [self._job, self._seed, hex_digits(self._rng, 64), True])
            return
        self._id += 1
        good = self._rng.random() >= self._rig.reject_rate
        _count(self.tally, good)
        error = None if good else [23, "Low difficulty share", None]
        share = [self._user, self._job, hex_digits(self._rng, 10)]
        self._ask(self._id, "mining.submit", share, True if good else None, error)

    def _ask(self, number: int, method: str, params: list[Any], result: Any, error: Any = None) -> None:
        spaced = self._rig.spaced
        self._session.client_sends(line({"id": number, "method": method, "params": params}, spaced=spaced))
        self._session.server_sends(line({"id": number, "result": result, "error": error}, spaced=spaced))

    def _push(self, method: str, params: list[Any]) -> None:
        self._session.server_sends(line({"id": None, "method": method, "params": params}, spaced=self._rig.spaced))


class EthereumStratum2Talk:
    """EIP-1571: hello, subscribe, authorize; ``mining.set`` holds the target, hashes go without ``0x``."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        self.tally = Tally()
        self._session, self._rig, self._rng, self._host = session, rig, rng, host
        self._height, self._job, self._id = rng.randrange(14_000_000, 15_000_000), "", 2
        self._worker_id = "w-" + hex_digits(rng, 3)

    def open(self) -> None:
        """The whole handshake in plain encoding, then settings and the first job."""
        port, protocol = self._session.wire.server.port, "EthereumStratum/2.0.0"
        hello = {"agent": self._rig.agent, "host": self._host, "port": f"{port:x}", "proto": protocol}
        welcome = {"proto": protocol, "encoding": "plain", "resume": "0", "timeout": "b4", "maxerrors": "5"}
        self._ask(0, "mining.hello", hello, {**welcome, "node": "Geth/v1.11.6"})
        self._ask(1, "mining.subscribe", None, "s-" + hex_digits(self._rng, 13))
        self._ask(2, "mining.authorize", [f"{self._rig.account}.{self._rig.worker}", "x"], self._worker_id)
        target = target_256(self._rig.hashes_per_share).lstrip("0")
        settings = {"epoch": "dc", "target": target, "algo": "ethash", "extranonce": hex_digits(self._rng, 4)}
        self._session.server_sends(line({"method": "mining.set", "params": settings}))
        self.act("job")

    def clocks(self) -> Mapping[str, Clock]:
        """Blocks, shares, and a self-reported hash rate every minute."""
        return {
            "job": exponential(self._rng, self._rig.job_gap_s),
            "share": exponential(self._rng, self._rig.share_gap_s),
            "report": steady(self._rng, 60.0),
        }

    def act(self, kind: str) -> None:
        """Push a job, report the hash rate, or submit a share."""
        if kind == "job":
            self._height += 1
            self._job = hex_digits(self._rng, 8)
            job = [self._job, f"{self._height:x}", hex_digits(self._rng, 64), "0"]
            self._session.server_sends(line({"method": "mining.notify", "params": job}))
        elif kind == "report":
            self._next("mining.hashrate", [f"{round(self._rig.hashrate_hs):x}", self._worker_id], good=True)
        else:
            good = self._rng.random() >= self._rig.reject_rate
            _count(self.tally, good)
            self._next("mining.submit", [self._job, hex_digits(self._rng, 12), self._worker_id], good=good)

    def _next(self, method: str, params: list[Any], *, good: bool) -> None:
        self._id = self._id % 65535 + 1
        error = None if good else {"code": 202, "message": "Stale"}
        self._ask(self._id, method, params, True if good else None, error)

    def _ask(self, number: int, method: str, params: Any, result: Any, error: Any = None) -> None:
        request = {"id": number, "method": method} | ({"params": params} if params is not None else {})
        self._session.client_sends(line(request))
        self._session.server_sends(line({"id": number} | ({"error": error} if error else {"result": result})))


def _count(tally: Tally, good: bool) -> None:
    tally.submitted += 1
    tally.accepted += good
    tally.rejected += not good

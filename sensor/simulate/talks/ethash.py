"""What do GPU rigs and Ethash-family pools say? The polling proxy form, and both EthereumStratum forms."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, hex_digits, steady, target_256
from sensor.simulate.talks.lines import LineTalk

_HASHES_PER_DIFFICULTY = 2**32
_POLL_S, _REPORT_S = 10.0, 20.0


class EthProxyTalk(LineTalk):
    """Claymore's way: no subscription, ``eth_getWork`` every ten seconds, work pushed with id 0 on every block."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self._seed = "0x" + hex_digits(rng, 64)
        self._header = "0x" + hex_digits(rng, 64)
        self._client_id = "0x" + hex_digits(rng, 64)

    def open(self) -> None:
        """Log in and ask for the first work."""
        self.greet()
        self._poll()

    def clocks(self) -> Mapping[str, Clock]:
        """Polls and reports at a fixed beat, blocks and shares by chance."""
        beats = {"poll": steady(self.rng, _POLL_S), "report": steady(self.rng, _REPORT_S)}
        return beats | dict(super().clocks())

    def act(self, kind: str) -> None:
        """One poll, report, block or share."""
        if kind == "poll":
            self._poll()
        else:
            super().act(kind)

    def greet(self) -> None:
        """``eth_submitLogin``."""
        login = {"worker": self.rig.worker, "params": [self.rig.account, "x"], "id": 2, "method": "eth_submitLogin"}
        self._exchange(login, True)

    def push_job(self) -> None:
        """Work of a new block, with the id 0."""
        self._header = "0x" + hex_digits(self.rng, 64)
        self.answers({"jsonrpc": "2.0", "id": 0, "result": self._work()})

    def submit(self, *, good: bool) -> None:
        """``eth_submitWork``."""
        share = ["0x" + hex_digits(self.rng, 16), self._header, "0x" + hex_digits(self.rng, 64)]
        self._exchange({"id": 4, "worker": self.rig.worker, "method": "eth_submitWork", "params": share}, good)

    def report(self) -> None:
        """``eth_submitHashrate``, give or take a little."""
        rate = hex(round(self.rig.hashrate_hs * self.rng.uniform(0.98, 1.02)))
        self._exchange({"id": 6, "method": "eth_submitHashrate", "params": [rate, self._client_id]}, True)

    def _poll(self) -> None:
        self._exchange({"worker": "", "params": [], "id": 3, "method": "eth_getWork"}, self._work())

    def _work(self) -> list[str]:
        return [self._header, self._seed, "0x" + target_256(self.rig.hashes_per_share)]

    def _exchange(self, request: dict[str, Any], result: Any) -> None:
        self.says({"jsonrpc": "2.0", **request})
        self.answers({"jsonrpc": "2.0", "id": request["id"], "result": result})


class EthereumStratum1Talk(LineTalk):
    """NiceHash's EthereumStratum/1.0.0: four-parameter jobs, three-parameter shares."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self._seed, self._job = hex_digits(rng, 64), ""

    def greet(self) -> None:
        """subscribe naming the protocol, authorize, difficulty."""
        subscribed = [["mining.notify", hex_digits(self.rng, 32), "EthereumStratum/1.0.0"], hex_digits(self.rng, 6)]
        self.ask("mining.subscribe", [self.rig.agent, "EthereumStratum/1.0.0"], subscribed)
        self.ask("mining.authorize", [self.user, "x"], True)
        self.push("mining.set_difficulty", [self.rig.hashes_per_share / _HASHES_PER_DIFFICULTY])

    def push_job(self) -> None:
        """``mining.notify``."""
        self._job = hex_digits(self.rng, 12)
        self.push("mining.notify", [self._job, self._seed, hex_digits(self.rng, 64), True])

    def submit(self, *, good: bool) -> None:
        """``mining.submit``."""
        error = None if good else [23, "Low difficulty share", None]
        self.ask("mining.submit", [self.user, self._job, hex_digits(self.rng, 10)], good or None, error)


class EthereumStratum2Talk(LineTalk):
    """EIP-1571: hello, subscribe, authorize; ``mining.set`` holds the target, hashes go without ``0x``."""

    reports = True

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self._height, self._job = rng.randrange(14_000_000, 15_000_000), ""
        self._worker_id = "w-" + hex_digits(rng, 3)

    def greet(self) -> None:
        """The whole handshake in plain encoding, then settings."""
        port, protocol = self.session.wire.server.port, "EthereumStratum/2.0.0"
        hello = {"agent": self.rig.agent, "host": self.host, "port": f"{port:x}", "proto": protocol}
        welcome = {"proto": protocol, "encoding": "plain", "resume": "0", "timeout": "b4", "maxerrors": "5"}
        self._exchange(0, "mining.hello", hello, {**welcome, "node": "Geth/v1.11.6"})
        self._exchange(1, "mining.subscribe", None, "s-" + hex_digits(self.rng, 13))
        self._exchange(2, "mining.authorize", [self.user, "x"], self._worker_id)
        self.number = 2
        target = target_256(self.rig.hashes_per_share).lstrip("0")
        settings = {"epoch": "dc", "target": target, "algo": "ethash", "extranonce": hex_digits(self.rng, 4)}
        self.answers({"method": "mining.set", "params": settings})

    def push_job(self) -> None:
        """``mining.notify``."""
        self._height += 1
        self._job = hex_digits(self.rng, 8)
        job = [self._job, f"{self._height:x}", hex_digits(self.rng, 64), "0"]
        self.answers({"method": "mining.notify", "params": job})

    def submit(self, *, good: bool) -> None:
        """``mining.submit``."""
        self.ask("mining.submit", [self._job, hex_digits(self.rng, 12), self._worker_id], good, None if good else 202)

    def report(self) -> None:
        """``mining.hashrate``."""
        self.ask("mining.hashrate", [f"{round(self.rig.hashrate_hs):x}", self._worker_id], True)

    def ask(self, method: str, params: Any, result: Any, error: Any = None) -> None:
        """Numbers go round; ``error`` is a code."""
        self.number = self.number % 65535 + 1
        self._exchange(self.number, method, params, result, error)

    def _exchange(self, number: int, method: str, params: Any, result: Any, error: Any = None) -> None:
        self.says({"id": number, "method": method} | ({"params": params} if params is not None else {}))
        refused = {"error": {"code": error, "message": "Stale"}}
        self.answers({"id": number} | (refused if error else {"result": result}))

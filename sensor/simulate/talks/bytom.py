"""What do Bytom's miners and pools say? Two forms of the same: members by name, or texts in their order."""

from __future__ import annotations

import random
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig, hex_digits
from sensor.simulate.talks.lines import LineTalk

_HEIGHT = 350_000
_EXPIRED = {"code": -1, "message": "Block expired"}


class BytomTalk(LineTalk):
    """``named``: as the Antminer B3 and its pools have it, else as BTC.com's description of the protocol has it."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str, *, named: bool) -> None:
        super().__init__(session, rig, rng, host)
        self._named, self._job = named, 0

    def greet(self) -> None:
        """The login; in its answer the first job, or else a question for it."""
        if self._named:
            who = {"login": self.user, "pass": "x", "agent": self.rig.agent}
            self.ask("login", who, {"id": self.user, "job": self._new_job(), "status": "OK"})
        else:
            self.ask("login", [self.user, "x", self.rig.agent], True)
            self.number += 1
            self.says({"id": self.number, "jsonrpc": "2.0", "method": "getwork"})
            self.answers({"id": self.number, "jsonrpc": "2.0", "result": list(self._new_job().values())})

    def push_job(self) -> None:
        """``job``, or eleven texts that answer nothing."""
        job = self._new_job()
        told = {"method": "job", "params": job} if self._named else {"result": list(job.values())}
        self.answers({"jsonrpc": "2.0", **told})

    def submit(self, *, good: bool) -> None:
        """Job and nonce."""
        nonce = hex_digits(self.rng, 8 if self._named else 16)
        named, listed = {"id": self.user, "job_id": str(self._job), "nonce": nonce}, [str(self._job), nonce]
        self.ask("submit", named if self._named else listed, self._yes() if good else None, None if good else _EXPIRED)

    def _yes(self) -> Any:
        return {"status": "OK"} if self._named else True

    def _new_job(self) -> dict[str, str]:
        """The members in the order in which the other form has them."""
        self._job += 1
        at_s = self.session.now_ns // 10**9
        upper = int(2**32 / max(self.rig.hashes_per_share, 1))
        return {
            "job_id": str(self._job),
            "version": _number(1),
            "height": _number(_HEIGHT + self._job),
            "previous_block_hash": hex_digits(self.rng, 64),
            "timestamp": _number(at_s),
            "transactions_merkle_root": hex_digits(self.rng, 64),
            "transaction_status_hash": hex_digits(self.rng, 64),
            "nonce": _number(self.rng.getrandbits(32) << 32),
            "bits": _number(0x1D00000000047A1D),
            "seed": hex_digits(self.rng, 64),
            "target": upper.to_bytes(4, "little").hex(),
        }


def _number(value: int) -> str:
    return value.to_bytes(8, "little").hex()

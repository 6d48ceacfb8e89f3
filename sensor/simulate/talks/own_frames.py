"""What do Grin, Beam, Zilliqa and Iron Fish say? Line JSON whose frame is their own."""

from __future__ import annotations

from typing import Any

from sensor.simulate.talks.base import hex_digits, target_256
from sensor.simulate.talks.lines import LineTalk

_CYCLE = 42
"""Edges of a cycle, and the graphs that hold one on average."""
_WEIGHT = 2 ** (32 - 24) * 2 * 32
"""Difficulty of one cycle of 32 edge bits."""
_SOLUTION_BYTES = 104


class GrinTalk(LineTalk):
    """Grin: text ids, answers that repeat the method, a cycle of 42 numbers as the share."""

    _height, _job_id = 2_800_000, 0

    def greet(self) -> None:
        """login, getjobtemplate."""
        who = {"login": self.user, "pass": "x", "agent": self.rig.agent}
        self.ask("login", who, "ok")
        self.ask("getjobtemplate", None, self._template())

    def push_job(self) -> None:
        """``job``, from an id that is the word Stratum."""
        self._job_id += 1
        self.answers({"id": "Stratum", "jsonrpc": "2.0", "method": "job", "params": self._template()})

    def submit(self, *, good: bool) -> None:
        """``submit`` with the cycle."""
        cycle = sorted(self.rng.randrange(2**32) for _ in range(_CYCLE))
        nonce = self.rng.getrandbits(63)
        share = {"edge_bits": 32, "height": self._height, "job_id": self._job_id, "nonce": nonce, "pow": cycle}
        self.ask("submit", share, "ok", None if good else {"code": -32501, "message": "Share rejected: low difficulty"})

    def ask(self, method: str, params: Any, result: Any, error: Any = None) -> None:
        """A request and its answer, which repeats the method."""
        self.number += 1
        head = {"id": str(self.number), "jsonrpc": "2.0", "method": method}
        self.says({**head, "params": params})
        self.answers({**head, "result": result if error is None else None, "error": error})

    def _template(self) -> dict[str, Any]:
        difficulty = max(round(self.rig.hashes_per_share * _WEIGHT / _CYCLE), 1)
        pre_pow = hex_digits(self.rng, 472)
        return {"difficulty": difficulty, "height": self._height, "job_id": self._job_id, "pre_pow": pre_pow}


class BeamTalk(LineTalk):
    """Beam: members beside the method, answers of the method ``result``."""

    _job = 0

    def greet(self) -> None:
        """login with an API key."""
        self.says({"id": "login", "method": "login", "jsonrpc": "2.0", "api_key": self.user})
        forks = {"nonceprefix": hex_digits(self.rng, 6), "forkheight": 321_321, "forkheight2": 777_777}
        self.answers(self._result("login", 0, "Login successful") | forks)

    def push_job(self) -> None:
        """``job`` with input, packed difficulty and height."""
        self._job += 1
        work = {"input": hex_digits(self.rng, 64), "difficulty": _packed(self.rig.hashes_per_share)}
        height = 3_100_000 + self._job
        self.answers({"jsonrpc": "2.0", "id": str(self._job), "method": "job", **work, "height": height})

    def submit(self, *, good: bool) -> None:
        """``solution`` under the id of its job."""
        share = {"nonce": hex_digits(self.rng, 16), "output": hex_digits(self.rng, 2 * _SOLUTION_BYTES)}
        self.says({"jsonrpc": "2.0", "id": str(self._job), "method": "solution", **share})
        self.answers(self._result(str(self._job), *((1, "accepted") if good else (2, "rejected"))))

    def _result(self, number: str, code: int, description: str) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": number, "method": "result", "code": code, "description": description}


class ZmpTalk(LineTalk):
    """Zilliqa: a login in an array, work as bare results, nonces that are all a share consists of."""

    def greet(self) -> None:
        """login; the answer holds the epoch."""
        who = {"userAgent": self.rig.agent, "login": self.user}
        self.says({"id": 0, "method": "login", "params": [who]})
        self.answers({"id": 0, "result": {"epoch": "1f4"}})

    def push_job(self) -> None:
        """A result without an id."""
        expires = self.session.now_ns // 10**9 + 60
        work = {"sealHash": hex_digits(self.rng, 64), "diff": f"{round(self.rig.hashes_per_share):x}"}
        self.answers({"result": {**work, "epoch": "1f4", "ttl": 60, "expires": expires}})

    def submit(self, *, good: bool) -> None:
        """A nonce; the answer is an id and no more."""
        self.number += 1
        self.says({"id": self.number, "method": "submit", "params": [{"n": hex_digits(self.rng, 16)}]})
        refusal = {"error": {"code": -1, "message": "Stale share"}}
        self.answers({"id": self.number} | ({} if good else refusal))


class IronFishTalk(LineTalk):
    """Iron Fish: bodies instead of parameters, answers of methods of their own."""

    _request, _pool_number = 0, 0

    def greet(self) -> None:
        """subscribe, subscribed; the share target."""
        who = {"version": 3, "publicAddress": self.rig.account, "name": self.rig.worker, "agent": self.rig.agent}
        self._says("mining.subscribe", who)
        self._answers("mining.subscribed", {"clientId": 7, "xn": hex_digits(self.rng, 4)})
        self._answers("mining.set_target", {"target": target_256(self.rig.hashes_per_share)})

    def push_job(self) -> None:
        """notify with a request number and a header."""
        self._request += 1
        header = hex_digits(self.rng, 360)
        self._answers("mining.notify", {"miningRequestId": self._request, "header": header})

    def submit(self, *, good: bool) -> None:
        """submit; submitted names the number of the submit."""
        self._says("mining.submit", {"miningRequestId": self._request, "randomness": hex_digits(self.rng, 16)})
        why = {} if good else {"message": "Low difficulty share"}
        self._answers("mining.submitted", {"id": self.number, "result": good, **why})

    def _says(self, method: str, body: dict[str, Any]) -> None:
        self.number += 1
        self.says({"id": self.number, "method": method, "body": body})

    def _answers(self, method: str, body: dict[str, Any]) -> None:
        self._pool_number += 1
        self.answers({"id": self._pool_number, "method": method, "body": body})


def _packed(difficulty: float) -> int:
    """8 bits of order and 24 of mantissa: (1 + mantissa / 2^24) · 2^order."""
    order = max(int(difficulty), 1).bit_length() - 1
    mantissa = int((difficulty / 2**order - 1) * 2**24)
    return order << 24 | min(max(mantissa, 0), 2**24 - 1)

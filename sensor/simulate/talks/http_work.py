"""What do HTTP miners and their servers say? getwork and its kin, polled over one kept connection."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from sensor.simulate.talks.base import Clock, exponential, hex_digits, steady, target_256
from sensor.simulate.talks.miner import MinerTalk

_HEIGHT_S = 5.0
_CAPABILITIES = ["coinbasetxn", "workid", "longpoll", "coinbase/append", "time/increment", "version/force"]


class HttpWorkTalk(MinerTalk):
    """What both share: JSON-RPC over HTTP/1.1 with the mining headers, polls by clock, shares by chance."""

    answer_headers: tuple[str, ...] = ("X-Long-Polling: /LP", "X-Roll-NTime: expire=60")

    def greet(self) -> None:
        """Nothing comes before the first poll."""

    def clocks(self) -> Mapping[str, Clock]:
        """Polls and shares."""
        return {
            "job": steady(self.rng, self.rig.job_gap_s),
            "share": exponential(self.rng, self.rig.share_gap_s),
        }

    def ask(self, method: str, params: Any, result: Any, *, uri: str = "/", also: tuple[str, ...] = ()) -> None:
        """One request, with ``also`` among its headers, and its answer."""
        body = json.dumps({"id": 0, "method": method, "params": params}).encode()
        head = [f"POST {uri} HTTP/1.1", f"Host: {self.host}:{self.session.wire.server.port}", *self.request_headers()]
        self.session.client_sends(http_message([*head, "Content-Type: application/json", *also], body))
        answer = json.dumps({"result": result, "error": None, "id": 0}).encode()
        headers = ["HTTP/1.1 200 OK", "Content-Type: application/json", *self.answer_headers]
        self.session.server_sends(http_message(headers, answer))

    def request_headers(self) -> list[str]:
        """Who asks, and how fast it mines."""
        user = base64.b64encode(f"{self.rig.account}.{self.rig.worker}:x".encode()).decode()
        return [
            f"Authorization: Basic {user}",
            "Accept: */*",
            "X-Mining-Extensions: longpoll midstate rollntime submitold",
            f"X-Mining-Hashrate: {round(self.rig.hashrate_hs)}",
            f"User-Agent: {self.rig.agent}",
        ]


class GetworkTalk(HttpWorkTalk):
    """getwork: 128 bytes of header data out, the same with a nonce back."""

    def push_job(self) -> None:
        """``getwork`` without parameters."""
        work = {
            "midstate": hex_digits(self.rng, 64),
            "data": hex_digits(self.rng, 256),
            "hash1": "0" * 64 + "00000080" + "0" * 48 + "00010000",
            "target": bytes.fromhex(target_256(self.rig.hashes_per_share))[::-1].hex(),
        }
        self.ask("getwork", [], work)

    def submit(self, *, good: bool) -> None:
        """``getwork`` with the solved data."""
        self.ask("getwork", [hex_digits(self.rng, 256)], good)


class GetblocktemplateTalk(HttpWorkTalk):
    """getblocktemplate as pools served it: a template with a work id out, a block back."""

    _long_poll_id = ""

    def push_job(self) -> None:
        """A template; from the second time on the request waits on the long-poll id."""
        request: dict[str, Any] = {"capabilities": _CAPABILITIES, "rules": ["segwit"]}
        if self._long_poll_id:
            request["longpollid"] = self._long_poll_id
        self._long_poll_id = hex_digits(self.rng, 72)
        self.ask("getblocktemplate", [request], self._template())

    def submit(self, *, good: bool) -> None:
        """``submitblock``; a null result is a yes."""
        block = "00000020" + hex_digits(self.rng, 152) + "01" + hex_digits(self.rng, 300)
        self.ask("submitblock", [block, {"workid": self._long_poll_id[:8]}], None if good else "high-hash")

    def _template(self) -> dict[str, Any]:
        rng, now_s = self.rng, self.session.now_ns // 10**9
        transactions = [{"data": hex_digits(rng, 380), "txid": hex_digits(rng, 64), "fee": 1000} for _ in range(3)]
        return {
            "capabilities": ["proposal"],
            "version": 536870912,
            "previousblockhash": "0" * 16 + hex_digits(rng, 48),
            "transactions": transactions,
            "coinbasetxn": {"data": "01000000" + hex_digits(rng, 240)},
            "longpollid": self._long_poll_id,
            "workid": self._long_poll_id[:8],
            "target": target_256(self.rig.hashes_per_share),
            "mintime": now_s - 600,
            "mutable": ["time", "transactions/add", "prevblock", "coinbase/append"],
            "noncerange": "00000000ffffffff",
            "curtime": now_s,
            "bits": "170331db",
            "height": 925_000 + (now_s - 1_763_800_000) // 600,
        }


class MoneroDaemonTalk(HttpWorkTalk):
    """xmrig without a pool: it watches a Monero node's height and builds blocks from the node's templates."""

    answer_headers = ()
    _height = 3_300_000

    def clocks(self) -> Mapping[str, Clock]:
        """The height is asked for more often than a template."""
        return {**super().clocks(), "height": steady(self.rng, _HEIGHT_S)}

    def act(self, kind: str) -> None:
        """Ask for the height, for a template, or hand in a block."""
        if kind != "height":
            super().act(kind)
            return
        where = f"Host: {self.host}:{self.session.wire.server.port}"
        self.session.client_sends(http_message(["GET /getheight HTTP/1.1", where, *self.request_headers()]))
        answer = json.dumps({"height": self._height, "status": "OK", "untrusted": False}).encode()
        self.session.server_sends(http_message(["HTTP/1.1 200 Ok", "Content-Type: application/json"], answer))

    def request_headers(self) -> list[str]:
        """The agent alone."""
        return [f"User-Agent: {self.rig.agent}"]

    def push_job(self) -> None:
        """``getblocktemplate`` for the own wallet."""
        blob = "1010" + hex_digits(self.rng, 76) + "0" * 8 + hex_digits(self.rng, 400)
        template = {
            "blocktemplate_blob": blob,
            "blockhashing_blob": blob[:152],
            "difficulty": self._difficulty(),
            "height": self._height,
            "prev_hash": hex_digits(self.rng, 64),
            "seed_hash": hex_digits(self.rng, 64),
            "reserved_offset": 130,
            "expected_reward": 600_000_000_000,
            "status": "OK",
        }
        ask = {"wallet_address": self.rig.account, "extra_nonce": hex_digits(self.rng, 16)}
        self.ask("getblocktemplate", ask, template, uri="/json_rpc")

    def submit(self, *, good: bool) -> None:
        """``submitblock``, with the difficulty of its hash as a header."""
        self._height += good
        result = {"status": "OK" if good else "BLOCK_NOT_ACCEPTED"}
        told = (f"X-Hash-Difficulty: {self._difficulty()}",)
        self.ask("submitblock", ["1010" + hex_digits(self.rng, 480)], result, uri="/json_rpc", also=told)

    def _difficulty(self) -> int:
        return max(round(self.rig.hashes_per_share), 1)


class EthGetworkTalk(HttpWorkTalk):
    """ethminer without a pool: it polls an Ethereum node over HTTP."""

    answer_headers = ()
    _header = ""

    def request_headers(self) -> list[str]:
        """Neither agent nor account."""
        return ["Accept: */*"]

    def push_job(self) -> None:
        """``eth_getWork``."""
        self._header = "0x" + hex_digits(self.rng, 64)
        seed, target = "0x" + hex_digits(self.rng, 64), "0x" + target_256(self.rig.hashes_per_share)
        self.ask("eth_getWork", [], [self._header, seed, target])

    def submit(self, *, good: bool) -> None:
        """``eth_submitWork``."""
        share = ["0x" + hex_digits(self.rng, 16), self._header, "0x" + hex_digits(self.rng, 64)]
        self.ask("eth_submitWork", share, good)


def http_message(head: list[str], body: bytes = b"") -> bytes:
    """Start line and headers, a ``Content-Length``, and the body."""
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body

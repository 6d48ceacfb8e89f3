"""Which other JSON-RPC and line talk comes close to mining? Nodes asked by wallets, tools, media, chat, games."""

from __future__ import annotations

import abc
import json
import random
from collections.abc import Mapping
from typing import Any, TypeAlias

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, exponential, hex_digits, line, steady
from sensor.simulate.talks.http_work import http_message
from sensor.simulate.talks.lookalike import Lookalike

Call: TypeAlias = tuple[str, Any, Any]
"""Method, parameters, result."""


class HttpRpcTalk(Lookalike):
    """JSON-RPC over HTTP POST; ``path`` and ``agent`` are the software's."""

    path, agent, gap_s = "/", "", 9.0

    @abc.abstractmethod
    def calls(self) -> list[Call]:
        """What this software asks."""

    def act(self, kind: str) -> None:
        """One call and its answer."""
        self.number += 1
        method, params, result = self.rng.choice(self.calls())
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        head = [f"POST {self.path} HTTP/1.1", f"Host: {self.host}", "Content-Type: application/json"]
        self.session.client_sends(http_message([*head, f"User-Agent: {self.agent}"], json.dumps(request).encode()))
        answer = json.dumps({"jsonrpc": "2.0", "id": self.number, "result": result, "error": None}).encode()
        self.session.server_sends(http_message(["HTTP/1.1 200 OK", "Content-Type: application/json"], answer))


class BitcoinRpcTalk(HttpRpcTalk):
    """A shop's back end and its own bitcoind: balances, blocks, fees; it watches mining and does none."""

    agent = "AuthServiceProxy/0.1"

    def calls(self) -> list[Call]:
        """What python-bitcoinrpc users ask."""
        block = {"hash": hex_digits(self.rng, 64), "bits": "17032f14", "difficulty": 1.1e14, "height": 925_000}
        return [
            ("getblockchaininfo", [], {"chain": "main", "blocks": 925_000, "difficulty": 1.1e14}),
            ("getmininginfo", [], {"blocks": 925_000, "networkhashps": 7.9e20, "pooledtx": 4120, "chain": "main"}),
            ("getblock", [hex_digits(self.rng, 64), 1], {**block, "previousblockhash": hex_digits(self.rng, 64)}),
            ("estimatesmartfee", [6], {"feerate": 0.00002, "blocks": 6}),
            ("sendrawtransaction", [hex_digits(self.rng, 500)], hex_digits(self.rng, 64)),
        ]


class MonerodRpcTalk(HttpRpcTalk):
    """A Monero wallet and its node: headers and fees, ``difficulty`` in every answer."""

    path, agent = "/json_rpc", "monero-wallet-gui"

    def calls(self) -> list[Call]:
        """What wallets ask."""
        header = {"difficulty": 480_000_000_000, "height": 3_400_000, "hash": hex_digits(self.rng, 64)}
        return [
            ("get_last_block_header", {}, {"block_header": header, "status": "OK"}),
            ("get_info", {}, {"difficulty": 480_000_000_000, "height": 3_400_000, "target": 120, "status": "OK"}),
            ("get_fee_estimate", {}, {"fee": 20_000, "quantization_mask": 10_000, "status": "OK"}),
        ]


class KodiTalk(HttpRpcTalk):
    """A remote control and a media centre."""

    path, agent, gap_s = "/jsonrpc", "Kore/3.1", 4.0

    def calls(self) -> list[Call]:
        """What a remote control asks."""
        return [
            ("JSONRPC.Ping", {}, "pong"),
            ("Player.GetActivePlayers", {}, [{"playerid": 1, "type": "video"}]),
            ("Input.ExecuteAction", {"action": "select"}, "OK"),
        ]


class Aria2Talk(HttpRpcTalk):
    """A download manager and its front end: gids, hashes and workers' statistics."""

    path, agent = "/jsonrpc", "python-requests/2.32"

    def calls(self) -> list[Call]:
        """What a front end asks."""
        job = {"gid": hex_digits(self.rng, 16), "status": "active", "infoHash": hex_digits(self.rng, 40)}
        return [
            ("aria2.tellActive", ["token:secret"], [job]),
            ("aria2.getGlobalStat", ["token:secret"], {"numActive": "1", "downloadSpeed": "1048576"}),
            ("aria2.addUri", ["token:secret", ["https://example.com/a.iso"]], hex_digits(self.rng, 16)),
        ]


class McpTalk(HttpRpcTalk):
    """An assistant and its tools over the Model Context Protocol; one tool is about mining, in words only."""

    path, agent = "/mcp", "python-httpx/0.28"

    def calls(self) -> list[Call]:
        """What an assistant asks."""
        tool = {"name": "job_submit", "description": "Submit a job. Says what mining.subscribe and eth_getWork are."}
        said = {"content": [{"type": "text", "text": '{"id":1,"method":"mining.subscribe","params":[]}'}]}
        return [
            ("tools/list", {}, {"tools": [tool]}),
            ("tools/call", {"name": "job_submit", "arguments": {"job_id": "7", "worker": "a"}}, said),
            ("ping", {}, {}),
        ]


class IrcTalk(Lookalike):
    """A channel of miners who paste what their software says."""

    gap_s = 6.0

    def open(self) -> None:
        """Join."""
        self.session.client_sends(b"NICK visitor\r\nUSER visitor 0 * :visitor\r\nJOIN #mining\r\n")
        self.session.server_sends(f":{self.host} 001 visitor :Welcome\r\n:visitor JOIN #mining\r\n".encode())

    def act(self, kind: str) -> None:
        """Somebody pastes a share."""
        share = json.dumps({"id": 4, "method": "mining.submit", "params": ["acct.rig", hex_digits(self.rng, 8)]})
        self.session.server_sends(f":a!b@c PRIVMSG #mining :why is {share} rejected?\r\n".encode())
        self.session.client_sends(b"PRIVMSG #mining :see mining.set_difficulty\r\n")


class GameTalk(Lookalike):
    """A game about mines: line JSON whose words are mining's own."""

    gap_s = 3.0

    def open(self) -> None:
        """Log in to the game."""
        self.ask("login", {"user": "alice", "world": "cavern-7"}, {"status": "OK", "session": hex_digits(self.rng, 16)})

    def clocks(self) -> Mapping[str, Clock]:
        """Moves by chance, the world's beat."""
        return {"move": exponential(self.rng, self.gap_s), "tick": steady(self.rng, 5.0)}

    def act(self, kind: str) -> None:
        """A move, or what the world says."""
        if kind == "tick":
            self.session.server_sends(line({"method": "job", "params": {"job_id": 7, "target": "gold", "height": 12}}))
            return
        where = {"job_id": 7, "tool": "pickaxe", "result": self.rng.choice(["gold", "stone"])}
        self.ask("submit", where, {"status": "OK", "accepted": True})


class ChatSocketTalk(Lookalike):
    """An application's own messages, meant for a WebSocket: logins, jobs and hashes that are no mining."""

    gap_s = 5.0

    def __init__(self, session: TcpSession, rng: random.Random, host: str) -> None:
        super().__init__(session, rng, host)
        self._said = ({"type": "auth", "params": {"token": "abc"}}, {"type": "submit", "params": {"job_id": "build-7"}})

    def act(self, kind: str) -> None:
        """One message and its answer."""
        self.session.client_sends(line(self.rng.choice(self._said)))
        self.session.server_sends(line({"type": "job", "params": {"job_id": "build-8", "target": "linux"}}))

"""What looks like mining and is not? Other line JSON, other JSON-RPC, and visits to pools' web sites."""

from __future__ import annotations

import abc
import json
import random
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Tally, exponential, hex_digits, line, steady
from sensor.simulate.talks.http_work import http_message


class Lookalike(abc.ABC):
    """What all look-alikes share: one kind of event by chance, and no shares."""

    gap_s = 15.0

    def __init__(self, session: TcpSession, rng: random.Random, host: str) -> None:
        self.tally = Tally()
        self.session, self.rng, self.host = session, rng, host
        self.number = 0

    def open(self) -> None:
        """One event at once."""
        self.act("event")

    def clocks(self) -> Mapping[str, Clock]:
        """Events by chance, ``gap_s`` apart on average."""
        return {"event": exponential(self.rng, self.gap_s)}

    @abc.abstractmethod
    def act(self, kind: str) -> None:
        """One exchange."""

    def ask(self, method: str, params: Any, result: Any) -> None:
        """One JSON-RPC line and its answer."""
        self.number += 1
        self.session.client_sends(line({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}))
        self.session.server_sends(line({"jsonrpc": "2.0", "id": self.number, "result": result}))


class ElectrumTalk(Lookalike):
    """An Electrum wallet: line JSON-RPC about the Bitcoin chain, with server pushes and pings."""

    def open(self) -> None:
        """Agree on a version, follow the chain and one script."""
        self.ask("server.version", ["electrum/4.5.5", "1.4"], ["ElectrumX 1.16.0", "1.4"])
        self.ask("blockchain.headers.subscribe", [], {"hex": hex_digits(self.rng, 160), "height": 925_000})
        self.ask("blockchain.scripthash.subscribe", [hex_digits(self.rng, 64)], hex_digits(self.rng, 64))

    def clocks(self) -> Mapping[str, Clock]:
        """Pings every minute, questions and blocks by chance."""
        return {
            "ping": steady(self.rng, 60.0),
            "question": exponential(self.rng, 30.0),
            "block": exponential(self.rng, 600.0),
        }

    def act(self, kind: str) -> None:
        """One ping, question, or pushed block header."""
        if kind == "ping":
            self.ask("server.ping", [], None)
        elif kind == "question":
            self.ask("blockchain.transaction.get", [hex_digits(self.rng, 64)], hex_digits(self.rng, 500))
        else:
            header = {"hex": hex_digits(self.rng, 160), "height": 925_001}
            push = {"jsonrpc": "2.0", "method": "blockchain.headers.subscribe", "params": [header]}
            self.session.server_sends(line(push))


class EthereumRpcHttpTalk(Lookalike):
    """A wallet back end that asks an Ethereum node over HTTP."""

    gap_s = 12.0

    def act(self, kind: str) -> None:
        """One call and its answer."""
        method, params, result = _ethereum_call(self.rng)
        self.number += 1
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": self.number}).encode()
        head = [
            "POST / HTTP/1.1",
            f"Host: {self.host}:8545",
            "Content-Type: application/json",
            "User-Agent: web3.py/6.15",
        ]
        self.session.client_sends(http_message(head, body))
        answer = json.dumps({"jsonrpc": "2.0", "id": self.number, "result": result}).encode()
        self.session.server_sends(http_message(["HTTP/1.1 200 OK", "Content-Type: application/json"], answer))


class EthereumRpcLineTalk(Lookalike):
    """The same calls as bare JSON lines, with a subscription's pushes."""

    def open(self) -> None:
        """Follow new block heads."""
        self.ask("eth_subscribe", ["newHeads"], "0x" + hex_digits(self.rng, 32))

    def clocks(self) -> Mapping[str, Clock]:
        """Calls and pushed heads."""
        return {"call": exponential(self.rng, 20.0), "head": steady(self.rng, 12.0)}

    def act(self, kind: str) -> None:
        """One call, or one pushed head."""
        if kind == "call":
            self.ask(*_ethereum_call(self.rng))
            return
        head = {"number": hex(self.rng.randrange(2**24)), "hash": "0x" + hex_digits(self.rng, 64)}
        push = {"subscription": "0x" + hex_digits(self.rng, 32), "result": head}
        self.session.server_sends(line({"jsonrpc": "2.0", "method": "eth_subscription", "params": push}))


class LanguageServerTalk(Lookalike):
    """An editor and a language server: JSON-RPC with ``Content-Length`` frames."""

    gap_s = 8.0

    def open(self) -> None:
        """initialize, initialized."""
        self._exchange("initialize", {"processId": 4242, "rootUri": "file:///srv/code"}, {"capabilities": {}})
        self.session.client_sends(_framed({"jsonrpc": "2.0", "method": "initialized", "params": {}}))

    def act(self, kind: str) -> None:
        """One hover and its answer."""
        where = {"line": self.rng.randrange(400), "character": self.rng.randrange(80)}
        about = {"textDocument": {"uri": "file:///srv/code/main.py"}, "position": where}
        self._exchange("textDocument/hover", about, {"contents": "def submit(job_id: str) -> None"})

    def _exchange(self, method: str, params: Any, result: Any) -> None:
        self.number += 1
        self.session.client_sends(_framed({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}))
        self.session.server_sends(_framed({"jsonrpc": "2.0", "id": self.number, "result": result}))


class JsonLogTalk(Lookalike):
    """A log shipper: JSON lines whose words come close to mining ones, acknowledged now and then."""

    gap_s = 5.0

    def act(self, kind: str) -> None:
        """One record; every tenth is acknowledged."""
        self.number += 1
        record = {
            "@timestamp": self.session.now_ns // 10**6,
            "level": "info",
            "service": "batch-queue",
            "method": "submit",
            "job_id": hex_digits(self.rng, 16),
            "message": self.rng.choice(["job accepted", "user login", "worker keepalive", "text mining finished"]),
        }
        self.session.client_sends(line(record))
        if self.number % 10 == 0:
            self.session.server_sends(line({"ack": self.number}))


class WebTalk(Lookalike):
    """Somebody reads web pages over plain HTTP. On a pool's site the pages speak of mining; that is not mining."""

    gap_s = 25.0
    title = "News"

    def act(self, kind: str) -> None:
        """One page."""
        self.number += 1
        head = [
            f"GET /page/{self.number} HTTP/1.1",
            f"Host: {self.host}",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
        ]
        self.session.client_sends("\r\n".join([*head, "Accept: text/html", "", ""]).encode())
        words = f"<html><title>{self.title}</title><p>{hex_digits(self.rng, 2000)}</p></html>".encode()
        self.session.server_sends(http_message(["HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8"], words))


class PoolWebsiteTalk(WebTalk):
    """The same on a pool's own site: how to connect a miner, with the words a miner would say."""

    title = "Getting started: stratum+tcp, mining.subscribe, XMRig - Mining pool"


def _ethereum_call(rng: random.Random) -> tuple[str, list[Any], Any]:
    account = "0x" + hex_digits(rng, 40)
    calls: list[tuple[str, list[Any], Any]] = [
        ("eth_blockNumber", [], hex(rng.randrange(2**24))),
        ("eth_getBalance", [account, "latest"], hex(rng.randrange(2**60))),
        ("eth_call", [{"to": account, "data": "0x70a08231"}, "latest"], "0x" + hex_digits(rng, 64)),
        ("eth_gasPrice", [], hex(rng.randrange(2**34))),
        ("net_version", [], "1"),
    ]
    return rng.choice(calls)


def _framed(message: Mapping[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return f"Content-Length: {len(body)}\r\n\r\n".encode() + body

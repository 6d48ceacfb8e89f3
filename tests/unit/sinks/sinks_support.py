"""A detection to order, and a collector's stand-in that speaks real HTTP over loopback."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sensor.model.evidence import Verdict
from sensor.model.wire import (
    Detection,
    Dialect,
    MinerRef,
    PoolRef,
    SensorRef,
    State,
    Transport,
    digest_id,
    timestamp,
)

Script = Callable[["Request"], "Reply"]


def make_detection(number: int, agent: str = "xmrig/6.22") -> Detection:
    moment = timestamp(1_700_000_000_000_000_000 + number)
    return Detection(
        detection_id=digest_id("session", number),
        event_id=digest_id("event", number),
        sensor=SensorRef(id="s1"),
        state=State.OPENED,
        first_seen=moment,
        last_seen=moment,
        miner=MinerRef(ip="192.0.2.1", port=40_000),
        pool=PoolRef(ip="203.0.113.9", port=3333),
        transport=Transport(l4="tcp"),
        dialect=Dialect.STRATUM_V1,
        agents=[agent],
        verdict=Verdict.CONFIRMED,
        score=90,
    )


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    rows: list[dict[str, Any]]

    @property
    def ids(self) -> list[str]:
        return [row["event_id"] for row in self.rows]


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    drip_s: float = 0.0
    """Pause after every byte of the body."""
    hang_up: bool = False


class StandIn:
    """Answers by script; with none left it behaves as a collector: deduplicates by event_id and gives receipts."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: list[Reply | Script] = []
        self.always: Script | None = None
        self.known: set[str] = set()
        self.released = threading.Event()

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        step = self.script.pop(0) if self.script else self.always or self.take
        return step if isinstance(step, Reply) else step(request)

    def take(self, request: Request) -> Reply:
        new = [event_id for event_id in request.ids if event_id not in self.known]
        self.known.update(new)
        return receipt(len(new), len(request.ids) - len(new))


def receipt(accepted: int, duplicates: int = 0, rejected: tuple[tuple[int, str], ...] = ()) -> Reply:
    rows = [{"row": row, "event_id": None, "reason": reason} for row, reason in rejected]
    document = {"batch": 1, "accepted": accepted, "duplicates": duplicates, "rejected": rows}
    return Reply(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def fault(status: int, text: str = "no") -> Reply:
    return Reply(status, json.dumps({"error": text, "hint": ""}).encode(), {"Content-Type": "application/json"})


@contextmanager
def serving(state: StandIn, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Answer on a free loopback port until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(state))
    server.daemon_threads = True
    if tls:
        # The handshake belongs to the connection's own thread: a client that refuses must not stop the server.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def handler_for(state: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def do_POST(self) -> None:
            body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
            rows = [json.loads(line) for line in body.decode().split("\n") if line]
            reply = state.answer(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, rows))
            state.released.wait(reply.after_s)
            self.close_connection = reply.hang_up
            if reply.hang_up:
                return
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                for at in range(len(reply.body)) if reply.drip_s else []:
                    self.wfile.write(reply.body[at : at + 1])
                    state.released.wait(reply.drip_s)
                self.wfile.write(b"" if reply.drip_s else reply.body)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler

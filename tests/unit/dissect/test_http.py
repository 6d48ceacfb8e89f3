"""HTTP: heads and bodies in any pieces."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from sensor.dissect import http
from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.layer import Bounds, Context
from sensor.model.flow import Direction

ORIG, RESP = Direction.ORIG, Direction.RESP
GETWORK = (
    b"POST / HTTP/1.1\r\nHost: Pool.Example.org:8332\r\nAuthorization: Basic dXNlcjpwYXNz\r\n"
    b"User-Agent: cgminer 4.11.1\r\nX-Mining-Extensions: longpoll\r\nContent-Length: 41\r\n\r\n"
    b'{"method":"getwork","params":[],"id":0}\r\n'
)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nX-Roll-NTime: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'5\r\n{"id"\r\n1B;x=y\r\n:0,"result":{"data":"00ff"}\r\n1\r\n}\r\n0\r\nTrailer: a\r\n\r\n'
)

PROBES = [
    (b"POST / HTTP/1.1", Probe.CERTAIN),
    (b"HTTP/1.1 200 OK", Probe.CERTAIN),
    (b"PO", Probe.UNSURE),
    (b"", Probe.UNSURE),
    (b"{", Probe.NOT_FOR_US),
    (b"POSTED", Probe.NOT_FOR_US),
]


@pytest.mark.parametrize(("head", "answer"), PROBES)
def test_probe(head: bytes, answer: Probe) -> None:
    assert http.probe(head) is answer


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_request_and_chunked_answer_in_any_pieces(size: int) -> None:
    stream = http.HttpStream()
    (call,) = _pieces(stream, ORIG, GETWORK, size)
    (answer,) = _pieces(stream, RESP, CHUNKED, size)
    assert call.get("http.host") == "pool.example.org"
    assert call.get("http.user") == "user"
    assert call.get("http.headers.x-mining-extensions") == "longpoll"
    assert call.get("jsonrpc.method") == "getwork"
    assert answer.get("jsonrpc.result.data") == "00ff"
    assert answer.get("jsonrpc.reply_to") == "getwork"
    assert answer.get("http.status") == 200


def _pieces(stream: http.HttpStream, direction: Direction, data: bytes, size: int) -> list[Any]:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return [one for piece in pieces for one in stream.parse(direction, 0, piece, gap=False)]


def test_pipelined_requests_are_all_seen() -> None:
    seen = http.HttpStream().parse(ORIG, 0, GETWORK * 3, gap=False)
    assert [one.get("jsonrpc.method") for one in seen] == ["getwork"] * 3


HOSTS = [
    (b"GET / HTTP/1.1\r\nHost: A.example.org\r\n\r\n", "a.example.org"),
    (b"GET / HTTP/1.1\nhost:a.example.org:80\n\n", "a.example.org"),
    (b"GET / HTTP/1.1\r\nHost: a.exam", None),
    (b"GET / HTTP/1.0\r\n\r\n", None),
    (b"{}", None),
]


@pytest.mark.parametrize(("head", "name"), HOSTS)
def test_host(head: bytes, name: str | None) -> None:
    assert http.host(head) == name


def test_a_head_without_end_does_not_grow_memory() -> None:
    stream = http.HttpStream()
    for _ in range(100):
        assert stream.parse(ORIG, 0, b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 10_000, gap=False) == []
    assert len(stream._sides[ORIG]._buffer) <= http.MAX_HEAD_BYTES + http.MAX_BODY_BYTES


def test_a_huge_body_is_skipped_and_the_next_message_found() -> None:
    stream = http.HttpStream()
    big = b"POST / HTTP/1.1\r\nContent-Length: 500000\r\n\r\n"
    seen = stream.parse(ORIG, 0, big, gap=False)
    for _ in range(50):
        seen += stream.parse(ORIG, 0, b"x" * 10_000, gap=False)
    seen += stream.parse(ORIG, 0, GETWORK, gap=False)
    assert [one.get("http.method") for one in seen] == ["POST", "POST"]
    assert seen[-1].get("jsonrpc.method") == "getwork"


ANSWER = b'{"id":0,"result":{"data":"00ff"},"error":null}'


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
@pytest.mark.parametrize("size", [1, 20, 5000])
def test_compressed_bodies_are_read(encoding: str, pack: Callable[[bytes], bytes], size: int) -> None:
    body = pack(ANSWER)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    (seen,) = _pieces(http.HttpStream(), RESP, head + body, size)
    assert seen.get("jsonrpc.result.data") == "00ff"


def test_a_compressed_body_is_bounded() -> None:
    context = Context(bounds=Bounds(max_inflated_bytes=10_000))
    body = gzip.compress(bytes(10_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    (seen,) = http.HttpStream(context).parse(RESP, 0, head + body, gap=False)
    assert seen.get("http.status") == 200
    assert context.cuts.inflations == 1


LEAVING = [
    # (what the client says, what the server says, bytes behind the end of HTTP by side; None: HTTP goes on)
    (b"CONNECT a:1 HTTP/1.1\r\n\r\nup", b"HTTP/1.1 200 OK\r\n\r\ndown", (b"up", b"down")),
    (b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndown", (b"", b"down")),
    (b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 502 x\r\nContent-Length: 0\r\n\r\n", (None, None)),
    (b"GET / HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n", b"HTTP/1.1 101 x\r\n\r\ndown", (b"", b"down")),
    (b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", (None, None)),
    (b"", b"HTTP/1.1 200 Connection established\r\n\r\ndown", (b"", b"down")),
    (b"", b"HTTP/1.1 204 No Content\r\n\r\n", (None, None)),
    (b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", (None, None)),
    (b"CONNECT a:1 HTTP/1.1\r\n\r\nCONNECT b:1 HTTP", b"", (b"CONNECT b:1 HTTP", None)),
    (b"CONNECT a:1 HTTP/1.1\r\n\r\nCONNECT a:1 HTTP", b"", (None, None)),
    (b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\nGET / HTTP", b"", (None, None)),
]


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(("up", "down", "behind"), LEAVING)
def test_leaving_http(up: bytes, down: bytes, behind: tuple[bytes | None, bytes | None], size: int) -> None:
    stream = http.HttpStream()
    _pieces(stream, ORIG, up, size)
    _pieces(stream, RESP, down, size)
    assert (stream.take_switched(ORIG), stream.take_switched(RESP)) == behind


def test_two_sides_that_ask_and_deny_in_turn_are_read_without_end() -> None:
    """Each answer sets the other side free to go on: they must not do so inside one another without bound."""
    stream = http.HttpStream()
    turn = b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\nCONNECT a:1 HTTP/1.1\r\n\r\n"
    seen = 0
    for size in (100, 1000, 60_000):
        for way in (ORIG, RESP, ORIG, RESP):
            seen += len(stream.parse(way, 0, turn * (size // len(turn) + 1), gap=False))
    assert seen > 0


def test_early_hints_are_no_answer_to_connect() -> None:
    stream = http.HttpStream()
    _pieces(stream, ORIG, b"CONNECT a:1 HTTP/1.1\r\n\r\n", 1000)
    _pieces(stream, RESP, b"HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 x\r\n\r\ndown", 1000)
    assert (stream.take_switched(ORIG), stream.take_switched(RESP)) == (b"", b"down")

"""What do the layers around a flow add to what is said of it? Targets, hosts, true clients; and when it is let go."""

from __future__ import annotations

import json
import random
import ssl
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.detect.pipeline import DetectOptions, Pipeline
from sensor.detect.scan import scan
from sensor.engine.api import Candidate, Reason, StreamChunk
from sensor.engine.select import choose_engine
from sensor.model.evidence import Verdict
from sensor.model.flow import Direction, Endpoint, FiveTuple
from sensor.model.wire import Detection, SensorRef
from sensor.signature import SignatureSet, load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.session import SessionOptions, TcpSession
from sensor.simulate.wraps.base import Place
from sensor.simulate.wraps.named import WRAPS

LISTED, UNLISTED = "pool.supportxmr.com", "www.example.com"
CLIENT, PROXY = Endpoint("192.0.2.10", 49_152), Endpoint("198.51.100.99", 1080)
LOGIN = json.dumps({"id": 1, "jsonrpc": "2.0", "method": "login", "params": {"login": "me", "pass": "x"}}).encode()
STATS = b'{"pool":{"miners":1200,"hashrate":1.2e8}}'
ENGINES = ("portable", "native")


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def hello(name: str) -> bytes:
    """A real ClientHello."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context().wrap_bio(to_client, to_server, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        context.do_handshake()
    return to_server.read()


def found(
    wraps: str, host: str, up: bytes, down: bytes, engine: str, signatures: SignatureSet, folder: Path
) -> list[Detection]:
    """What is said of one exchange through ``wraps`` to ``host``; nothing looked the name up."""
    place = Place(CLIENT, PROXY, host)
    made = tuple(WRAPS[name](place, random.Random(1)) for name in wraps.split())
    session = TcpSession(CLIENT, PROXY, 10**18, random.Random(2), SessionOptions(wraps=made))
    session.client_sends(up)
    session.server_sends(down)
    session.close()
    write_pcap(path := folder / "wrapped.pcap", session.rows())
    return list(scan(open_capture(path), choose_engine({"MINEWATCH_ENGINE": engine}), signatures).detections)


TLS_ANSWER = b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"
TARGETS = [
    # (wraps, host, via, target): TLS inside, so the target is all that tells
    ("socks5", LISTED, ["socks5"], f"{LISTED}:1080"),
    ("socks5-auth", LISTED, ["socks5"], f"{LISTED}:1080"),
    ("connect", LISTED, ["http-connect"], f"{LISTED}:1080"),
    ("socks5 connect", LISTED, ["socks5", "http-connect"], f"{LISTED}:1080"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("wraps", "host", "via", "target"), TARGETS)
def test_a_listed_target_is_a_suspicion(wraps, host, via, target, engine, signatures, tmp_path):
    (said,) = found(wraps, host, hello(UNLISTED), TLS_ANSWER, engine, signatures, tmp_path)
    assert said.verdict is Verdict.SUSPECTED
    assert (said.transport.via, said.transport.target, said.pool.domain) == (via, target, LISTED)
    assert (said.transport.tls, said.transport.sni, said.miner.ip) == (True, UNLISTED, CLIENT.ip)
    assert any(row.excerpt.endswith(f".target={LISTED}") for row in said.evidence)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("wraps", "host", "up", "down", "verdicts"),
    [
        ("socks5", UNLISTED, hello, TLS_ANSWER, []),
        ("connect", UNLISTED, hello, TLS_ANSWER, []),
        ("websocket", LISTED, STATS, STATS, []),  # a pool's web site with live figures
        ("websocket-deflate", LISTED, STATS, STATS, []),
        ("websocket", UNLISTED, LOGIN, b"{}", [Verdict.SUSPECTED]),  # some application's login
        ("websocket", LISTED, LOGIN, b"{}", [Verdict.PROBABLE]),
        ("websocket-deflate", LISTED, LOGIN, b"{}", [Verdict.PROBABLE]),
        ("socks5", LISTED, LOGIN, b"{}", [Verdict.PROBABLE]),
    ],
)
def test_verdicts_through_layers(wraps, host, up, down, verdicts, engine, signatures, tmp_path):
    up = up(host) if callable(up) else up + b"\n"
    said = found(wraps, host, up, down, engine, signatures, tmp_path)
    assert [one.verdict for one in said] == verdicts


def test_the_client_behind_a_balancer_is_kept(signatures, tmp_path):
    submit = b'{"id":4,"method":"mining.submit","params":["acct.rig","job","00","504e86ed","b2957c02"]}\n'
    (said,) = found("proxy-v2", LISTED, submit, b'{"id":4,"result":true}\n', "portable", signatures, tmp_path)
    assert (said.miner.ip, said.transport.true_client) == (CLIENT.ip, "10.20.30.40:40123")


def chunks(wraps: str, payloads: list[bytes]) -> list[StreamChunk]:
    place = Place(CLIENT, PROXY, UNLISTED)
    wrap = WRAPS[wraps](place, random.Random(1))
    said = [*wrap.greeting(), *((Direction.ORIG, one) for data in payloads for one in wrap.pack(Direction.ORIG, data))]
    return [StreamChunk(1, way, number, data, gap=False) for number, (way, data) in enumerate(said)]


@pytest.mark.parametrize(
    ("wraps", "payload", "most"),
    [
        ("websocket-binary", b"\x00\x01\x02\x03" * 300, 15),  # nothing known begins so; the other side is silent
        ("websocket", b'{"chat":"' + b"x" * 1000 + b'"}\n', 70),  # JSON, but 64 KiB of it prove nothing
        ("socks5", b"\x00\x01\x02\x03" * 300, 15),
    ],
)
def test_a_wrapped_flow_that_proves_nothing_is_let_go(wraps, payload, most, signatures):
    pipeline = Pipeline(signatures, sensor=SensorRef(id="s"), options=DetectOptions())
    events = chunks(wraps, [payload] * 100)
    pipeline.feed([Candidate(1, FiveTuple(CLIENT, PROXY, "tcp"), 0, 0, Reason.ANCHOR, "", handshake_seen=True)])
    greeting = len(events) - 100
    for number, event in enumerate(events):
        pipeline.feed([event])
        if pipeline.take_drops():
            assert number - greeting < most
            break
    else:
        pytest.fail("never let go")

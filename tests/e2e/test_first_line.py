"""One message is enough, however it is written and however it arrives."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.model.evidence import Verdict
from sensor.model.flow import Direction, Endpoint
from sensor.model.wire import Detection
from sensor.signature import SignatureSet, load
from sensor.simulate import shaping
from sensor.simulate.pcap import write_pcap
from sensor.simulate.session import SessionOptions, Shape, TcpSession

MINER, POOL = Endpoint("192.0.2.10", 50123), Endpoint("198.51.100.20", 7777)
START_NS = 1_767_225_600_000_000_000

SUBSCRIBE = b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]}\n'
SUBMIT = b'{"id":9,"method":"mining.submit","params":["w.1","6f","00000001","65a1b2c3","0badcafe"]}\n'
NOTIFY = (
    b'{"id":null,"method":"mining.notify","params":["6f","%s","01000000","ffffffff",["%s"],"20000000","1703a30c",'
    b'"65a1b2c3",true]}\n' % (b"ab" * 32, b"cd" * 32)
)
XMR_SUBMIT = (
    b'{"id":7,"jsonrpc":"2.0","method":"submit","params":{"id":"1","job_id":"4","nonce":"a70a0000","result":"%s"}}\n'
    % (b"9c" * 32)
)
XMR_JOB = (
    b'{"jsonrpc":"2.0","method":"job","params":{"blob":"%s","job_id":"4","target":"b88d0600","algo":"rx/0"}}\n'
    % (b"0e" * 76)
)
ESCAPED = b"".join(b"\\u%04x" % letter for letter in b"mining.subscribe")
XMR_LOGIN = b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4test","pass":"x","agent":"XMRig/6.21.0"}}\n'

CLIENT = [
    ("as miners write it", SUBSCRIBE, ()),
    ("keys reordered", b'{"params":["cgminer/4.11.1"],"method":"mining.subscribe","id":1}\n', ()),
    ("spaces everywhere", b'{ "id" : 1 , "method" : "mining.subscribe" , "params" : [ ] }\n', ()),
    ("escaped method", b'{"id":1,"method":"\\u006dining.subscribe","params":[]}\n', ()),
    ("escaped key", b'{"id":1,"\\u006dethod":"mining.subscribe","params":[]}\n', ()),
    ("every letter escaped", b'{"id":1,"method":"%s","params":[]}\n' % ESCAPED, ()),
    ("behind a line end", b"\r\n\n" + SUBSCRIBE, ()),
    ("no line end", SUBSCRIBE.rstrip(), ()),
    ("batch array", b"[" + SUBSCRIBE.rstrip() + b"]\n", ()),
    ("byte by byte", SUBSCRIBE, (shaping.split(1),)),
    ("byte by byte, out of order", SUBSCRIBE, (shaping.split(1), shaping.swap)),
    ("pieces that overlap", SUBSCRIBE, (shaping.split(9), shaping.overlap(5))),
    ("pieces sent twice", SUBSCRIBE, (shaping.split(9), shaping.retransmit(2))),
    ("no handshake, only a submit", SUBMIT, (shaping.without_handshake,)),
    ("one direction, only a submit", SUBMIT, (shaping.only(Direction.ORIG),)),
    ("Monero: login", XMR_LOGIN, ()),
    ("Monero: login byte by byte", XMR_LOGIN, (shaping.split(1), shaping.swap)),
    ("Monero: only a submit, mid-stream", XMR_SUBMIT, (shaping.without_handshake, shaping.only(Direction.ORIG))),
]  # fmt: skip
SERVER = [
    ("only a notify, mid-stream", NOTIFY, (shaping.without_handshake,)),
    ("server side only", NOTIFY, (shaping.only(Direction.RESP),)),
    ("server side only, byte by byte", NOTIFY, (shaping.split(1), shaping.only(Direction.RESP))),
    ("joined in the middle of a line", b'ff","cd"]}\n' + NOTIFY, (shaping.without_handshake,)),
    ("Monero: only a job", XMR_JOB, (shaping.without_handshake, shaping.only(Direction.RESP))),
]


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def _found(
    say: Callable[[TcpSession], None], shapes: tuple[Shape, ...], folder: Path, known: SignatureSet
) -> list[Detection]:
    session = TcpSession(MINER, POOL, START_NS, random.Random(7), SessionOptions(shapes=shapes))
    say(session)
    session.wait(1)
    session.close()
    path = folder / "session.pcap"
    write_pcap(path, session.rows())
    return list(scan(open_capture(path), choose_engine(os.environ), known).detections)


@pytest.mark.parametrize(("line", "shapes"), [row[1:] for row in CLIENT], ids=[row[0] for row in CLIENT])
def test_client_line(line: bytes, shapes: tuple[Shape, ...], tmp_path: Path, signatures: SignatureSet) -> None:
    (found,) = _found(lambda session: session.client_sends(line), shapes, tmp_path, signatures)
    assert (found.verdict, found.miner.ip, found.pool.port) == (Verdict.CONFIRMED, MINER.ip, POOL.port)


@pytest.mark.parametrize(("line", "shapes"), [row[1:] for row in SERVER], ids=[row[0] for row in SERVER])
def test_server_line(line: bytes, shapes: tuple[Shape, ...], tmp_path: Path, signatures: SignatureSet) -> None:
    (found,) = _found(lambda session: session.server_sends(line), shapes, tmp_path, signatures)
    assert (found.verdict, found.miner.ip, found.pool.port) == (Verdict.CONFIRMED, MINER.ip, POOL.port)

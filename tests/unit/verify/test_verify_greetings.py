"""Is every greeting a login of its dialect that hands in no work, and is every pool known by what it answers?"""

from __future__ import annotations

import random

import pytest

from sensor.dissect.unwrap.layer import Context
from sensor.dissect.unwrap.stream import choose_dissector
from sensor.model.flow import Direction, Endpoint
from sensor.model.verification import Finding
from sensor.model.wire import Dialect
from sensor.signature import Sender, SignatureSet, load
from sensor.signature.words import SessionEvent
from sensor.simulate.cast import CASTS
from sensor.simulate.session import TcpSession
from sensor.verify.channel import Said
from sensor.verify.greetings import WORKER, Greeting, greetings
from sensor.verify.judge import NOISE_ANSWER_BYTES, NOISE_KEY_BYTES, judge

SERVER = Endpoint("198.51.100.7", 3333)
NODES = {"monero-daemon", "eth-getwork", "alephium-node"}
GREETINGS = greetings(SERVER, "pool.example.org", random.Random(1))


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def test_every_dialect_is_greeted() -> None:
    assert {one.dialect for one in GREETINGS} == set(Dialect)


@pytest.mark.parametrize("greeting", GREETINGS, ids=lambda one: one.name)
def test_a_greeting_hands_in_no_work(greeting: Greeting, signatures: SignatureSet) -> None:
    dissector = choose_dissector(b"".join(greeting.turns), Context())
    if dissector is None:
        assert greeting.name == "stratum-v2-noise"
        assert [len(turn) for turn in greeting.turns] == [NOISE_KEY_BYTES]
        return
    seen = [one for turn in greeting.turns for one in dissector.parse(Direction.ORIG, 0, turn, gap=False)]
    events = {match.event for one in seen for match in signatures.match(one, Sender.CLIENT)}
    assert seen
    assert not events & {SessionEvent.SUBMIT, SessionEvent.UNANSWERED, SessionEvent.HASHRATE}


def test_greetings_name_their_purpose() -> None:
    named = [one.name for one in GREETINGS if any(WORKER.encode() in turn for turn in one.turns)]
    assert {"stratum-v1", "eth-proxy", "zip-301", "kaspa"} <= set(named)


def test_dialects_are_tried_in_the_order_given() -> None:
    made = greetings(SERVER, "pool.example.org", random.Random(1), (Dialect.KASPA, Dialect.BEAM))
    assert [one.dialect for one in made] == [Dialect.KASPA, Dialect.KASPA, Dialect.BEAM]


def _talk(name: str) -> list[Said]:
    rng = random.Random(7)
    session = TcpSession(Endpoint("192.0.2.1", 49_152), SERVER, 0, rng)
    CASTS[name].maker(session, CASTS[name].rig, rng, CASTS[name].host).open()
    talk = [Said(each.direction, each.at_ns / 1e9, each.payload) for each in session.segments if each.payload]
    return talk[:2] if name == "stratum-v2-noise" else talk


@pytest.mark.parametrize("name", [name for name in CASTS if name not in NODES])
def test_a_pool_is_known_by_its_answer(name: str, signatures: SignatureSet) -> None:
    judged = judge(_talk(name), signatures, 0)
    assert judged.finding is Finding.POOL
    assert judged.evidence
    assert {row.evidence_class.value for row in judged.evidence} == {"probe"}


SUBSCRIBE = b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]}\n'
LOGIN = b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"x","pass":"x","agent":"x"}}\n'


@pytest.mark.parametrize(
    ("said", "answered", "finding"),
    [
        pytest.param(SUBSCRIBE, SUBSCRIBE, Finding.NOT_POOL, id="an echo of what we said"),
        pytest.param(LOGIN, LOGIN, Finding.NOT_POOL, id="an echo of a login"),
        pytest.param(
            SUBSCRIBE,
            b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}\n',
            Finding.NOT_POOL,
            id="another JSON-RPC server",
        ),
        pytest.param(LOGIN, b'{"id":1,"result":"welcome"}\n', Finding.NOT_POOL, id="an application's own login"),
        pytest.param(SUBSCRIBE, b"HTTP/1.1 400 Bad Request\r\n\r\n", Finding.NOT_POOL, id="a web server"),
        pytest.param(SUBSCRIBE, b"SSH-2.0-OpenSSH_9.6\r\n", Finding.NOT_POOL, id="a shell"),
        pytest.param(SUBSCRIBE, bytes(range(256)) * 60, Finding.NOT_POOL, id="noise"),
        pytest.param(bytes(64), bytes(233), Finding.NOT_POOL, id="one byte short of the handshake of Stratum V2"),
        pytest.param(bytes(64), bytes(NOISE_ANSWER_BYTES), Finding.POOL, id="the handshake of Stratum V2"),
        pytest.param(SUBSCRIBE, b"", Finding.SILENT, id="silence"),
    ],
)
def test_who_else_answers_is_no_pool(said: bytes, answered: bytes, finding: Finding, signatures: SignatureSet) -> None:
    talk = [Said(Direction.ORIG, 0.0, said)] + ([Said(Direction.RESP, 0.1, answered)] if answered else [])
    assert judge(talk, signatures, 0).finding is finding

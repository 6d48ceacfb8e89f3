"""Is what followed flows hold estimated well, bounded, and is every cut counted?"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict

import orjson
import pytest

from sensor.detect.pipeline import DetectOptions, Pipeline
from sensor.detect.shares import MAX_OPEN_SUBMITS
from sensor.dissect.jsonrpc import MAX_PENDING
from sensor.engine.api import Candidate, CloseCause, Event, FlowClosed, Reason, StreamChunk
from sensor.estimate.jobs import MAX_JOBS, MAX_NAMES
from sensor.model.flow import Direction, Endpoint, FiveTuple, Traffic
from sensor.model.wire import Detection, SensorRef
from sensor.signature import SignatureSet, load

UP, DOWN = Direction.ORIG, Direction.RESP
LONG, WIDE = "f" * 400, "\N{PICK}" * 200
Said = tuple[Direction, bytes]
SUBSCRIBE = (UP, b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]}\n')


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def line(direction: Direction, **message: object) -> Said:
    return direction, orjson.dumps(message) + b"\n"


def submit(number: int, login: str = "acct.rig") -> Said:
    share = [login, "job", "00", "5f000000", f"{number:08x}"]
    return line(UP, id=number, method="mining.submit", params=share)


def notify(number: int) -> Said:
    job = ["0" * 64, "", "", [], "20000000", "170331db", "5f000000", True]
    return line(DOWN, id=None, method="mining.notify", params=[f"{number}{LONG}", *job])


def ask(number: int, text: str) -> Said:
    return line(UP, id=f"{number}{text}", method=text, params=[])


def play(number: int, said: list[Said], at_ns: int = 0) -> list[Event]:
    """A flow that bore an anchor, without its end."""
    ends = FiveTuple(Endpoint(f"192.0.2.{number % 250}", 1024 + number), Endpoint("198.51.100.20", 3333), "tcp")
    candidate = Candidate(number, ends, at_ns, at_ns, Reason.ANCHOR, "", handshake_seen=True)
    # Each flow has bytes of its own, as on a wire.
    return [candidate, *(StreamChunk(number, way, at_ns, bytes(bytearray(data)), gap=False) for way, data in said)]


def pipeline(signatures: SignatureSet, max_followed_bytes: int = 1 << 30) -> Pipeline:
    options = DetectOptions(max_followed_bytes=max_followed_bytes)
    return Pipeline(signatures, sensor=SensorRef(id="s"), options=options)


HOLDS = [
    ("a first message", lambda: [SUBSCRIBE]),
    ("shares without answers", lambda: [SUBSCRIBE, *map(submit, range(2, 1000))]),
    ("requests with long ids", lambda: [SUBSCRIBE, *(ask(number, LONG) for number in range(600))]),
    ("requests in wide characters", lambda: [SUBSCRIBE, *(ask(number, WIDE) for number in range(600))]),
    ("many rigs", lambda: [SUBSCRIBE, *(submit(number, f"a{number}{LONG}.{LONG}") for number in range(2, 1500))]),
    ("many jobs", lambda: [SUBSCRIBE, *map(notify, range(200))]),
    ("values without an end", lambda: [SUBSCRIBE, *((way, b'{"a":[\n"' + b"x" * 60_000) for way in (UP, DOWN))]),
    ("a head of nothing known", lambda: [(UP, b"\0\0\0\0????" * 1500)]),
]


@pytest.mark.parametrize("said_of", [case[1] for case in HOLDS], ids=[case[0] for case in HOLDS])
def test_the_estimate_is_near_what_is_held(said_of: Callable[[], list[Said]], signatures: SignatureSet) -> None:
    flows, followed = 4, pipeline(signatures)
    for event in play(99, said_of()):
        followed.feed([event])
    before = followed.room.held_bytes
    gc.collect()
    tracemalloc.start()
    for number in range(flows):
        for event in play(number, said_of()):
            followed.feed([event])
    gc.collect()
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    estimated_bytes = followed.room.held_bytes - before
    assert 0.7 * held_bytes <= estimated_bytes <= 2.5 * held_bytes


def test_flows_without_evidence_make_room_in_the_order_of_their_silence(signatures: SignatureSet) -> None:
    followed = pipeline(signatures, max_followed_bytes=200_000)
    followed.feed(play(0, [SUBSCRIBE]))
    for number in range(1, 41):
        followed.feed(play(number, [(UP, b"\0\0\0\0" * 1000)], at_ns=number))
        # The first of them goes on speaking.
        followed.feed([StreamChunk(1, UP, number, b"\0", gap=False)])
    given_up = followed.take_drops()
    assert given_up == list(range(2, 2 + len(given_up)))
    assert followed.room.given_up_flows == len(given_up) > 20
    assert followed.room.held_bytes <= 200_000
    assert followed.evicted_sessions == 0


def test_where_all_have_evidence_the_session_longest_without_news_is_closed(signatures: SignatureSet) -> None:
    followed = pipeline(signatures, max_followed_bytes=200_000)
    said: list[Detection] = []
    for number in range(40):
        said += followed.feed(play(number, [SUBSCRIBE], at_ns=number))
    closed = [one.miner.ip for one in said if one.state == "closed"]
    assert closed == [f"192.0.2.{number}" for number in range(len(closed))]
    assert followed.evicted_sessions == len(closed) > 10
    assert followed.take_drops() == list(range(len(closed)))
    assert followed.room.held_bytes <= 200_000


def test_nothing_is_held_when_all_is_over(signatures: SignatureSet) -> None:
    followed = pipeline(signatures)
    mining = [SUBSCRIBE, submit(2), (DOWN, b'{"id":2,"result":true,"error":null}\n')]
    for number, said in enumerate([mining, [(UP, b"\0\0\0\0" * 100)], mining[:1], mining]):
        followed.feed(play(number, said))
        assert followed.room.held_bytes > 0
        followed.feed([FlowClosed(number, 1, CloseCause.FIN, Traffic(1, 1, 1, 1))])
    followed.finish()
    assert followed.room.held_bytes == 0
    assert followed.room.longest_silent() is None


CUTS = [
    ("requests", [ask(number, "a") for number in range(MAX_PENDING + 5)], {"requests": 6}),
    ("jobs", [notify(number) for number in range(MAX_JOBS + 7)], {"jobs": 7}),
    (
        "submits",
        [submit(number) for number in range(MAX_OPEN_SUBMITS + 3)],
        {"submits": 3, "requests": 4, "shares": 128},
    ),
    ("rigs", [submit(1, f"a{number}") for number in range(MAX_NAMES + 2)], {"rigs": 2}),
]


@pytest.mark.parametrize(("said", "cut"), [case[1:] for case in CUTS], ids=[case[0] for case in CUTS])
def test_what_a_full_table_gives_up_is_counted(said: list[Said], cut: dict[str, int], signatures: SignatureSet) -> None:
    followed = pipeline(signatures)
    followed.feed(play(0, [SUBSCRIBE, *said]))
    counted = asdict(followed.tables)
    assert {table: counted[table] for table in cut} == cut

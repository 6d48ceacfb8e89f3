"""Which frames stand between the lines of a farm's agent, and whose shares are they?"""

import struct

import pytest

from sensor.dissect.btcagent import AgentLines, probe
from sensor.dissect.probe import Probe
from sensor.model.flow import Direction

UP, DOWN = Direction.ORIG, Direction.RESP
LINE = b'{"id":1,"method":"mining.subscribe","params":[]}\n'
CAPS = b'{"id":"c","method":"agent.get_capabilities","params":["subres"]}\n'
HAS = b'{"id":"c","result":{"capabilities":["verrol","subres"]},"error":null}\n'
NOT = b'{"id":"c","result":{"capabilities":["verrol"]},"error":null}\n'


def frame(command, body):
    return struct.pack("<BBH", 0x7F, command, 4 + len(body)) + body


def register(session, worker):
    return frame(1, struct.pack("<H", session) + b"cgminer\0" + worker + b"\0")


def share(session, nonce=b"\n\x7f{}\n\n\n\n"):
    return frame(2, struct.pack("<BH", 5, session) + nonce)


def read(*turns):
    dissector = AgentLines()
    return [seen for way, data in turns for seen in dissector.parse(way, 0, data, gap=False)]


def told(seen):
    return [one.get("btcagent.message") if "btcagent" in one.fields else one.get("jsonrpc.method") for one in seen]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_lines_and_frames_are_parted_however_they_are_cut(size):
    data = LINE + share(1) + register(1, b"a") + LINE + share(1) + share(1)
    parts = [(UP, data[at : at + size]) for at in range(0, len(data), size)]
    assert sorted(told(read(*parts))) == sorted(["mining.subscribe"] * 2 + ["submit_share"] * 3 + ["register_worker"])


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"", Probe.UNSURE),
        (b"\x7f\x02", Probe.UNSURE),
        (share(1), Probe.CERTAIN),
        (share(1) + LINE, Probe.CERTAIN),
        (share(1)[:9], Probe.UNSURE),
        (b"\x7fELF\x02\x01\x01\x00", Probe.NOT_FOR_US),
        (b"\x7f\x02\x10\x00" + bytes(12), Probe.NOT_FOR_US),
        (LINE, Probe.NOT_FOR_US),
    ],
)
def test_a_stream_may_begin_with_a_frame(head, answer):
    assert probe(head) is answer


def test_a_share_bears_the_worker_and_difficulty_of_its_miner():
    easier = frame(5, struct.pack("<BH2H", 14, 2, 1, 2))
    seen = read((UP, register(1, b"a") + register(2, b"b")), (DOWN, easier), (UP, share(2) + share(3)))
    assert (seen[-2].get("btcagent.worker"), seen[-2].get("btcagent.difficulty")) == ("b", 2**14)
    assert not {"worker", "difficulty"} & seen[-1].get("btcagent").keys()


@pytest.mark.parametrize(
    ("turns", "answered"), [([], False), ([CAPS, HAS], True), ([CAPS, NOT], False), ([HAS], False)]
)
def test_shares_are_answered_where_both_sides_agreed(turns, answered):
    ways = [(UP if data is CAPS else DOWN, data) for data in turns]
    assert read(*ways, (UP, share(1)))[-1].get("btcagent.answered") is answered


@pytest.mark.parametrize(("status", "accepted"), [(1798084231, True), (1422486894, True), (21, False), (0, False)])
def test_an_answer_finds_its_share_by_number(status, accepted):
    seen = read((UP, share(1) + share(1)), (DOWN, frame(0x10, struct.pack("<HI", 1, status))))
    assert (seen[2].answers, seen[2].get("btcagent.accepted")) == (seen[1].serial, accepted)


@pytest.mark.parametrize(
    "broken", [frame(1, b"\1\0no end"), frame(5, struct.pack("<BH", 14, 9)), frame(5, b"\xff\0\0")]
)
def test_a_broken_frame_says_nothing(broken):
    assert read((UP, broken)) == []

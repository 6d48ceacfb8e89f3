"""What do an Alephium node and its miner say?"""

import pytest

from sensor.dissect.alephium import AlephiumFrames, probe
from sensor.dissect.probe import Probe
from sensor.model.flow import Direction

UP, DOWN = Direction.ORIG, Direction.RESP


def number(value):
    return value.to_bytes(4, "big")


def blob(data):
    return number(len(data)) + data


def frame(kind, payload, version=1):
    return blob(bytes([version, kind]) + payload)


def jobs(count=16, transactions=40):
    chain = [number(at // 4) + number(at % 4) for at in range(count)]
    blobs = blob(bytes(200)) + blob(bytes(transactions)) + blob(bytes([0, 0xFF, 0xFF])) + number(77)
    return frame(0, number(count) + b"".join(one + blobs for one in chain))


BLOCK, RESULT = frame(0, blob(bytes(300))), frame(1, number(1) + number(2) + bytes(32) + b"\1")


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"\0", Probe.UNSURE),
        (jobs(), Probe.CERTAIN),
        (jobs()[:30], Probe.CERTAIN),
        (jobs()[:12], Probe.UNSURE),
        (jobs(15), Probe.NOT_FOR_US),
        (BLOCK, Probe.CERTAIN),
        (RESULT, Probe.CERTAIN),
        (RESULT[:40], Probe.UNSURE),
        (RESULT[:-1] + b"\2", Probe.NOT_FOR_US),
        (frame(1, bytes(80)), Probe.NOT_FOR_US),
        (frame(0, jobs(), version=2), Probe.NOT_FOR_US),
        (b'{"id":1}', Probe.NOT_FOR_US),
    ],
)
def test_a_stream_is_told_by_its_first_frame(head, answer):
    assert probe(head) is answer


@pytest.mark.parametrize("size", [1, 100, 100_000])
def test_blocks_and_their_results_belong_together(size):
    dissector, turns = AlephiumFrames(), [(DOWN, jobs()), (UP, BLOCK + BLOCK), (DOWN, RESULT), (DOWN, RESULT)]
    parts = [(way, data[at : at + size]) for way, data in turns for at in range(0, len(data), size)]
    seen = [one for way, data in parts for one in dissector.parse(way, 0, data, gap=False)]
    assert [one.get("alephium.message") for one in seen] == [
        "Jobs",
        "SubmitBlock",
        "SubmitBlock",
        *["SubmitResult"] * 2,
    ]
    assert [one.answers for one in seen[3:]] == [seen[1].serial, seen[2].serial]
    assert (seen[0].get("alephium.target"), seen[0].get("alephium.height")) == ("ffff", 77)


def test_jobs_longer_than_what_is_kept_are_told_without_what_was_cut():
    (seen,) = AlephiumFrames().parse(DOWN, 0, jobs(transactions=100_000), gap=False)
    assert seen.get("alephium.message") == "Jobs"
    assert "target" not in seen.get("alephium")

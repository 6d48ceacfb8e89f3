"""What do frames of Stratum V2 say, and what do the lengths of encrypted ones?"""

import random
import struct

import pytest

from sensor.dissect.probe import Probe
from sensor.dissect.stratum_v2 import StratumV2Frames, probe
from sensor.dissect.stratum_v2_noise import StratumV2Noise, grow
from sensor.dissect.stratum_v2_noise import probe as probe_noise
from sensor.model.flow import Direction

UP, DOWN = Direction.ORIG, Direction.RESP
RANDOM = random.Random(7)


def bursts_of(chunks):
    bursts = []
    for direction, at_ns, data in chunks:
        grow(bursts, direction, at_ns, data)
    return bursts


def frame(kind, payload, *, channel=None):
    is_channel = kind >= 0x15 if channel is None else channel
    return struct.pack("<HB", 0x8000 * is_channel, kind) + len(payload).to_bytes(3, "little") + payload


def numbers(*values):
    return struct.pack(f"<{len(values)}I", *values)


def opened(channel, target):
    return frame(0x11, numbers(1, channel) + target.to_bytes(32, "little") + b"\0" + numbers(0))


def job(channel, number):
    return frame(0x15, numbers(channel, number) + b"\0" + numbers(2) + bytes(32))


def share(channel, sequence, number):
    return frame(0x1A, numbers(channel, sequence, number, 0, 0, 2))


def taken(channel, sequence, count):
    return frame(0x1C, numbers(channel, sequence, count) + bytes(8))


def read(*turns):
    dissector = StratumV2Frames()
    return [seen for way, data in turns for seen in dissector.parse(way, 0, data, gap=False)]


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"", Probe.UNSURE),
        (b"\x00\x00", Probe.UNSURE),
        (b"\x00\x80\x1a", Probe.UNSURE),
        (share(1, 2, 3), Probe.CERTAIN),
        (share(1, 2, 3)[:20], Probe.UNSURE),
        (frame(0x1A, bytes(25)), Probe.NOT_FOR_US),
        (frame(0x1A, bytes(24), channel=False), Probe.NOT_FOR_US),
        (frame(0x01, struct.pack("<HI", 2, 0)), Probe.CERTAIN),
        (frame(0x01, struct.pack("<HI", 0, 0)), Probe.NOT_FOR_US),
        (frame(0x04, b"\0\0\0"), Probe.NOT_FOR_US),
        (bytes(64), Probe.NOT_FOR_US),
        (b'{"id":1}', Probe.NOT_FOR_US),
        (b"\x16\x03\x01\x02\x00\x01", Probe.NOT_FOR_US),
    ],
)
def test_a_stream_is_told_by_its_first_frame(head, answer):
    assert probe(head) is answer


def test_a_share_has_the_target_of_its_channel_when_its_job_was_issued():
    easy, hard = 2**200, 2**190
    harder = frame(0x21, numbers(7) + hard.to_bytes(32, "little"))
    seen = read((DOWN, opened(7, easy) + job(7, 1) + harder + job(7, 2)), (UP, share(7, 1, 1) + share(7, 2, 2)))
    targets = [one.get("stratumv2.target") for one in seen]
    low, high = easy.to_bytes(32, "little").hex(), hard.to_bytes(32, "little").hex()
    assert targets == [low, low, high, high, low, high]
    assert [one.get("stratumv2.job") for one in seen[-2:]] == ["7:1", "7:2"]


def test_an_answer_is_given_once_for_each_share_it_takes():
    seen = read((UP, share(7, 1, 1) + share(7, 2, 1) + share(9, 1, 1) + share(7, 3, 1)), (DOWN, taken(7, 2, 2)))
    assert [one.answers for one in seen[4:]] == [seen[0].serial, seen[1].serial]


@pytest.mark.parametrize(("count", "told"), [(3, 3), (0, 1), (2**32 - 1, 1024)])
def test_where_the_miner_is_not_seen_the_pool_is_believed_within_bounds(count, told):
    assert len(read((DOWN, taken(7, 9, count)))) == told


def test_a_refusal_answers_its_share():
    seen = read((UP, share(7, 1, 1)), (DOWN, frame(0x1D, numbers(7, 1) + b"\x05stale")))
    assert (seen[1].answers, seen[1].get("stratumv2.error")) == (seen[0].serial, "stale")


def noise(*turns, gap_ns=50_000_000):
    """(direction, bytes) as chunks; ``0`` bytes of a turn are random ones."""
    return [(way, at * gap_ns, RANDOM.randbytes(size)) for at, (way, size) in enumerate(turns)]


SETUP = [(UP, 64), (DOWN, 234), (UP, 97), (DOWN, 44)]


@pytest.mark.parametrize(
    ("turns", "answer"),
    [
        ([(UP, 64)], Probe.UNSURE),
        ([(UP, 65)], Probe.UNSURE),
        ([(UP, 300)], Probe.NOT_FOR_US),
        ([(UP, 64), (DOWN, 234)], Probe.CERTAIN),
        ([(UP, 64), (DOWN, 100)], Probe.UNSURE),
        ([(UP, 64), (DOWN, 235)], Probe.NOT_FOR_US),
        ([(UP, 32), (DOWN, 234)], Probe.NOT_FOR_US),
        ([(UP, 64), (UP, 97)], Probe.CERTAIN),
        ([(DOWN, 234), (DOWN, 44)], Probe.CERTAIN),
        ([(DOWN, 234), (DOWN, 45)], Probe.NOT_FOR_US),
    ],
)
def test_a_handshake_is_told_by_lengths(turns, answer):
    assert probe_noise(bursts_of(noise(*turns))) is answer


@pytest.mark.parametrize("text", [b"GET / HTTP/1.1 ", b"\0\0\0\1", b"abcdefghij"])
def test_what_repeats_itself_is_no_key(text):
    chunks = [(UP, 0, (text * 64)[:64]), (DOWN, 1, (text * 234)[:234])]
    assert probe_noise(bursts_of(chunks)) is Probe.NOT_FOR_US


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        (SETUP, ["SetupConnection.Success"]),
        ([*SETUP[:3], (DOWN, 60)], []),
        ([*SETUP[:2], (UP, 20), (DOWN, 44)], []),
        (
            [*SETUP, (UP, 109), (DOWN, 300), *[(UP, 62), (DOWN, 58)] * 3],
            ["SetupConnection.Success", *["SubmitShares"] * 3],
        ),
        ([*SETUP, (UP, 109), (DOWN, 300), (UP, 62), (DOWN, 58), (UP, 78), (DOWN, 58)], ["SetupConnection.Success"]),
        (
            [*SETUP, (UP, 89), (DOWN, 300), *[(UP, 71), (DOWN, 58)] * 2, (UP, 142)],
            ["SetupConnection.Success", *["SubmitShares"] * 4],
        ),
        ([(UP, 64), (UP, 97), (UP, 109), *[(UP, 62)] * 6], ["SetupConnection", *["SubmitShares"] * 6]),
        ([(UP, 64), (UP, 97), (UP, 109), (UP, 62), (UP, 300), (UP, 62), (UP, 90)], []),
        ([(DOWN, 234), (DOWN, 44), (DOWN, 180), (DOWN, 58)], ["SetupConnection.Success"]),
    ],
    ids=range(9),
)
def test_shares_are_told_by_lengths(turns, told):
    dissector = StratumV2Noise()
    seen = [one for chunk in noise(*turns) for one in dissector.parse(*chunk, gap=False)]
    assert [one.get("stratumv2.message") for one in seen] == told
    assert all(one.get("stratumv2.encrypted") for one in seen)


def test_a_gap_in_the_handshake_ends_it():
    dissector = StratumV2Noise()
    chunks = noise(*SETUP)
    assert [one for at, chunk in enumerate(chunks) for one in dissector.parse(*chunk, gap=at == 2)] == []

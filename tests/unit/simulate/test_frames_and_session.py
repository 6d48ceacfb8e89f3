"""Are the frames what scapy itself would have made, and is the conversation sound TCP?"""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import TCP
from scapy.layers.l2 import Ether

from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import SEQ_SPACE, checksum
from sensor.simulate.session import SessionOptions, TcpSession

V4 = (Endpoint("192.0.2.1", 40000), Endpoint("198.51.100.1", 3333))
V6 = (Endpoint("2001:db8::1", 40000), Endpoint("2001:db8::2", 3333))


def conversation(ends, seed=1, **options):
    session = TcpSession(*ends, 10**18, random.Random(seed), SessionOptions(**options))
    session.client_sends(b"question" * 400)
    session.server_sends(b"answer\n")
    session.wait(30)
    session.server_sends(b"push\n")
    session.server_sends(b"push again\n")
    session.client_sends(b"x")
    session.close()
    return session


def payload(segments, direction):
    return b"".join(segment.payload for segment in segments if segment.direction is direction)


@pytest.mark.parametrize("ends", [V4, V6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("vlan", [None, 7], ids=["untagged", "vlan"])
def test_patched_frames_equal_scapys_own(ends, vlan):
    for _, frame in conversation(ends, vlan=vlan).rows():
        packet = Ether(frame)
        for layer, names in (("TCP", ["chksum", "dataofs"]), ("IP", ["chksum", "len", "ihl"]), ("IPv6", ["plen"])):
            for name in names if layer in packet else []:
                delattr(packet[layer], name)
        assert bytes(packet) == frame
        assert ("Dot1Q" in packet) == (vlan is not None)


def test_both_sides_acknowledge_everything_and_time_never_runs_back():
    segments = conversation(V4).finished()
    heard = {}
    for segment in segments:
        if segment.flags & 0x10:
            assert segment.ack == heard[segment.direction.other]
        used = len(segment.payload) + bool(segment.flags & 0x03)
        assert heard.setdefault(segment.direction, segment.seq) == segment.seq
        heard[segment.direction] = (segment.seq + used) % SEQ_SPACE
    assert [segment.flags & 0x03 for segment in segments][:3] == [2, 2, 0]
    assert [segment.flags & 0x01 for segment in segments][-3:] == [1, 1, 0]
    assert segments == sorted(segments, key=lambda segment: segment.at_ns)


def test_payload_is_cut_at_the_segment_size_and_arrives_whole():
    segments = conversation(V4, mss_bytes=500).finished()
    assert max(len(segment.payload) for segment in segments) == 500
    assert payload(segments, Direction.ORIG) == b"question" * 400 + b"x"
    assert payload(segments, Direction.RESP) == b"answer\npush\npush again\n"


def test_an_answer_comes_a_round_trip_after_the_question():
    data = [segment for segment in conversation(V4, rtt_s=0.5, jitter=0).finished() if segment.payload]
    asked, answered = data[2], data[3]
    assert answered.direction is Direction.RESP
    assert 0.5e9 <= answered.at_ns - asked.at_ns < 0.51e9


@pytest.mark.parametrize("seed", [1, 2**40])
def test_the_seed_decides_every_byte(seed):
    assert list(conversation(V4, seed).rows()) == list(conversation(V4, seed).rows())
    assert list(conversation(V4, seed).rows()) != list(conversation(V4, seed + 1).rows())


@given(st.binary(min_size=2, max_size=60))
def test_checksum_fills_the_ones_complement_sum(data):
    words = [int.from_bytes((data + b"\0")[i : i + 2], "big") for i in range(0, len(data), 2)]
    total = sum(words) + checksum(data)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == (0xFFFF if any(data) else checksum(data))


def test_sequence_numbers_wrap():
    session = TcpSession(*V4, 0, random.Random(1))
    session._next_seq[Direction.ORIG] = SEQ_SPACE - 3
    session.client_sends(b"abcdef")
    session.client_sends(b"ghi")
    assert [segment.seq for segment in session.finished() if segment.payload] == [SEQ_SPACE - 3, 3]
    assert Ether(list(session.rows())[-1][1])[TCP].ack == 6

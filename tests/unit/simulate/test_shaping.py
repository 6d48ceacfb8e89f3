"""Does every shape keep the bytes that were sent, and does it do what its name says?"""

import random

import pytest

from sensor.model.errors import ConfigError
from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import SEQ_SPACE
from sensor.simulate.session import SessionOptions, TcpSession
from sensor.simulate.shaping import lose, mid_stream, only, overlap, parse_shape, retransmit, split, swap

LINES = [f"line {number} {'x' * number}\n".encode() for number in range(40)]


def shaped(*shapes):
    options = SessionOptions(shapes=shapes)
    ends = Endpoint("192.0.2.1", 1), Endpoint("198.51.100.1", 2)
    session = TcpSession(*ends, 0, random.Random(3), options)
    for number, text in enumerate(LINES):
        session.client_sends(text) if number % 3 else session.server_sends(text)
    session.close()
    return session.finished()


def stream(segments, direction):
    """The bytes by sequence number, as a receiver puts them together."""
    data = [segment for segment in segments if segment.direction is direction and segment.payload]
    first = min((segment.seq for segment in data), default=0)
    received = {}
    for segment in data:
        for offset, byte in enumerate(segment.payload):
            at = (segment.seq - first + offset) % SEQ_SPACE
            assert received.setdefault(at, byte) == byte
    return bytes(received[at] for at in range(len(received)))


PLAIN = shaped()


@pytest.mark.parametrize(
    "shapes",
    [
        (split(1),),
        (split(7),),
        (swap,),
        (split(3), swap),
        (overlap(5),),
        (split(4), overlap(9), swap),
        (retransmit(1),),
        (retransmit(4), split(2)),
    ],
)
def test_the_receiver_gets_the_same_bytes(shapes):
    segments = shaped(*shapes)
    for direction in Direction:
        assert stream(segments, direction) == stream(PLAIN, direction)
    assert segments != PLAIN


@pytest.mark.parametrize(
    ("shape", "holds"),
    [
        (split(7), lambda segments: max(len(segment.payload) for segment in segments) == 7),
        (only(Direction.ORIG), lambda segments: {segment.direction for segment in segments} == {Direction.ORIG}),
        (parse_shape("server-only"), lambda segments: {s.direction for s in segments} == {Direction.RESP}),
        (parse_shape("without-handshake"), lambda segments: len(segments) == len(PLAIN) - 2),
        (mid_stream(5), lambda segments: segments[0].payload == LINES[5]),
        (mid_stream(999), lambda segments: segments == []),
        (lose(0, 2), lambda segments: [s.payload for s in segments if s.payload] == [LINES[1], *LINES[3:]]),
        (retransmit(10), lambda segments: len(segments) == len(PLAIN) + 4),
        (swap, lambda segments: [s.at_ns for s in segments] == [s.at_ns for s in PLAIN]),
    ],
)
def test_a_shape_does_what_it_says(shape, holds):
    assert holds(shaped(shape))


@pytest.mark.parametrize("text", ["", "split", "split=0", "split=x", "swap=2", "melt"])
def test_an_unknown_shape_names_the_known_ones(text):
    with pytest.raises(ConfigError, match=r"use one of swap, .*split=N"):
        parse_shape(text)

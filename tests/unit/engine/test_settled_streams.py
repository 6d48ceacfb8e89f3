"""What is no longer looked at, because it cannot tell anything more? Both engines."""

from __future__ import annotations

import pytest
from engine_kit import ACK, Outcome, Talk, client_hello, program, run

from sensor.engine.api import Engine
from sensor.model.flow import Direction

M = b'"mining.'
CIPHER = b"\x17\x03\x03\x00\x40" + b"c" * 64
SERVER_HELLO = b"\x16\x03\x03\x00\x30\x02" + b"s" * 47
NAMES = frozenset({"pool.example.org"})


OTHER, POOL = client_hello(b"www.example.org"), client_hello(b"eu.pool.example.org")
QUERY = b"\x00\x22\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04pool\x07example\x03org\x00\x00\x01\x00\x01"
NO_QUERY = QUERY[:4] + b"\x28\x00" + QUERY[6:]
"""Of an operation that bears no names that clients ask for."""


def heard(engine: Engine, talk: Talk) -> Outcome:
    return run(program(M, name_suffixes=NAMES), talk.frames, engine=engine)


@pytest.mark.parametrize(
    ("up", "down", "is_found"),
    [
        pytest.param(OTHER, SERVER_HELLO, False, id="both-sides-speak-tls"),
        pytest.param(CIPHER, CIPHER, False, id="joined-in-the-middle"),
        pytest.param(OTHER, b"HTTP/1.1 400\r\n\r\n", True, id="the-server-does-not"),
        pytest.param(OTHER[:30], SERVER_HELLO, False, id="name-awaited"),
        pytest.param(b"\x16\x03", SERVER_HELLO, True, id="too-little-to-tell"),
    ],
)
def test_where_both_sides_speak_tls_no_literal_is_looked_for(
    engine: Engine, up: bytes, down: bytes, is_found: bool
) -> None:
    talk = Talk().handshake().up(up).down(down).up(M, at=1 + len(up)).down(M, at=1 + len(down))
    assert bool(heard(engine, talk).candidates) is is_found


@pytest.mark.parametrize(
    ("pieces", "stream"),
    [
        pytest.param([OTHER, CIPHER], b"~late", id="unlisted"),
        pytest.param([CIPHER, CIPHER], b"~late", id="joined-in-the-middle"),
        pytest.param([OTHER[:40], OTHER[40:], CIPHER], OTHER[:40] + b"~late", id="in-two-pieces"),
        pytest.param([OTHER[:40]], OTHER[:40] + b"late", id="name-awaited"),
        pytest.param([b"text", CIPHER], b"text" + CIPHER + b"late", id="no-tls"),
    ],
)
def test_what_tls_says_is_not_kept_but_counted(engine: Engine, pieces: list[bytes], stream: bytes) -> None:
    talk, at = Talk().handshake(), 1
    for piece in pieces:
        talk.up(piece, at=at)
        at += len(piece)
    outcome = heard(engine, talk.down(M).up(b"late", at=at))
    assert outcome.stream() == stream
    assert outcome.stream(Direction.RESP) == M
    assert outcome.counters.lost_bytes == at - 1 - len(stream.replace(b"~", b"").removesuffix(b"late"))


@pytest.mark.parametrize("cut", [6, 40, 70, len(POOL) - 1])
def test_a_listed_name_in_two_pieces_comes_whole(engine: Engine, cut: int) -> None:
    outcome = heard(engine, Talk().handshake().up(POOL[:cut]).down(SERVER_HELLO).up(POOL[cut:], at=1 + cut))
    assert outcome.stream() == POOL


@pytest.mark.parametrize(
    ("pieces", "is_heard"),
    [
        pytest.param([QUERY], True, id="a-query"),
        pytest.param([QUERY[:9], QUERY[9:]], True, id="a-query-in-two-pieces"),
        pytest.param([NO_QUERY, QUERY], False, id="another-operation-first"),
        pytest.param([NO_QUERY + QUERY], False, id="another-operation-in-one-piece"),
        pytest.param([b"\x00\x20" + bytes(32), QUERY], False, id="no-question-first"),
        pytest.param([NO_QUERY[:9], NO_QUERY[9:] + QUERY], True, id="too-little-to-tell"),
    ],
)
def test_a_stream_that_does_not_begin_as_dns_is_none(engine: Engine, pieces: list[bytes], is_heard: bool) -> None:
    talk, at = Talk(server=("203.0.113.1", 53)).handshake(), 1
    for piece in pieces:
        talk.up(piece, at=at)
        at += len(piece)
    assert bool(heard(engine, talk).dns) is is_heard


@pytest.mark.parametrize(
    ("acked", "sizes", "stream"),
    [
        pytest.param([10, 20], [], b"one" + M, id="late-but-in-order"),
        pytest.param([10], [(7, b"four")], b"one" + M + b"four", id="hole-filled-before-the-ack-covers-it"),
        pytest.param([90_000], [], b"one" + M, id="far-ahead"),
    ],
)
def test_bytes_acknowledged_before_they_are_seen_are_not_lost(
    engine: Engine, acked: list[int], sizes: list[tuple[int, bytes]], stream: bytes
) -> None:
    talk = Talk().handshake().up(b"one", ack=1)
    for ack in acked:
        talk.down(ack=ack, flags=ACK)
    talk.up(M, at=4)
    for _, data in sizes:
        talk.up(data, at=4 + len(M))
    outcome = heard(engine, talk)
    assert outcome.stream() == stream
    assert outcome.counters.lost_bytes == 0


@pytest.mark.parametrize(
    ("ack", "lost"),
    [
        pytest.param(9, 0, id="not-that-far"),
        pytest.param(10, 6, id="up-to-what-follows"),
        pytest.param(200_000, 6, id="far-beyond"),
    ],
)
def test_a_hole_that_was_acknowledged_is_given_up_at_once(engine: Engine, ack: int, lost: int) -> None:
    talk = Talk().handshake().up(b"one", ack=1).down(ack=ack).up(b"behind" + M, at=10, ack=1).up(b"filled", at=4, ack=1)
    outcome = heard(engine, talk)
    assert outcome.counters.lost_bytes == lost
    assert outcome.stream() == (b"one~behind" if lost else b"onefilledbehind") + M

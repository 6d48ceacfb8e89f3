"""Do streams come out in order, whole, and with their gaps told?"""

from __future__ import annotations

import pytest
from engine_kit import ACK, FIN, PSH, SYN, Outcome, Source, Talk, program, run

from sensor.engine.api import Limits
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Direction

M = b'"mining.'
LINE = M + b"0123456789"


def found(talk: Talk, limits: Limits | None = None, anchor: bytes = M) -> Outcome:
    return run(program(anchor, limits=limits), talk.frames)


@pytest.mark.parametrize(
    ("talk", "stream"),
    [
        pytest.param(Talk().handshake().up(LINE).up(b"abc", at=19), LINE + b"abc", id="in-order"),
        pytest.param(Talk().handshake().up(b"abc", at=19).up(LINE).up(b"de", at=22), LINE + b"abcde", id="2-1-3"),
        pytest.param(Talk().up(LINE).up(b"abc", at=19), LINE + b"abc", id="mid-stream"),
        pytest.param(Talk().up(b"abc", at=19).up(LINE).up(b"de", at=22), LINE + b"abcde", id="mid-stream-2-1-3"),
        pytest.param(Talk().up(b"\0").up(LINE, at=2), LINE, id="mid-stream-begins-with-keepalive"),
        pytest.param(Talk().up(b"ab").up(b"\xff", at=0).up(LINE, at=3), b"ab" + LINE, id="mid-stream-then-keepalive"),
        pytest.param(Talk().handshake().up(LINE).up(LINE).up(b"x", at=19), LINE + b"x", id="retransmission"),
        pytest.param(Talk().handshake().up(LINE).up(b"?" * 20), LINE + b"??", id="overlap-first-copy-wins"),
        pytest.param(
            Talk().handshake().up(b"BB", at=3).up(b"CC", at=7).up(b"xxxxxxxxx").up(M, at=10),
            b"xxBBxxCCx" + M,
            id="overlap-of-held-first-copy-wins",
        ),
        pytest.param(Talk().handshake().up(LINE).up(b"\xff", at=18).up(b"x", at=19), LINE + b"x", id="keepalive-probe"),
        pytest.param(
            Talk().handshake().up(M[:4]).up(M[4:], at=5).up(b"x", at=9), M + b"x", id="anchor-across-segments"
        ),
        pytest.param(
            Talk().handshake().up(b"a" + M[:2]).up(M[2:3], at=4).up(M[3:] + b"x", at=5),
            b"a" + M + b"x",
            id="anchor-in-three",
        ),
        pytest.param(Talk().up(LINE, flags=SYN, at=0).up(b"x", at=19), LINE + b"x", id="data-on-syn"),
        pytest.param(
            Talk(client_isn=0xFFFFFFF8).handshake().up(LINE).up(b"abc", at=19), LINE + b"abc", id="sequence-wraps"
        ),
        pytest.param(
            Talk(client_isn=0xFFFFFFF8).handshake().up(b"abc", at=19).up(LINE), LINE + b"abc", id="wraps-out-of-order"
        ),
        pytest.param(Talk().handshake().up(LINE).up(flags=FIN | ACK, at=19).up(b"", at=20), LINE, id="fin"),
        pytest.param(Talk().handshake().up(b"x", at=19).up(LINE, flags=PSH | ACK), LINE + b"x", id="hole-filled"),
        pytest.param(Talk().down(flags=SYN | ACK, at=0, ack=1).up(b"x", at=19).up(LINE), LINE + b"x", id="syn-lost"),
    ],
)
def test_whole_streams(talk: Talk, stream: bytes) -> None:
    outcome = found(talk)
    client = Direction.ORIG if outcome.candidates[0].five_tuple.orig.port == 40000 else Direction.RESP
    assert outcome.stream(client) == stream
    assert outcome.counters.lost_bytes == 0
    assert outcome.counters.held_bytes == 0


@pytest.mark.parametrize(
    ("talk", "limits", "stream", "lost"),
    [
        pytest.param(
            Talk().handshake().up(LINE).up(b"abc", at=24).down(ack=27).up(b"d", at=27),
            None,
            LINE + b"~abcd",
            5,
            id="acked",
        ),
        pytest.param(
            Talk().handshake().up(LINE).down(ack=27).up(b"abc", at=24).up(b"d", at=27),
            None,
            LINE + b"~abcd",
            5,
            id="acked-before",
        ),
        pytest.param(
            Talk().handshake().up(LINE).up(b"abc" * 40, at=24).up(b"d", at=144),
            Limits(max_gap_bytes=100),
            LINE + b"~" + b"abc" * 40 + b"d",
            5,
            id="too-much-held",
        ),
        pytest.param(
            Talk().handshake().up(LINE).up(b"abc", at=24).wait(9).up(b"d", at=27),
            None,
            LINE + b"~abcd",
            5,
            id="too-old",
        ),
        pytest.param(Talk().handshake().up(LINE).up(b"abc", at=24), None, LINE + b"~abc", 5, id="at-the-end"),
        pytest.param(Talk().handshake().up(LINE + b"cut", cut=3).up(b"d", at=22), None, LINE + b"~d", 3, id="snapped"),
        pytest.param(
            Talk().handshake().up(b"x").up(LINE, at=8).down(ack=26).up(b"y", at=26),
            None,
            b"x~" + LINE + b"y",
            6,
            id="in-the-head",
        ),
        pytest.param(
            Talk().handshake().up(b"x").up(b"y", at=8).down(ack=9).up(LINE, at=9),
            None,
            b"x~y" + LINE,
            6,
            id="in-the-head-before-the-anchor",
        ),
        pytest.param(
            Talk().handshake().up(LINE).up(b"b", at=30).wait(3).up(b"c", at=19).wait(3).up(b"d", at=31),
            None,
            LINE + b"c~bd",
            10,
            id="a-younger-hole-waits",
        ),
    ],
)
def test_gaps_are_told(talk: Talk, limits: Limits | None, stream: bytes, lost: int) -> None:
    outcome = found(talk, limits)
    assert outcome.stream() == stream
    assert outcome.counters.lost_bytes == lost
    assert outcome.counters.held_bytes == 0


@pytest.mark.parametrize(
    ("talk", "limits", "given"),
    [
        pytest.param(
            Talk(step_s=1).handshake().up(LINE).up(b"a", at=24).down(ack=24).up(b"z", at=25),
            None,
            [(LINE, 3), (b"a", 5), (b"z", 6)],
            id="acked-up-to-what-follows-it",
        ),
        pytest.param(
            Talk(step_s=1).handshake().up(LINE).up(b"a", at=24).down(ack=23).up(b"z", at=25).up(b"h" * 5, at=19),
            None,
            [(LINE, 3), (b"h" * 5, 7), (b"a", 7), (b"z", 7)],
            id="not-acked-to-its-end",
        ),
        pytest.param(
            Talk(step_s=1).handshake().up(LINE).up(b"a" * 60, at=24).up(b"z", at=99).up(b"y", at=100),
            Limits(max_gap_bytes=130),
            [(LINE, 3), (b"a" * 60, 5), (b"z", 6), (b"y", 6)],
            id="too-much-held",
        ),
        pytest.param(
            Talk(step_s=1).handshake().up(LINE).up(b"a", at=24).wait(5).up(b"z", at=25).up(b"y", at=26),
            None,
            [(LINE, 3), (b"a", 10), (b"z", 10), (b"y", 11)],
            id="too-old",
        ),
        pytest.param(
            Talk(step_s=1).handshake().up(LINE).up(b"a", at=24).wait(3).up(b"z", at=25).up(b"h" * 5, at=19),
            None,
            [(LINE, 3), (b"h" * 5, 9), (b"a", 9), (b"z", 9)],
            id="not-old-enough",
        ),
        pytest.param(
            Talk(step_s=1).handshake().wait(100).up(LINE).up(b"a", at=24).up(b"h" * 5, at=19),
            None,
            [(LINE, 103), (b"h" * 5, 105), (b"a", 105)],
            id="age-counts-from-the-hole",
        ),
        pytest.param(
            Talk(step_s=1)
            .handshake()
            .up(LINE)
            .up(b"b", at=30)
            .wait(3)
            .up(b"c", at=19)
            .wait(2)
            .up(b"d", at=31)
            .up(b"e", at=20),
            None,
            [(LINE, 3), (b"c", 8), (b"e", 12), (b"b", 12), (b"d", 12)],
            id="age-counts-from-the-last-progress",
        ),
    ],
)
def test_when_a_hole_is_given_up(talk: Talk, limits: Limits | None, given: list[tuple[bytes, int]]) -> None:
    outcome = found(talk, limits)
    assert [(chunk.data, chunk.at_ns // 1_000_000_000) for chunk in outcome.chunks] == given


def test_what_all_flows_hold_is_bounded() -> None:
    talk = Talk().handshake().up(LINE)
    for index in range(50):
        talk.up(b"q" * 20, at=30 + 40 * index)
    session = PortableEngine().open(program(M, limits=Limits(max_held_bytes=1000)), Source(talk.frames))
    most = 0
    while session.read(1) is not None:
        most = max(most, session.counters.held_bytes)
    assert 500 < most <= 1000


def test_an_anchor_is_not_read_across_a_gap() -> None:
    talk = Talk().handshake().up(M[:4]).up(M[4:], at=9).down(ack=13)
    assert not found(talk).candidates


def test_both_heads_come_in_time_order_before_the_live_stream() -> None:
    talk = Talk().handshake().up(b"one").down(b"two").up(b"three", at=4).down(LINE, at=4).up(b"four", at=9)
    outcome = found(talk)
    assert [chunk.data for chunk in outcome.chunks] == [b"one", b"two", b"three", LINE, b"four"]
    assert [chunk.at_ns for chunk in outcome.chunks] == sorted(chunk.at_ns for chunk in outcome.chunks)
    assert outcome.events[0] == outcome.candidates[0]
    assert outcome.candidates[0].at_ns == outcome.chunks[3].at_ns


@pytest.mark.parametrize(
    ("before", "hit"),
    [pytest.param(50, True, id="inside"), pytest.param(56, True, id="at-the-edge"), pytest.param(57, False, id="cut")],
)
def test_only_the_head_is_searched(before: int, hit: bool) -> None:
    talk = Talk().handshake().up(b"x" * before + M)
    assert bool(found(talk, Limits(head_bytes=64)).candidates) is hit


def test_what_passed_beyond_a_full_head_is_lost_when_the_other_side_matches() -> None:
    talk = Talk().handshake().down(b"s" * 100).down(b"t" * 10, at=101).up(LINE).down(b"u", at=111).down(b"v", at=112)
    outcome = found(talk, Limits(head_bytes=64))
    assert outcome.stream(Direction.RESP) == b"s" * 64 + b"~uv"
    assert outcome.counters.lost_bytes == 46


def test_a_flow_with_both_heads_searched_is_let_go() -> None:
    talk = Talk().handshake().up(b"c" * 64).down(b"s" * 64).up(LINE, at=65)
    outcome = found(talk, Limits(head_bytes=64))
    assert not outcome.candidates
    assert outcome.counters.held_bytes == 0


def test_a_head_without_room_is_shed_and_still_searched() -> None:
    talk = Talk().handshake().up(b"x" * 40).up(M[:3], at=41).up(M[3:] + b"z", at=44)
    outcome = found(talk, Limits(max_held_bytes=16))
    assert outcome.counters.shed_heads == 1
    assert outcome.stream() == b"~" + M[3:] + b"z"
    assert outcome.counters.lost_bytes == 43


def test_the_middle_of_a_shed_stream_is_not_its_head() -> None:
    request = b"GET / HTTP/1.1\r\nHost: pool.example.org\r\n\r\n"
    what = program(M, name_suffixes=frozenset({"example.org"}), limits=Limits(max_held_bytes=16))
    assert not run(what, Talk().handshake().up(b"GET " * 8).up(request, at=33).frames).candidates


def test_anchors_of_different_lengths_are_found_across_segments() -> None:
    talk = Talk().up(b"xEthereumStra").up(b"tum/1", at=14)
    assert [event.detail for event in run(program(b"abcd", b"EthereumStratum/"), talk.frames).candidates] == [
        "EthereumStratum/"
    ]


def test_one_byte_segments_out_of_order_stay_within_the_bound() -> None:
    talk = Talk().handshake().up(LINE)
    for index in range(400):
        talk.up(b"q", at=30 + 2 * index)
    session_limits = Limits(max_gap_bytes=1000)
    outcome = found(talk, session_limits)
    assert outcome.stream().count(b"q") == 400
    assert outcome.counters.lost_bytes == 400 - 1 + 11

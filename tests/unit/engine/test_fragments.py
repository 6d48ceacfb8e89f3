"""Are fragmented packets put together whatever the order, and is what cannot be counted and dropped?"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

import pytest
from engine_kit import CLIENT, CLIENT6, SERVER, SERVER6, Outcome, ether, frame, ip4, ip6, program, run, tcp, udp

from sensor.engine.api import AddressEntry, Engine, Frame, Limits

HELLO = b'{"id":1,"method":"mining.subscribe","params":["' + b"x" * 97 + b'"]}\n'
TCP = tcp(CLIENT[1], SERVER[1], HELLO, seq=7)
SIZE = len(TCP)
Span = tuple[int, int]
"""From where to where in the packet a part has bytes."""
Maker = Callable[..., bytes]


def part4(span: Span, *, body: bytes = TCP, number: int = 1, client: str = CLIENT[0]) -> bytes:
    start, end = span
    data = (body + bytes(65_536))[start:end]
    whole = bytearray(ip4(client, SERVER[0], 6, data, fragment=start // 8 | (0x2000 if end < len(body) else 0)))
    struct.pack_into(">H", whole, 4, number)
    return ether(0x0800, bytes(whole))


def part6(span: Span, *, body: bytes = TCP, number: int = 1, client: str = CLIENT6[0]) -> bytes:
    start, end = span
    data = (body + bytes(65_536))[start:end]
    extension = struct.pack(">BBHI", 6, 0, start | (end < len(body)), number)
    return ether(0x86DD, ip6(client, SERVER6[0], 44, data, extensions=extension))


def at(second: float, *parts: bytes) -> list[Frame]:
    return [frame(part, at_s=second) for part in parts]


def found(engine: Engine, frames: list[Frame], limits: Limits | None = None) -> Outcome:
    return run(program(b'"mining.', limits=limits), frames, engine=engine)


def fates(outcome: Outcome) -> dict[str, int]:
    """Counters of fragments that are not zero."""
    names = ("reassembled_packets", "expired_partials", "evicted_partials", "overlapped_partials", "refused_fragments")
    return {name.split("_")[0]: value for name in names if (value := getattr(outcome.counters, name))}


EIGHTHS = [(start, min(start + 16, SIZE)) for start in range(0, SIZE, 16)]
DONE = {"reassembled": 1}


@pytest.mark.parametrize("part", [part4, part6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize(
    ("spans", "fate"),
    [
        pytest.param([(0, 64), (64, SIZE)], DONE, id="two"),
        pytest.param([(64, SIZE), (0, 64)], DONE, id="last-first"),
        pytest.param(EIGHTHS, DONE, id="tiny"),
        pytest.param(EIGHTHS[::-1], DONE, id="tiny-backwards"),
        pytest.param([*EIGHTHS[1::2], *EIGHTHS[::2]], DONE, id="odd-ones-first"),
        pytest.param([(0, 64), (0, 64), (64, SIZE)], DONE, id="one-twice"),
        pytest.param([(0, 64), (64, 128), (0, 128), (128, SIZE)], DONE, id="copy-of-two"),
        pytest.param([(0, 64), (64, 72)], {"expired": 1}, id="last-is-missing"),
        pytest.param([(64, SIZE)], {"expired": 1}, id="first-is-missing"),
        pytest.param([(0, 64), (72, SIZE)], {"expired": 1}, id="middle-is-missing"),
        pytest.param([(0, 64), (64, SIZE), (64, SIZE)], {**DONE, "expired": 1}, id="copy-comes-too-late"),
        pytest.param([(0, 60), (64, SIZE)], {"refused": 1, "expired": 1}, id="odd-size"),
        pytest.param([(64, SIZE), (128, SIZE + 40), (0, 64)], {**DONE, "refused": 1}, id="two-ends"),
        pytest.param([(0, 64), (128, 144), (64, SIZE)], DONE | {"overlapped": 1}, id="overlap-in-front"),
    ],
)
def test_what_becomes_of_the_parts(engine: Engine, part: Maker, spans: list[Span], fate: dict[str, int]) -> None:
    if part is part6 and "overlapped" in fate:
        fate = {"overlapped": 1, "expired": 1}
    outcome = found(engine, at(1, *(part(span) for span in spans)))
    assert fates(outcome) == fate
    assert outcome.counters.fragments == outcome.counters.packets == len(spans)
    assert outcome.counters.fragment_bytes == 0
    assert [outcome.stream()] == ([HELLO] if "reassembled" in fate else [b""])


@pytest.mark.parametrize("spans", [[(0, 64), (56, SIZE)], [(56, SIZE), (0, 64)]], ids=["behind", "in-front"])
def test_the_part_that_came_first_wins_in_ipv4(engine: Engine, spans: list[Span]) -> None:
    forged = TCP[:56] + b"!" * 8 + TCP[64:]
    first, second = part4(spans[0]), part4(spans[1], body=forged)
    outcome = found(engine, at(1, first, second))
    assert (fates(outcome), outcome.stream()) == ({"reassembled": 1, "overlapped": 1}, HELLO)


def test_an_ipv6_packet_with_an_overlap_is_given_up_with_all_that_comes_of_it(engine: Engine) -> None:
    forged = TCP[:56] + b"!" * 8 + TCP[64:]
    outcome = found(engine, at(1, part6((0, 64)), part6((56, 128), body=forged), part6((64, SIZE)), part6((0, 64))))
    assert fates(outcome) == {"overlapped": 1, "refused": 2, "expired": 1}
    assert not outcome.candidates


def test_parts_of_other_packets_are_not_mixed_in(engine: Engine) -> None:
    other = tcp(CLIENT[1], SERVER[1], b"?" * len(HELLO), seq=7)
    strangers = [
        part4((64, SIZE), body=other, number=2),
        part4((64, SIZE), body=other, client="192.0.2.11"),
        part6((64, SIZE), body=other),
        ether(0x0800, ip4(CLIENT[0], SERVER[0], 17, other[64:], fragment=8)),
    ]
    outcome = found(engine, at(1, part4((0, 64)), *strangers, part4((64, SIZE))))
    assert (outcome.stream(), fates(outcome)) == (HELLO, {"reassembled": 1, "expired": 4})


@pytest.mark.parametrize(
    ("seconds", "fate"),
    [(4.9, {"reassembled": 1}), (5.1, {"expired": 2}), (-4.9, {"reassembled": 1}), (-5.1, {"expired": 2})],
)
def test_a_part_waits_for_so_long(engine: Engine, seconds: float, fate: dict[str, int]) -> None:
    outcome = found(engine, [*at(100, part4((0, 64))), *at(100 + seconds, part4((64, SIZE)))])
    assert fates(outcome) == fate


def test_the_packet_comes_when_its_last_part_does(engine: Engine) -> None:
    outcome = found(engine, [*at(1, part4((64, SIZE))), *at(3, part4((0, 64)))])
    assert [(one.first_seen_ns, one.at_ns) for one in outcome.candidates] == [(3 * 10**9, 3 * 10**9)]


def test_time_alone_frees_what_waits(engine: Engine) -> None:
    plain = ether(0x0800, ip4(CLIENT[0], SERVER[0], 6, TCP))
    outcome = found(engine, [*at(1, part4((0, 64))), *at(60, plain), *at(61, part4((0, 64), number=2))])
    assert (fates(outcome), outcome.counters.fragment_bytes) == ({"expired": 2}, 0)


@pytest.mark.parametrize(
    ("limits", "count", "fate"),
    [
        pytest.param(Limits(max_partials=10), 1000, {"evicted": 990, "expired": 10}, id="packets"),
        pytest.param(Limits(max_fragment_bytes=10 * 148), 1000, {"evicted": 990, "expired": 10}, id="bytes"),
        pytest.param(Limits(max_fragment_bytes=100), 7, {"evicted": 7}, id="less-than-one"),
        pytest.param(Limits(max_partial_bytes=80), 7, {"refused": 7}, id="bytes-of-one"),
    ],
)
def test_a_flood_of_first_parts_is_bounded(engine: Engine, limits: Limits, count: int, fate: dict[str, int]) -> None:
    frames = at(1, *(part4((0, 64), number=number) for number in range(count)))
    outcome = found(engine, frames, limits)
    assert fates(outcome) == fate


def test_bytes_held_never_exceed_their_bound(engine: Engine) -> None:
    limits = Limits(max_fragment_bytes=5000)
    session = engine.open(program(b'"mining.', limits=limits), _Flood())
    while session.read(10) is not None:
        assert session.counters.fragment_bytes <= limits.max_fragment_bytes
    assert session.counters.evicted_partials > 0


class _Flood:
    name = "flood"
    damage = None

    def frames(self) -> list[Frame]:
        spans = [(8 * n, 8 * n + 8) for n in range(30)]
        return at(1, *(part4(span, number=number, body=bytes(600)) for number in range(20) for span in spans))


def test_one_span_too_many_gives_the_packet_up(engine: Engine) -> None:
    parts = [*map(part4, EIGHTHS[1::2]), *map(part4, EIGHTHS[::2])]
    outcome = found(engine, at(1, *parts), Limits(max_partial_spans=len(EIGHTHS[1::2]) - 1))
    assert fates(outcome) == {"refused": 1 + len(EIGHTHS[::2]), "expired": 1}
    outcome = found(engine, at(1, *parts), Limits(max_partial_spans=len(EIGHTHS[1::2])))
    assert fates(outcome) == {"reassembled": 1}


@pytest.mark.parametrize("step", [1, -1])
def test_parts_that_follow_each_other_are_one_span(engine: Engine, step: int) -> None:
    """The smallest parts there can be, far more than spans may be held."""
    body = tcp(CLIENT[1], SERVER[1], HELLO + bytes(40_000), seq=7)
    parts = [part4((start, min(start + 8, len(body))), body=body) for start in range(0, len(body), 8)]
    outcome = found(engine, at(1, *parts[::step]), Limits(max_partial_spans=2))
    assert (fates(outcome), outcome.stream()[: len(HELLO)]) == ({"reassembled": 1}, HELLO)


def test_a_packet_longer_than_there_can_be_is_refused(engine: Engine) -> None:
    body = bytes(65_535)
    spans = [(start, start + 1480) for start in range(0, 65_120, 1480)]
    outcome = found(engine, at(1, *(part4(span, body=body) for span in spans), part4((65_120, 65_535), body=body)))
    assert fates(outcome) == {"refused": 1, "expired": 1}


def test_a_part_cut_by_the_snapshot_length_is_refused(engine: Engine) -> None:
    short = part4((0, 64))
    cut = replace(frame(short[:-1], at_s=1), wire_len=len(short))
    assert fates(found(engine, [cut, *at(1, part4((64, SIZE)))])) == {"refused": 1, "expired": 1}


def test_a_flow_counts_the_frames_it_came_in(engine: Engine) -> None:
    spans = [(0, 64), (64, 128), (128, SIZE)]
    outcome = found(engine, at(1, ether(0x0800, ip4(CLIENT[0], SERVER[0], 6, TCP)), *map(part4, spans)))
    traffic = outcome.closed[0].traffic
    assert (traffic.packets_orig, traffic.bytes_orig) == (4, 20 + SIZE + 3 * 20 + SIZE)


def test_a_word_is_found_across_a_plain_and_a_fragmented_segment(engine: Engine) -> None:
    first, rest = HELLO[:22], HELLO[22:]
    plain = ether(0x0800, ip4(CLIENT[0], SERVER[0], 6, tcp(CLIENT[1], SERVER[1], first, seq=7)))
    body = tcp(CLIENT[1], SERVER[1], rest, seq=7 + len(first))
    outcome = found(engine, at(1, plain, part4((0, 24), body=body), part4((24, len(body)), body=body)))
    assert outcome.stream() == HELLO


def test_a_fragmented_datagram_counts_for_a_listed_address(engine: Engine) -> None:
    body = udp(5000, 6000, bytes(100))
    parts = [
        ether(0x0800, ip4(CLIENT[0], SERVER[0], 17, body[:48], fragment=0x2000)),
        ether(0x0800, ip4(CLIENT[0], SERVER[0], 17, body[48:], fragment=6)),
    ]
    listed = program(addresses=(AddressEntry(SERVER[0] + "/32"),))
    outcome = run(listed, at(1, *parts), engine=engine)
    assert [flow.traffic.packets_orig for flow in outcome.closed] == [2]


def test_a_tunnel_and_what_is_in_it_may_both_be_cut(engine: Engine) -> None:
    """Both inner parts travel in GRE, each of whose packets is cut again."""
    frames = []
    for number, span in enumerate([(0, 64), (64, SIZE)]):
        body = b"\0\0\x08\0" + part4(span)[14:]
        for start, end in ((0, 40), (40, len(body))):
            more = 0x2000 if end < len(body) else 0
            outer = bytearray(ip4("203.0.113.1", "203.0.113.2", 47, body[start:end], fragment=start // 8 | more))
            struct.pack_into(">H", outer, 4, number)
            frames += at(1, ether(0x0800, bytes(outer)))
    outcome = found(engine, frames)
    assert (fates(outcome), outcome.stream()) == ({"reassembled": 3}, HELLO)

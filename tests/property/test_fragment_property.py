"""Do parts of a packet, in any order, repeated or forged, give what a plain byte map gives, or a counted drop?"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from sensor.engine.api import Counters, Limits
from sensor.engine.portable.fragments import Reassembly
from sensor.engine.portable.layers import Part

BODY = bytes(range(200)) + b"mining.subscribe"
HEADER_4 = b"\x45" + bytes(19)
HEADER_6 = b"\x60" + bytes(39)


@st.composite
def parts(draw: st.DrawFn) -> list[Part]:
    """A whole packet in parts, and some more that repeat or forge bytes of it; in any order."""
    header = draw(st.sampled_from((HEADER_4, HEADER_6)))
    cuts = sorted({0, *(8 * draw(st.integers(1, 26)) for _ in range(draw(st.integers(1, 8)))), len(BODY)})
    spans = list(itertools.pairwise(cuts))
    for _ in range(draw(st.integers(0, 5))):
        start = 8 * draw(st.integers(0, 26))
        spans.append((start, min(start + 8 * draw(st.integers(1, 9)), len(BODY))))
    order = draw(st.permutations(range(len(spans))))
    forged = {number for number in range(len(spans)) if draw(st.integers(0, 4)) == 0}
    return [_part(header, spans[number], number in forged) for number in order]


def _part(header: bytes, span: tuple[int, int], forged: bool) -> Part:
    start, end = span
    data = bytes(255 - byte for byte in BODY[start:end]) if forged else BODY[start:end]
    return Part((b"", 6, 1, 0), header, 9, 6, start, data, len(data), end == len(BODY), len(header) + len(data))


def _byte_map(given: list[Part]) -> Iterator[bytes | None]:
    """What is whole after each part, by the rule alone: the first that came wins. None: nothing, or given up."""
    held: dict[int, int] = {}
    dead = done = False
    for part in given:
        span = dict(enumerate(part.data, part.start))
        known = held.keys() & span.keys()
        is_copy = span.items() <= held.items()
        if part.v6 and known and not is_copy:
            dead = True
        if not dead and not done:
            held = span | held
        done = done or (not dead and len(held) == len(BODY))
        yield bytes(held[at] for at in range(len(BODY))) if done else None
        if done:
            return


@given(given=parts())
def test_parts_give_what_the_rule_says(given: list[Part]) -> None:
    counters = Counters()
    reassembly = Reassembly(Limits(), counters)
    for part, expected in zip(given, _byte_map(given), strict=False):
        whole = reassembly.add(part, 0)
        body = None if whole is None else whole.data[len(part.header) :]
        assert body == expected
    if counters.reassembled_packets == 0:
        assert counters.overlapped_partials == 1
    reassembly.end()
    assert counters.fragment_bytes == 0
    assert counters.reassembled_packets + counters.expired_partials >= 1


@given(given=parts(), limit=st.integers(40, 2000), count=st.integers(1, 9))
def test_bounds_hold_whatever_comes(given: list[Part], limit: int, count: int) -> None:
    counters = Counters()
    limits = Limits(max_partials=1, max_fragment_bytes=limit, max_partial_spans=count)
    reassembly = Reassembly(limits, counters)
    for number, part in enumerate(given):
        reassembly.add(part._replace(name=(struct.pack(">I", number % 3), 6, 1, 0)), number)
        assert 0 <= counters.fragment_bytes <= limit
    reassembly.end()
    assert counters.fragment_bytes == 0

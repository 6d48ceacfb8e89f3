"""What can a network do to a conversation? Cut, swap, repeat, overlap, lose: the bytes sent stay the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sensor.model.errors import ConfigError
from sensor.model.flow import Direction
from sensor.simulate.frames import PSH, SEQ_SPACE, SYN, Segment
from sensor.simulate.session import Shape

_RETRANSMIT_NS = 200_000_000
_PIECE_GAP_NS = 1_000


def split(size_bytes: int) -> Shape:
    """Cut every payload into pieces of at most ``size_bytes``."""
    return lambda segments: [piece for segment in segments for piece in _pieces(segment, size_bytes)]


def swap(segments: list[Segment]) -> list[Segment]:
    """Let neighbouring data segments of one direction overtake each other, pair by pair."""
    swapped = list(segments)
    at = 0
    while at + 1 < len(swapped):
        first, second = swapped[at], swapped[at + 1]
        if first.payload and second.payload and first.direction is second.direction:
            swapped[at : at + 2] = [replace(second, at_ns=first.at_ns), replace(first, at_ns=second.at_ns)]
            at += 1
        at += 1
    return swapped


def overlap(size_bytes: int) -> Shape:
    """Let every data segment repeat up to ``size_bytes`` that its sender sent just before."""

    def shape(segments: list[Segment]) -> list[Segment]:
        tails = dict.fromkeys(Direction, b"")
        shaped = []
        for segment in segments:
            tail = tails[segment.direction] if segment.payload else b""
            tails[segment.direction] = (tails[segment.direction] + segment.payload)[-size_bytes:]
            seq = (segment.seq - len(tail)) % SEQ_SPACE
            shaped.append(replace(segment, seq=seq, payload=tail + segment.payload))
        return shaped

    return shape


def retransmit(every: int) -> Shape:
    """Send every ``every``-th data segment once more, 200 ms later."""

    def shape(segments: list[Segment]) -> list[Segment]:
        data = [segment for segment in segments if segment.payload]
        again = [replace(segment, at_ns=segment.at_ns + _RETRANSMIT_NS) for segment in data[::every]]
        return sorted([*segments, *again], key=lambda segment: segment.at_ns)

    return shape


def without_handshake(segments: list[Segment]) -> list[Segment]:
    """The capture began after the connection: no SYN is seen."""
    return [segment for segment in segments if not segment.flags & SYN]


def mid_stream(skipped: int) -> Shape:
    """The capture began after the handshake and ``skipped`` data segments."""

    def shape(segments: list[Segment]) -> list[Segment]:
        data_at = [index for index, segment in enumerate(segments) if segment.payload]
        first = data_at[skipped] if skipped < len(data_at) else len(segments)
        return without_handshake(segments[first:])

    return shape


def only(direction: Direction) -> Shape:
    """Asymmetric routing: one direction passes the tap."""
    return lambda segments: [segment for segment in segments if segment.direction is direction]


def lose(*data_indices: int) -> Shape:
    """The tap dropped these data segments (counted from 0 over both directions)."""

    def shape(segments: list[Segment]) -> list[Segment]:
        data = [index for index, segment in enumerate(segments) if segment.payload]
        lost = {data[index] for index in data_indices if index < len(data)}
        return [segment for index, segment in enumerate(segments) if index not in lost]

    return shape


def parse_shape(text: str) -> Shape:
    """The shape that ``NAME`` or ``NAME=NUMBER`` names; raises ConfigError with the names there are."""
    name, _, number = text.partition("=")
    if name in _PLAIN and not number:
        return _PLAIN[name]
    if name in _NUMBERED and number.isdecimal() and int(number) > 0:
        return _NUMBERED[name](int(number))
    known = ", ".join([*_PLAIN, *(f"{name}=N" for name in _NUMBERED)])
    raise ConfigError(f"unknown shape {text!r}: use one of {known}, with N from 1")


def _pieces(segment: Segment, size_bytes: int) -> list[Segment]:
    if len(segment.payload) <= size_bytes:
        return [segment]
    starts = range(0, len(segment.payload), size_bytes)
    return [
        replace(
            segment,
            at_ns=segment.at_ns + number * _PIECE_GAP_NS,
            seq=(segment.seq + start) % SEQ_SPACE,
            flags=segment.flags if start + size_bytes >= len(segment.payload) else segment.flags & ~PSH,
            payload=segment.payload[start : start + size_bytes],
        )
        for number, start in enumerate(starts)
    ]


_PLAIN: dict[str, Shape] = {
    "swap": swap,
    "without-handshake": without_handshake,
    "client-only": only(Direction.ORIG),
    "server-only": only(Direction.RESP),
}
_NUMBERED: dict[str, Callable[[int], Shape]] = {
    "split": split,
    "overlap": overlap,
    "retransmit": retransmit,
    "mid-stream": mid_stream,
}

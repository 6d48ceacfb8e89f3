"""Does a session go on as it is when it is told to look for something else?"""

from __future__ import annotations

import pytest
from engine_kit import CLIENT, SERVER, Source, Talk, program

from sensor.engine.api import AddressEntry, Candidate, Engine, Event, Limits, Program, StreamChunk
from sensor.model.errors import EngineError

M, N = b'"mining.', b'"eth_sub'
ONE = program(M)
HELLO = b"GET / HTTP/1.1\r\nHost: eu.pool.example\r\n\r\n"
NAMED = program(name_suffixes=frozenset({"pool.example"}))
LISTED = program(addresses=(AddressEntry("198.51.100.0/24"),))


def swapped(engine: Engine, before: Program, after: Program, talk: Talk, at: int) -> list[Event]:
    """Read packet by packet; before packet ``at`` the session is told to use ``after``."""
    session = engine.open(before, Source(talk.frames))
    events: list[Event] = []
    for number in range(len(talk.frames) + 2):
        if number == at:
            session.use(after)
        events += session.read(1) or []
    assert session.read() is None
    return events


def said(events: list[Event]) -> list[bytes]:
    """What made each candidate, and the bytes given out."""
    found = [event.detail.encode() for event in events if isinstance(event, Candidate)]
    return [*found, b"".join(event.data for event in events if isinstance(event, StreamChunk))]


@pytest.mark.parametrize(
    ("before", "after", "parts", "at", "expected"),
    [
        (ONE, program(N), [b"aa", N], 1, [N, b"aa" + N]),
        (ONE, program(N), [b"aa", M], 1, [b""]),
        (ONE, program(N), [b"aa" + N, b"bb"], 1, [b""]),
        (ONE, program(M, N), [b"a" + M[:5], M[5:]], 1, [M, b"a" + M]),
        (program(N, M), ONE, [b"a" + M[:5], M[5:]], 1, [M, b"a" + M]),
        (ONE, program(N), [M, b"bb"], 1, [M, M + b"bb"]),
        (ONE, NAMED, [HELLO[:20], HELLO[20:]], 1, [b"eu.pool.example", HELLO]),
        (ONE, program(N), [b"aa", b"bb", N], 2, [N, b"aabb" + N]),
        (program(M, limits=Limits(head_bytes=4)), program(N), [b"aaaa", N], 1, [b""]),
        (
            program(M, limits=Limits(head_bytes=99)),
            program(N, limits=Limits(head_bytes=4)),
            [b"aaaa", N],
            1,
            [N, b"aaaa" + N],
        ),
    ],
    ids=["new", "gone", "searched", "across", "narrower", "followed", "name", "later", "bounds", "bounds-stay"],
)
def test_what_is_found(
    engine: Engine, before: Program, after: Program, parts: list[bytes], at: int, expected: list[bytes]
) -> None:
    talk, seq = Talk(), 1
    for part in parts:
        talk.up(part, at=seq)
        seq += len(part)
    found = swapped(engine, before, after, talk, at)
    assert said(found) == expected


def test_addresses_hold_for_flows_that_begin_afterwards(engine: Engine) -> None:
    talk = Talk().up(b"aa")
    second = Talk(client=(CLIENT[0], 40001), server=SERVER, at_s=1.0).up(b"bb")
    talk.frames += second.frames
    found = swapped(engine, ONE, LISTED, talk, 1)
    assert said(found) == [b"198.51.100.0/24", b"bb"]


def test_a_program_that_cannot_be_used_changes_nothing(engine: Engine) -> None:
    talk = Talk().up(b"aa").up(M, at=3)
    session = engine.open(ONE, Source(talk.frames))
    session.read(1)
    with pytest.raises(EngineError, match="address"):
        session.use(program(addresses=(AddressEntry("nonsense"),)))
    assert said(session.read() or []) == [M, b"aa" + M]

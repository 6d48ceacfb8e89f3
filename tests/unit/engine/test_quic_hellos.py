"""Does every engine tell of QUIC clients that ask for a listed name, however their hellos come, and of no others?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import pytest
from engine_kit import CLIENT, SERVER, Outcome, ether, frame, ip4, ip6, program, run, udp
from quic_kit import CONNECTION_ID, HELLO, RFC_9001_A2, V2, crypto, named, protect

from sensor.dissect.tls import hello_of
from sensor.engine.api import Engine, Frame, Limits, QuicHello, Tick

LISTED = "pool.example.org"
ASKS = named(LISTED.encode())
WHOLE, OTHER = protect(crypto(0, ASKS)), protect(crypto(0, HELLO))
HALVES = crypto(0, ASKS[:100]), crypto(100, ASKS[100:])
FIRST, LAST = map(protect, HALVES)
SERVERS_ID = b"\x83\x11\x22"


@dataclass(frozen=True)
class Sent:
    """A datagram, when, and from where to where."""

    data: bytes
    at_s: float = 0.0
    client: tuple[str, int] = CLIENT
    server: tuple[str, int] = SERVER
    vlan: int = 0

    @property
    def frame(self) -> Frame:
        segment = udp(self.client[1], self.server[1], self.data)
        is_new = ":" in self.client[0]
        packet = (ip6 if is_new else ip4)(self.client[0], self.server[0], 17, segment)
        kind = 0x86DD if is_new else 0x0800
        tagged = self.vlan.to_bytes(2) + kind.to_bytes(2) + packet
        return frame(ether(0x8100, tagged) if self.vlan else ether(kind, packet), at_s=self.at_s)


def found(engine: Engine, sent: Iterable[Sent | Tick], limits: Limits | None = None) -> Outcome:
    what = program(b"anchor", limits=limits, name_suffixes=frozenset({"example.org"}))
    return run(what, [one.frame if isinstance(one, Sent) else one for one in sent], engine=engine)


def asked(outcome: Outcome) -> list[tuple[str, float]]:
    """Which names were told of, and when."""
    events = [event for event in outcome.events if isinstance(event, QuicHello)]
    hellos = [hello_of(event.hello) for event in events]
    return [(hello.sni or "", event.at_ns / 1e9) for event, hello in zip(events, hellos, strict=True) if hello]


def fates(outcome: Outcome) -> dict[str, int]:
    """Counters of hellos that are not zero."""
    counted = {name: value for name, value in asdict(outcome.counters).items() if "quic" in name and value}
    return {name.replace("_quic", "").replace("quic_", ""): value for name, value in counted.items()}


def one(at_s: float = 0.0) -> list[tuple[str, float]]:
    return [(LISTED, at_s)]


DONE = {"initials": 1, "hellos": 1}
IN_TWO = {"initials": 2, "hellos": 1}
FROM_SERVER = {"client": SERVER, "server": CLIENT}
LONG = named(b"a" * 1000 + b".example.org")
CUT_PROTOCOLS = ASKS.replace(b"\x00\x05\x04alpn", b"\x00\x05\x09alpn")
"""Whose list of application protocols claims more than is there: the name stands all the same."""


@pytest.mark.parametrize(
    ("sent", "names", "fate"),
    [
        pytest.param([Sent(WHOLE)], one(), DONE, id="whole"),
        pytest.param([Sent(OTHER)], [], DONE, id="another name"),
        pytest.param([Sent(RFC_9001_A2)], [], DONE, id="the packet of the RFC"),
        pytest.param([Sent(protect(crypto(0, ASKS), V2))], one(), DONE, id="version 2"),
        pytest.param([Sent(WHOLE, client=("2001:db8::10", 5), server=("2001:db8::20", 443))], one(), DONE, id="IPv6"),
        pytest.param([Sent(FIRST), Sent(LAST, 0.1)], one(0.1), IN_TWO, id="in two"),
        pytest.param([Sent(LAST), Sent(FIRST, 0.1)], one(0.1), IN_TWO, id="the later one first"),
        pytest.param(
            [Sent(protect(HALVES[0], V2)), Sent(protect(HALVES[1], V2))], one(), IN_TWO, id="in two of version 2"
        ),
        pytest.param(
            [Sent(FIRST), Sent(protect(HALVES[1], connection_id=SERVERS_ID, first_id=CONNECTION_ID), 0.1)],
            one(0.1), IN_TWO, id="the second one under the server's id",
        ),
        pytest.param(
            [Sent(protect(HALVES[0], size=600) + protect(HALVES[1], size=700))], one(), DONE, id="two in one datagram"
        ),
        pytest.param(
            [Sent(protect(HALVES[0], size=600) + b"\xd0" + WHOLE[1:])], [], {"initials": 1, "expired": 1},
            id="one, and 0-RTT behind it",
        ),
        pytest.param(
            [Sent(FIRST), Sent(FIRST, 0.2), Sent(LAST, 0.3)], one(0.3), {"initials": 3, "hellos": 1}, id="one twice"
        ),
        pytest.param(
            [Sent(WHOLE), Sent(WHOLE, 1.0)], [*one(), *one(1.0)], {"initials": 2, "hellos": 2}, id="asked twice"
        ),
        pytest.param(
            [Sent(FIRST), Sent(protect(crypto(0, ASKS), connection_id=b"retried!", token=b"t" * 30), 0.1)],
            one(0.1), IN_TWO, id="begun again after a Retry",
        ),
        pytest.param(
            [Sent(FIRST), Sent(protect(b"\1", connection_id=b"nothing!"), 0.1), Sent(LAST, 0.2)],
            one(0.2), {"initials": 3, "hellos": 1}, id="a stray packet between",
        ),
        pytest.param(
            [Sent(FIRST), Sent(protect(crypto(0, b"\2"), connection_id=b"nothing!"), 0.1), Sent(LAST, 0.2)],
            [], {"initials": 3, "expired": 1}, id="something else begun between",
        ),
        pytest.param(
            [Sent(FIRST), Sent(LAST, client=(CLIENT[0], 40_001))], [], {"initials": 2, "expired": 2},
            id="from two ports",
        ),
        pytest.param([Sent(FIRST, vlan=1), Sent(LAST, vlan=2)], one(), IN_TWO, id="in two VLANs, which tell nothing"),
        pytest.param([Sent(FIRST), Sent(LAST, 11.0)], [], {"initials": 2, "expired": 2}, id="too late"),
        pytest.param([Sent(FIRST), Sent(LAST, -11.0)], [], {"initials": 2, "expired": 2}, id="far back in time"),
        pytest.param([Sent(FIRST)], [], {"initials": 1, "expired": 1}, id="a half"),
        pytest.param([Sent(protect(crypto(0, b"\2\0\0\1a")))], [], {"initials": 1}, id="a server's message"),
        pytest.param([Sent(protect(crypto(0, b"\1\0\0\1a")))], [], DONE, id="a broken hello"),
        pytest.param([Sent(protect(b"\1"))], [], {"initials": 1}, id="nothing but padding"),
        pytest.param([Sent(protect(HALVES[0] + b"\6\0\xff"))], [], {"initials": 1}, id="frames run out"),
        pytest.param([Sent(WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]))], [], {"initials": 1}, id="altered"),
        pytest.param([Sent(WHOLE[:1199])], [], {}, id="short"),
        pytest.param([Sent(protect(crypto(0, ASKS), connection_id=b"server"), **FROM_SERVER)], [], {}, id="short id"),
        pytest.param([Sent(WHOLE, server=(SERVER[0], 53))], [], {}, id="to the port of DNS"),
        pytest.param([Sent(protect(crypto(0, LONG)))], [], DONE, id="a name that is none"),
        pytest.param([Sent(protect(crypto(0, CUT_PROTOCOLS)))], one(), DONE, id="protocols cut short"),
    ],
)  # fmt: skip
def test_hellos(engine: Engine, sent: list[Sent], names: list[tuple[str, float]], fate: dict[str, int]) -> None:
    outcome = found(engine, sent)
    assert asked(outcome) == names
    assert outcome.counters.names_hit == len(names)
    assert fates(outcome) == fate


def test_vlans_keep_hellos_apart_where_they_are_told_apart(engine: Engine) -> None:
    sent = [Sent(FIRST, vlan=1), Sent(LAST, vlan=2), Sent(LAST, vlan=1)]
    outcome = found(engine, sent, Limits(flow_key_vlan=True))
    assert asked(outcome) == one()
    assert fates(outcome) == {"initials": 3, "hellos": 1, "expired": 1}


def clients(count: int, data: bytes, step_s: float = 0.001) -> list[Sent]:
    return [Sent(data, number * step_s, (CLIENT[0], 1000 + number)) for number in range(count)]


HALF_BYTES = 256 + 64 + 100


@pytest.mark.parametrize(
    ("limits", "sent", "fate"),
    [
        pytest.param(
            {"max_quic_per_s": 20}, [*clients(50, WHOLE), Sent(WHOLE, 1.0)],
            {"initials": 21, "shed": 30, "hellos": 21}, id="in one second",
        ),
        pytest.param(
            {"max_quic_per_s": 20}, [Sent(WHOLE, 0.5), *clients(40, protect(b"", connection_id=b"server"))],
            {"initials": 1, "hellos": 1}, id="what costs nothing is not paid for",
        ),
        pytest.param(
            {"max_quic_named_per_s": 3}, [*clients(9, WHOLE), *clients(9, OTHER, 0.1), Sent(WHOLE, 1.0)],
            {"initials": 19, "hellos": 19, "shed_names": 6}, id="listed names in one second",
        ),
        pytest.param(
            {"max_quic_hellos": 5}, clients(50, FIRST), {"initials": 50, "evicted": 45, "expired": 5}, id="at once"
        ),
        pytest.param(
            {"max_quic_hellos": 5}, [*clients(5, FIRST), Sent(WHOLE, 1.0), Sent(LAST, 1.0, (CLIENT[0], 1000))],
            {"initials": 7, "hellos": 2, "expired": 4}, id="a whole one needs no place",
        ),
        pytest.param(
            {"max_quic_bytes": 7 * HALF_BYTES}, clients(50, FIRST),
            {"initials": 50, "evicted": 43, "expired": 7}, id="bytes",
        ),
        pytest.param(
            {"max_quic_bytes": HALF_BYTES - 1}, [Sent(FIRST), Sent(LAST)],
            {"initials": 2, "evicted": 2}, id="less than one",
        ),
        pytest.param(
            {"quic_timeout_s": 2.0}, [Sent(FIRST), Sent(LAST, 2.5)], {"initials": 2, "expired": 2}, id="time"
        ),
    ],
)  # fmt: skip
def test_bounds_and_what_they_cut(
    engine: Engine, limits: dict[str, int], sent: list[Sent], fate: dict[str, int]
) -> None:
    assert fates(found(engine, sent, replace(Limits(), **limits))) == fate


def test_what_is_held_is_counted_and_given_back(engine: Engine) -> None:
    what = program(b"anchor", names=frozenset({LISTED}))

    class Waiting:
        name, damage = "waiting", None

        def frames(self) -> Iterable[Frame | Tick]:
            yield Sent(FIRST).frame
            yield Tick(0)
            yield Tick(9 * 10**9)
            yield Tick(11 * 10**9)

    session = engine.open(what, Waiting())  # type: ignore[arg-type]
    held = []
    while session.read(100) is not None:
        held.append((session.counters.quic_bytes, session.counters.expired_quic))
    assert held[:3] == [(HALF_BYTES, 0), (HALF_BYTES, 0), (0, 1)]


def test_another_set_of_names_holds_at_once(engine: Engine) -> None:
    class Source:
        name, damage = "two", None

        def frames(self) -> Iterable[Frame | Tick]:
            yield from (Sent(FIRST).frame, Tick(0), Sent(LAST).frame)

    session = engine.open(program(b"anchor", names=frozenset({"else.example"})), Source())  # type: ignore[arg-type]
    events = session.read(100) or []
    session.use(program(b"anchor", names=frozenset({LISTED})))
    while (more := session.read(100)) is not None:
        events += more
    assert [type(event) for event in events] == [Tick, QuicHello]


def test_without_names_nothing_is_looked_into(engine: Engine) -> None:
    assert fates(run(program(b"anchor"), [Sent(WHOLE).frame], engine=engine)) == {}

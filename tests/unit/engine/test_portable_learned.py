"""Which addresses does an engine learn from DNS answers, and for how long?"""

from __future__ import annotations

import struct

import dpkt
import pytest
from engine_kit import CLIENT, CLIENT6, SERVER6, Talk, ether, frame, ip4, ip6, program, run, udp

from sensor.dissect import dns
from sensor.engine.api import Engine, Frame, Limits, Reason
from sensor.engine.portable.indicators import NameIndex
from sensor.engine.portable.learned import LearnedAddresses

M = b'"mining.'
POOL = {"name_suffixes": frozenset({"pool.example.org"})}


def dns_answer(query: str, *records: tuple[str, int, bytes, int]) -> bytes:
    """A response to ``query`` with records (name, type, data, ttl)."""
    message = dpkt.dns.DNS(id=1, op=0x8180, qd=[dpkt.dns.DNS.Q(name=query)])
    packed = bytearray(bytes(message))
    packed[6:8] = struct.pack(">H", len(records))
    for name, kind, data, ttl in records:
        packed += labels(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data
    return bytes(packed)


def binding(*parameters: int | bytes) -> bytes:
    """A service binding to its own name, with keys and values in turn (RFC 9460 §2.2)."""
    pairs = zip(parameters[::2], parameters[1::2], strict=True)
    return b"\0\1\0" + b"".join(struct.pack(">HH", key, len(value)) + value for key, value in pairs)


def labels(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def datagram(
    payload: bytes, *, at_s: float = 0.0, sport: int = 53, dport: int = 5555, src: str = "192.0.2.53"
) -> Frame:
    return frame(ether(0x0800, ip4(src, CLIENT[0], 17, udp(sport, dport, payload))), at_s=at_s)


A = bytes([198, 51, 100, 20])
AAAA = bytes.fromhex("20010db8000000000000000000000020")
OTHER = bytes.fromhex("20010db8000000000000000000000021")
TALK6 = {"client": CLIENT6, "server": SERVER6}


@pytest.mark.parametrize(
    ("answer", "talk", "names"),
    [
        pytest.param(
            dns_answer("eu.pool.example.org", ("eu.pool.example.org", 1, A, 60)),
            Talk(at_s=299).up(),
            ["eu.pool.example.org"],
            id="a-raised-ttl",
        ),
        pytest.param(
            dns_answer("eu.pool.example.org", ("eu.pool.example.org", 1, A, 60)), Talk(at_s=301).up(), [], id="a-over"
        ),
        pytest.param(
            dns_answer("eu.pool.example.org", ("eu.pool.example.org", 1, A, 10**9)),
            Talk(at_s=86_401).up(),
            [],
            id="cut-ttl",
        ),
        pytest.param(
            dns_answer("pool.example.org", ("pool.example.org", 28, AAAA, 60)),
            Talk(**TALK6).up(),
            ["pool.example.org"],
            id="aaaa",
        ),
        pytest.param(
            dns_answer(
                "pool.example.org",
                ("b.cdn.test", 1, A, 60),
                ("a.cdn.test", 5, labels("b.cdn.test"), 60),
                ("pool.example.org", 5, labels("a.cdn.test"), 60),
            ),
            Talk().up(),
            ["pool.example.org"],
            id="alias-chain-backwards",
        ),
        pytest.param(
            dns_answer(
                "my.alias.test", ("my.alias.test", 5, labels("pool.example.org"), 60), ("pool.example.org", 1, A, 60)
            ),
            Talk().up(),
            ["pool.example.org"],
            id="alias-to-a-listed-name",
        ),
        pytest.param(
            dns_answer("pool.example.org", ("other.test", 1, A, 60)), Talk().up(), [], id="record-of-another-name"
        ),
        *(
            pytest.param(
                dns_answer("pool.example.org", ("pool.example.org", kind, binding(4, A), 60)),
                Talk().up(),
                ["pool.example.org"],
                id=f"hint-of-{name}",
            )
            for kind, name in ((65, "https"), (64, "svcb"))
        ),
        pytest.param(
            dns_answer("pool.example.org", ("pool.example.org", 65, binding(1, b"\x02h2", 6, AAAA[1:] + AAAA), 60)),
            Talk(**TALK6).up(),
            [],
            id="hints-out-of-step",
        ),
        pytest.param(
            dns_answer("pool.example.org", ("pool.example.org", 65, binding(1, b"\x02h2", 6, OTHER + AAAA), 60)),
            Talk(**TALK6).up(),
            ["pool.example.org"],
            id="second-hint",
        ),
        pytest.param(
            dns_answer("pool.example.org", ("pool.example.org", 65, binding(4, A * 17)[:-1], 60)),
            Talk().up(),
            [],
            id="cut-hints",
        ),
        pytest.param(
            dns_answer("pool.example.org", ("pool.example.org", 65, binding(4, b"\xc0\0\2\7" * 16 + A), 60)),
            Talk().up(),
            [],
            id="sixteen-hints-are-read",
        ),
        pytest.param(
            dns_answer("pool.example.org", ("pool.example.org", 65, b"\0\1\x3f", 60), ("pool.example.org", 1, A, 60)),
            Talk().up(),
            [],
            id="a-broken-binding-ends-the-reading",
        ),
        pytest.param(
            dns_answer(
                "pool.example.org",
                ("pool.example.org", 5, labels("a.cdn.test"), 60),
                ("a.cdn.test", 65, binding(4, A), 60),
            ),
            Talk().up(),
            ["pool.example.org"],
            id="hint-of-an-alias",
        ),
        pytest.param(
            dns_answer("pool.example.org", ("other.test", 65, binding(4, A), 60)), Talk().up(), [], id="another's-hint"
        ),
    ],
)
def test_learned_addresses(answer: bytes, talk: Talk, names: list[str], engine: Engine) -> None:
    outcome = run(program(M, **POOL), [datagram(answer), *talk.frames], engine=engine)
    assert [event.detail for event in outcome.candidates] == names
    assert all(event.reason is Reason.LEARNED for event in outcome.candidates)
    assert [event.payload for event in outcome.dns] == [answer]


def test_an_answer_without_a_listed_name_gives_nothing() -> None:
    answer = dns_answer("other.test", ("other.test", 1, A, 60))
    assert not run(program(M, **POOL), [datagram(answer), *Talk().up().frames]).events


def test_a_datagram_right_behind_the_answer_counts(engine: Engine) -> None:
    answer = dns_answer("pool.example.org", ("pool.example.org", 1, A, 60))
    talk = [datagram(b"talk", sport=4000, dport=5000, src=src) for src in ("198.51.100.19", "198.51.100.20")]
    found = run(program(M, **POOL), [*talk, datagram(answer), *talk], engine=engine).candidates
    assert [(event.five_tuple.orig.ip, event.reason) for event in found] == [("198.51.100.20", Reason.LEARNED)]


def test_a_shorter_answer_takes_nothing_back() -> None:
    long, short = (dns_answer("pool.example.org", ("pool.example.org", 1, A, ttl_s)) for ttl_s in (900, 300))
    frames = [datagram(long), datagram(short, at_s=1), *Talk(at_s=600).up().frames]
    assert len(run(program(M, **POOL), frames).candidates) == 1


def test_refreshed_addresses_leave_no_trail() -> None:
    learned, names = LearnedAddresses(Limits()), NameIndex(program(**POOL))
    message = dns.parse(dns_answer("pool.example.org", ("pool.example.org", 1, A, 60)))
    assert message is not None
    for second in range(500):
        learned.learn(message, names, second * 1_000_000_000)
    assert len(learned) == 1
    assert len(learned._ends) < 32


def test_the_address_that_ends_first_is_forgotten() -> None:
    answers = [
        datagram(dns_answer("pool.example.org", ("pool.example.org", 1, bytes([198, 51, 100, last]), ttl)))
        for last, ttl in [(1, 900), (2, 600), (3, 700)]
    ]
    talks = [Talk(server=(f"198.51.100.{last}", 3333)).up().frames[0] for last in (1, 2, 3)]
    outcome = run(program(M, limits=Limits(max_learned=2), **POOL), answers + talks)
    assert [event.five_tuple.resp.ip for event in outcome.candidates] == ["198.51.100.1", "198.51.100.3"]


def test_dns_over_tcp() -> None:
    answer = dns_answer("pool.example.org", ("pool.example.org", 1, A, 60))
    stream = struct.pack(">H", len(answer)) + answer
    server = Talk(server=("192.0.2.53", 53)).handshake().down(stream + stream[:9]).down(stream[9:], at=10 + len(stream))
    outcome = run(program(M, **POOL), [*server.frames, *Talk(at_s=1).up().frames])
    assert [event.payload for event in outcome.dns] == [answer, answer]
    assert outcome.dns[0].five_tuple.orig.ip == "192.0.2.53"
    assert [event.reason for event in outcome.candidates] == [Reason.LEARNED]


def test_a_tcp_stream_on_the_dns_port_that_is_not_dns() -> None:
    answer = dns_answer("pool.example.org")
    stream = b"\0\0" + struct.pack(">H", len(answer)) + answer
    assert not run(program(M, **POOL), Talk(server=("192.0.2.53", 53)).handshake().up(stream).frames).dns


def test_dns_in_ipv6() -> None:
    query = dns_answer("pool.example.org")
    packet = ether(0x86DD, ip6(CLIENT6[0], SERVER6[0], 17, udp(5555, 53, query)))
    assert [event.payload for event in run(program(M, **POOL), [frame(packet)]).dns] == [query]

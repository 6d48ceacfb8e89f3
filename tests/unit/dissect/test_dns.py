"""DNS messages, built with scapy and read by us."""

from __future__ import annotations

import struct

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR

from sensor.dissect.dns import MAX_HINTS, MAX_RECORDS, parse


def _answer() -> bytes:
    chain = DNSRR(rrname="pool.example.org", type="CNAME", rdata="edge.example.net", ttl=30) / DNSRR(
        rrname="edge.example.net", type="A", rdata="192.0.2.7", ttl=60
    )
    return bytes(DNS(qr=1, qd=DNSQR(qname="Pool.Example.org"), an=chain, ancount=2))


def test_an_answer_through_an_alias() -> None:
    message = parse(_answer())
    assert message is not None
    assert message.is_response
    assert message.queries == ("pool.example.org",)
    assert message.query_types == ("A",)
    assert message.names == {"pool.example.org", "edge.example.net"}
    assert list(message.addresses(message.owners("pool.example.org".__eq__))) == [("192.0.2.7", 60, "pool.example.org")]
    assert not list(message.addresses(message.owners("other.example.org".__eq__)))


def test_a_query_for_ipv6() -> None:
    message = parse(bytes(DNS(qd=DNSQR(qname="a.example.org", qtype="AAAA"))))
    assert message is not None
    assert (message.is_response, message.query_types, message.answers) == (False, ("AAAA",), ())


@pytest.mark.parametrize("cut", range(len(_answer())))
def test_a_cut_message_is_read_as_far_as_it_goes(cut: int) -> None:
    message = parse(_answer()[:cut])
    assert message is None or message.queries == ("pool.example.org",)


BROKEN = {
    "empty": b"",
    "header only": bytes(12),
    "pointer to itself": bytes.fromhex("000001000001000000000000c00c00010001"),
    "label longer than the message": bytes.fromhex("0000010000010000000000003f6100010001"),
    "not a standard query": bytes(DNS(opcode=5, qd=DNSQR(qname="a.example.org"))),
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN)
def test_broken_messages_are_no_messages(payload: bytes) -> None:
    assert parse(payload) is None


def test_records_are_bounded() -> None:
    record = bytes.fromhex("c00c00010001000000010004c0000207")
    payload = bytes(DNS(qr=1, qd=DNSQR(qname="a.example.org"), ancount=5000)) + record * 5000
    message = parse(payload)
    assert message is not None
    assert len(message.answers) == MAX_RECORDS


def _binding(*parameters: tuple[int, bytes], kind: int = 65, target: bytes = b"\0", cut: int = 0) -> bytes:
    """An answer with one service binding (RFC 9460)."""
    rdata = b"\x00\x01" + target + b"".join(struct.pack(">HH", key, len(value)) + value for key, value in parameters)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 120, len(rdata)) + rdata
    question = bytes(DNS(qr=1, qd=DNSQR(qname="pool.example.org", qtype=kind), ancount=1))
    return question + record[: len(record) - cut]


V4, V6 = bytes([192, 0, 2, 7]), bytes.fromhex("20010db8" + "00" * 11 + "07")


@pytest.mark.parametrize(
    ("payload", "addresses"),
    [
        (_binding((4, V4)), ["192.0.2.7"]),
        (_binding((4, V4), kind=64), ["192.0.2.7"]),
        (_binding((1, b"\x02h2"), (4, V4 + bytes([192, 0, 2, 8])), (6, V6)), ["192.0.2.7", "192.0.2.8", "2001:db8::7"]),
        (_binding((4, V4), target=b"\x04edge\x07example\x00"), ["192.0.2.7"]),
        (_binding((4, V4[:3])), []),
        (_binding((4, V4), cut=1), []),
        (_binding((4, V4), target=b"\x3f" + bytes(20)), []),
        (_binding((4, V4 * 100)), ["192.0.2.7"] * MAX_HINTS),
        (_binding((5, b"\xfe\x0d" * 20)), []),
    ],
    ids=["v4", "svcb", "both", "target", "short", "cut", "broken target", "bounded", "ech alone"],
)
def test_addresses_that_service_bindings_hint_at(payload: bytes, addresses: list[str]) -> None:
    message = parse(payload)
    assert message is not None
    told = message.addresses(message.owners(lambda _: True))
    assert [(ip, ttl_s) for ip, ttl_s, _ in told] == [(address, 120) for address in addresses]

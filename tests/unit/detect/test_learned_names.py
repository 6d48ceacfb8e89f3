"""Whose flows does a DNS answer tell of, by which name, and for how long?"""

from __future__ import annotations

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR

from sensor.detect.names import NS, LearnedNames
from sensor.dissect.dns import parse
from sensor.signature import SignatureSet, load

LISTED, OTHER = "pool.supportxmr.com", "www.example.org"
OWN, SHARED = "198.51.100.20", "104.16.1.1"
ASKER, STRANGER = "192.0.2.10", "192.0.2.11"


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def _learned(signatures: SignatureSet, most: int = 100) -> LearnedNames:
    return LearnedNames(signatures, max_entries=most, min_ttl_s=300, max_ttl_s=3600)


def _tell(names: LearnedNames, *records: tuple[str, str], asked: str = LISTED, to: str = ASKER, **flags: int) -> None:
    """An answer at 0 s; a record whose data is a name is an alias. It wants recursion unless told otherwise."""
    answers = [DNSRR(rrname=name, type=_type(data), rdata=data, ttl=600) for name, data in records]
    message = parse(bytes(DNS(**{"qr": 1, "rd": 1, **flags}, qd=DNSQR(qname=asked), an=answers)))
    assert message is not None
    names.learn(message, to, 0)


def _type(data: str) -> str:
    return "AAAA" if ":" in data else "A" if data[0].isdigit() else "CNAME"


@pytest.mark.parametrize(
    ("records", "flags", "ip", "client", "is_known"),
    [
        ([(LISTED, OWN)], {}, OWN, ASKER, True),
        ([(LISTED, OWN)], {}, OWN, STRANGER, True),
        ([(LISTED, SHARED)], {}, SHARED, ASKER, True),
        ([(LISTED, SHARED)], {}, SHARED, STRANGER, False),
        ([(LISTED, SHARED)], {"rd": 0}, SHARED, STRANGER, True),
        ([(LISTED, SHARED)], {"qr": 0}, SHARED, ASKER, False),
        ([(LISTED, "2606:4700::1")], {}, "2606:4700::1", ASKER, True),
        ([(LISTED, "2606:4700::1")], {}, "2606:4700::1", STRANGER, False),
        ([(LISTED, "cdn.example.net"), ("cdn.example.net", SHARED)], {}, SHARED, ASKER, True),
        ([(OTHER, OWN)], {}, OWN, ASKER, False),
        ([(LISTED, OWN), (OTHER, "198.51.100.21")], {}, "198.51.100.21", ASKER, False),
    ],
    ids=[
        "who asked",
        "who connects where the pool is alone",
        "who asked for a name at a shared address",
        "who did not",
        "a resolver, which tells everybody",
        "a question answers nothing",
        "IPv6",
        "IPv6, who did not ask",
        "through an alias",
        "a record of another name",
        "a record of another name beside one of the pool's",
    ],
)
def test_whom_an_answer_tells_of(
    records: list[tuple[str, str]],
    flags: dict[str, int],
    ip: str,
    client: str,
    is_known: bool,
    signatures: SignatureSet,
) -> None:
    names = _learned(signatures)
    _tell(names, *records, **flags)
    found = names.at(ip, client, NS)
    assert (found.name if found else None) == (LISTED if is_known else None)


@pytest.mark.parametrize("ip", [OWN, SHARED])
def test_an_answer_holds_for_its_time_to_live(ip: str, signatures: SignatureSet) -> None:
    names = _learned(signatures)
    _tell(names, (LISTED, ip))
    assert names.at(ip, ASKER, 600 * NS) and not names.at(ip, ASKER, 601 * NS)


def test_what_nobody_asked_for_longest_makes_room(signatures: SignatureSet) -> None:
    names = _learned(signatures, most=3)
    for last in range(5):
        _tell(names, (LISTED, SHARED), to=f"192.0.2.{last}")
    assert [bool(names.at(SHARED, f"192.0.2.{last}", NS)) for last in range(5)] == [False, False, True, True, True]
    assert names.forgotten == 2

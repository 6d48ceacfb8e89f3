"""Which client does a PROXY header name?"""

import pytest
from unwrap_kit import DOWN, UP, Told, cut, inside

from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.layer import ComesFrom, Entered
from sensor.dissect.unwrap.proxy_header import SIGNATURE, ProxyHeaderLayer, probe

V4_ENDS = bytes([10, 1, 2, 3, 198, 51, 100, 7]) + b"\x9c\x40\x0d\x05"
V6_ENDS = bytes.fromhex("20010db8000000000000000000000003" * 2) + b"\x9c\x40\x0d\x05"
TLV = b"\x04\x00\x02ab"


def v2(command, family, ends):
    return SIGNATURE + bytes([command, family]) + len(ends).to_bytes(2, "big") + ends


HEADERS = [
    (b"PROXY TCP4 10.1.2.3 198.51.100.7 40000 3333\r\n", ("10.1.2.3", 40_000)),
    (b"PROXY TCP6 2001:db8::3 2001:db8::7 40000 3333\r\n", ("2001:db8::3", 40_000)),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", None),
    (b"PROXY TCP4 not.an.address 198.51.100.7 40000 3333\r\n", None),
    (v2(0x21, 0x11, V4_ENDS), ("10.1.2.3", 40_000)),
    (v2(0x21, 0x11, V4_ENDS + TLV), ("10.1.2.3", 40_000)),
    (v2(0x21, 0x21, V6_ENDS), ("2001:db8::3", 40_000)),
    (v2(0x20, 0x00, b""), None),  # LOCAL: the balancer's own health check
    (v2(0x21, 0x31, bytes(216)), None),  # a UNIX socket
    (v2(0x21, 0x11, b"\x01"), None),  # too short for its family
]


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(("header", "client"), HEADERS)
def test_the_header_is_taken_off_and_its_client_told(header, client, size):
    told = Told()
    found = inside(ProxyHeaderLayer(told.context), cut([(UP, header + b"{up}"), (DOWN, b"{down}")], size))
    assert found == (b"{up}", b"{down}")
    assert told.news == [Entered("proxy-header"), *([ComesFrom(*client)] if client else [])]


PROBES = [
    (b"", Probe.UNSURE),
    (b"PRO", Probe.UNSURE),
    (b"PROXY TCP4 10.1.2.3", Probe.UNSURE),
    (b"PROXY TCP4 10.1.2.3 198.51.100.7 40000 3333\r\n", Probe.CERTAIN),
    (b"PROXY of the year\r\n", Probe.NOT_FOR_US),
    (b"PROXY " + b"x" * 110, Probe.NOT_FOR_US),
    (SIGNATURE[:7], Probe.UNSURE),
    (SIGNATURE + b"\x21\x11\x00\x0c", Probe.UNSURE),
    (SIGNATURE + b"\x11\x11\x00\x0c", Probe.NOT_FOR_US),
    (SIGNATURE + b"\x21\x11\xff\xff", Probe.NOT_FOR_US),  # longer than anybody sends
    (b"PUT / HTTP/1.1", Probe.NOT_FOR_US),
]


@pytest.mark.parametrize(("head", "answer"), PROBES)
def test_probe(head, answer):
    assert probe(head) is answer

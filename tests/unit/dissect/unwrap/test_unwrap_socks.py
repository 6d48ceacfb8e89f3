"""Where was a SOCKS proxy asked to connect to, and what comes behind the negotiation?"""

import pytest
from unwrap_kit import DOWN, UP, Told, cut, inside

from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.layer import Asked, Entered
from sensor.dissect.unwrap.socks import SocksLayer, probe

NAME = b"\x03\x10pool.example.org\x0d\x05"
IPV4 = b"\x01\xcb\x00\x71\x07\x0d\x05"
IPV6 = b"\x04" + bytes.fromhex("20010db8000000000000000000000007") + b"\x0d\x05"
BOUND = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
V4_REPLY = b"\x00\x5a\x0d\x05\xcb\x00\x71\x07"

TALKS = [
    # what it is, client, server, layer, target
    ("5 by name", b"\x05\x01\x00" + b"\x05\x01\x00" + NAME, b"\x05\x00" + BOUND, "socks5", ("pool.example.org", 3333)),
    ("5 IPv4", b"\x05\x01\x00" + b"\x05\x01\x00" + IPV4, b"\x05\x00" + BOUND, "socks5", ("203.0.113.7", 3333)),
    ("5 IPv6", b"\x05\x01\x00" + b"\x05\x01\x00" + IPV6, b"\x05\x00" + BOUND, "socks5", ("2001:db8::7", 3333)),
    ("5 several methods", b"\x05\x03\x00\x01\x02\x05\x01\x00" + IPV4, b"\x05\x00" + BOUND, "socks5", None),
    (
        "5 user and password",
        b"\x05\x02\x00\x02" + b"\x01\x02me\x03pwd" + b"\x05\x01\x00" + NAME,
        b"\x05\x02\x01\x00" + BOUND,
        "socks5",
        ("pool.example.org", 3333),
    ),
    ("4", b"\x04\x01\x0d\x05\xcb\x00\x71\x07me\x00", V4_REPLY, "socks4", ("203.0.113.7", 3333)),
    ("4 no user", b"\x04\x01\x0d\x05\xcb\x00\x71\x07\x00", V4_REPLY, "socks4", ("203.0.113.7", 3333)),
    (
        "4a",
        b"\x04\x01\x0d\x05\x00\x00\x00\x01me\x00POOL.example.org\x00",
        V4_REPLY,
        "socks4",
        ("pool.example.org", 3333),
    ),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("sides", ["both", "client", "server"])
@pytest.mark.parametrize(("client", "server", "layer", "target"), [row[1:] for row in TALKS], ids=[r[0] for r in TALKS])
def test_the_negotiation_is_taken_off(client, server, layer, target, sides, size):
    said = {"client": [(UP, client + b"{up}")], "server": [(DOWN, server + b"{down}")]}
    told = Told()
    stream = [one for side, part in said.items() if sides in {"both", side} for one in part]
    found = inside(SocksLayer(told.context), cut(stream, size))
    assert found == (b"{up}" if sides != "server" else b"", b"{down}" if sides != "client" else b"")
    assert told.news[0] == Entered(layer)
    asked = [(news.host, news.port) for news in told.news if isinstance(news, Asked)]
    assert len(asked) == (sides != "server")
    if target and asked:
        assert asked == [target]


PROBES = [
    (b"", Probe.UNSURE),
    (b"\x05", Probe.UNSURE),
    (b"\x05\x01\x00", Probe.UNSURE),
    (b"\x05\x01\x00\x05\x01\x00" + NAME[:-1], Probe.UNSURE),
    (b"\x05\x01\x00\x05\x01\x00" + NAME, Probe.CERTAIN),
    (b"\x05\x01\x00\x05\x02\x00" + IPV4, Probe.NOT_FOR_US),  # BIND
    (b"\x05\x01\x01\x01\x00", Probe.NOT_FOR_US),  # GSSAPI alone
    (b"\x05\x00" + BOUND, Probe.CERTAIN),
    (b"\x05\xff", Probe.NOT_FOR_US),  # nothing acceptable, or 255 methods offered
    (b"\x05\x00\x05\x05\x00", Probe.NOT_FOR_US),  # refused
    (b"\x04\x01\x0d\x05\xcb\x00\x71\x07" + b"u" * 300, Probe.NOT_FOR_US),
    (b"\x04\x01\x00\x00\xcb\x00\x71\x07\x00", Probe.NOT_FOR_US),  # port 0
    (b"\x00\x5b" + bytes(6), Probe.NOT_FOR_US),  # refused
    (b"\x00\x5a\x0d\x05\xcb\x00\x71\x07", Probe.CERTAIN),
    (b"GET / HTTP/1.1\r\n", Probe.NOT_FOR_US),
    (b"\x16\x03\x01\x00\xc8\x01", Probe.NOT_FOR_US),
    (b'{"id":1}', Probe.NOT_FOR_US),
]


@pytest.mark.parametrize(("head", "answer"), PROBES)
def test_probe(head, answer):
    assert probe(head) is answer

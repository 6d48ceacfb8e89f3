"""ClientHello: server name, ALPN and JA4, from real TLS libraries over memory and from real captures."""

from __future__ import annotations

import ssl
from pathlib import Path

import dpkt
import pytest

from sensor.dissect import tls
from sensor.dissect.ja4 import ja4
from sensor.dissect.probe import Probe


def _hello(server_name: str | None, alpn: list[str] | None = None) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if alpn:
        context.set_alpn_protocols(alpn)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize(
    ("name", "alpn", "mark"),
    [("pool.example.org", None, "t13d"), (None, None, "t13i"), ("a.example.org", ["h2", "http/1.1"], "t13d")],
)
def test_a_real_client_hello(name: str | None, alpn: list[str] | None, mark: str) -> None:
    hello = tls.client_hello(_hello(name, alpn))
    assert hello is not None
    assert hello.sni == name
    assert hello.alpn == tuple(alpn or ())
    assert hello.ja4.startswith(mark)
    assert hello.ja4.split("_")[0].endswith("h2" if alpn else "00")


def test_a_hello_over_two_records_and_in_pieces() -> None:
    whole = _hello("pool.example.org")
    body = whole[5:]
    split = b"".join(whole[:3] + len(part).to_bytes(2) + part for part in (body[:40], body[40:]))
    assert tls.client_hello(split) == tls.client_hello(whole)
    assert all(tls.client_hello(whole[:cut]) is None for cut in range(len(whole)))


PROBES = [
    (b"", Probe.UNSURE),
    (b"\x16\x03", Probe.UNSURE),
    (b"\x16\x03\x01", Probe.CERTAIN),
    (b"\x17\x03\x03", Probe.NOT_FOR_US),
    (b"{", Probe.NOT_FOR_US),
]


@pytest.mark.parametrize(("head", "answer"), PROBES)
def test_probe(head: bytes, answer: Probe) -> None:
    assert tls.probe(head) is answer


def test_ja4_of_the_specification() -> None:
    """The example of the JA4 specification: Chrome, with GREASE values left out."""
    ciphers = [
        0x1301,
        0x1302,
        0x1303,
        0xC02B,
        0xC02F,
        0xC02C,
        0xC030,
        0xCCA9,
        0xCCA8,
        0xC013,
        0xC014,
        0x9C,
        0x9D,
        0x2F,
        0x35,
    ]
    extensions = [0x1B, 0, 0x33, 0x10, 0x4469, 0x17, 0x2D, 0x0D, 5, 0x23, 0x12, 0x2B, 0xFF01, 0x0B, 0x0A, 0x15]
    algorithms = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]
    grease = 0x1A1A
    name = ja4(0x0304, "a", ("h2",), (grease, *ciphers), (grease, *extensions), tuple(algorithms))
    assert name == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_server_name_in_a_real_capture(shared: Path) -> None:
    """A miner that tries TLS on a plaintext Stratum port names the pool all the same."""
    found = set()
    with (shared / "captures/mining/jsiwek__bitcoin-mining.pcap").open("rb") as stream:
        for _, frame in dpkt.pcap.Reader(stream):
            segment = dpkt.ethernet.Ethernet(frame).data.data
            if isinstance(segment, dpkt.tcp.TCP) and (hello := tls.client_hello(segment.data)):
                found.add(hello.sni)
    assert found == {"us1.bitminter.com"}

"""Does each row of the table of what speaks for a flow hold on the wire? Through the command line, by both engines.

The flow is a miner's session in TLS that nobody can read, with a real handshake where a row needs one, among whatever
else the row has on the wire; the model is a stand-in, so that every record of it behaves like mining.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from opaque_kit import TlsRecords, model
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from tls_kit import LOCALHOST, V12, V13, certificate, handshake

from sensor.behaviour.score import Scorer
from sensor.cli import scan as command
from sensor.cli.main import main
from sensor.engine.select import NATIVE_MODULE, VARIABLE
from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import Row
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import DEFAULT_START_NS, compose
from sensor.simulate.wraps.base import Said, WrapMaker

POOL, FEE, SOMEBODY = "pool.supportxmr.com", "donate.v2.xmrig.com", "www.example.org"
MINER, SERVER, SERVER6, CLOUDFLARE = "192.0.2.20", "198.51.100.7", "2001:db8:9::7", "104.16.1.1"
OTHERS = "192.0.2.21", "192.0.2.22"
A, HTTPS, SVCB, AAAA = 1, 65, 64, 28
Make = Callable[[Path], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Case:
    """What else is on the wire, the flow's server and handshake, and the verdict without a model and with one."""

    name: str
    verdicts: tuple[str | None, str | None]
    beside: tuple[Make, ...] = ()
    server: str = SERVER
    shakes: tuple[str | None, str, object] | None = None
    """Name asked for, names or subject in the certificate, and version."""
    is_veiled: bool = False
    """The client's hello bears an encrypted one (ECH) as well."""
    supports: frozenset[str] = field(default_factory=frozenset)
    """Signatures and kinds of support that are named beside the behaviour."""


def _dns(name: str, *records: tuple[str, int, object], to: str = MINER, at_s: float = -1.0, rd: int = 1) -> Make:
    """An answer to ``name`` with records (owner, type, data), before the flow begins."""

    def make(_: Path) -> Iterator[Row]:
        network = IPv6(src="2001:db8::53", dst=to) if ":" in to else IP(src="203.0.113.253", dst=to)
        answers = [DNSRR(rrname=owner, type=kind, rdata=data, ttl=60) for owner, kind, data in records]
        message = DNS(id=7, qr=1, rd=rd, qd=[DNSQR(qname=name)], an=answers)
        ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        yield DEFAULT_START_NS + round(at_s * 1e9), bytes(ether / network / UDP(sport=53, dport=40_000) / message)

    return make


def _plain(miner: str, server: str, port: int = 3333, wraps: tuple[WrapMaker, ...] = ()) -> Make:
    """A session that can be read."""
    ends = {"client": Endpoint(miner, 40_002), "server": Endpoint(server, port)}
    return lambda _: compose("cryptonote", 4, duration_s=100, host=None, wraps=wraps, **ends).rows


def _opaque(
    miner: str, server: str = SERVER, shakes: tuple[str | None, str, object] | None = None, is_veiled: bool = False
) -> Make:
    """The session that cannot: joined in its middle unless it ``shakes`` hands."""

    def make(folder: Path) -> Iterable[Row]:
        wrap = _wrap(shakes, folder, is_veiled) if shakes else TlsRecords
        ends = {"client": Endpoint(miner, 40_001), "server": Endpoint(server, 443)}
        return compose("cryptonote", 3, duration_s=700, host=None, wraps=(wrap,), **ends).rows

    return make


def _wrap(shakes: tuple[str | None, str, object], folder: Path, is_veiled: bool) -> WrapMaker:
    sni, shown, version = shakes
    names, serial, subject = ((), 1, LOCALHOST) if shown == "proxy" else ((shown,), 77, [])
    said = handshake(certificate(subject, serial, 3650, names), sni, version, folder)  # type: ignore[arg-type]
    if is_veiled:
        said[0] = (Direction.ORIG, _veiled(said[0][1]))

    class Shaken(TlsRecords):
        """With the handshake that OpenSSL makes."""

        def greeting(self) -> list[Said]:
            """Both sides, in turn."""
            return said

    return Shaken


def _veiled(record: bytes) -> bytes:
    """A hello in one record with an encrypted one beside it, as clients pretend one (RFC 9849 §6.2)."""
    extension = b"\xfe\x0d\x00\x40" + random.Random(1).randbytes(64)
    at = 5 + 4 + 2 + 32
    for width in (1, 2, 1):
        at += width + int.from_bytes(record[at : at + width])
    grown = int.from_bytes(record[at : at + 2]) + len(extension)
    body = record[9:at] + grown.to_bytes(2) + record[at + 2 :] + extension
    return b"\x16\x03\x01" + (len(body) + 4).to_bytes(2) + b"\x01" + len(body).to_bytes(3) + body


def _hint(ip: str) -> bytes:
    """A service binding to its own name with one IPv4 hint (RFC 9460 §7.3)."""
    return b"\0\1\0\0\4\0\4" + bytes(map(int, ip.split(".")))


NAMED = frozenset({"monero_pools"})
CASES = [
    Case("behaviour alone", (None, None)),
    Case("A", ("suspected", "probable"), (_dns(POOL, (POOL, A, SERVER)),)),
    Case("AAAA", ("suspected", "probable"), (_dns(POOL, (POOL, AAAA, SERVER6), to="2001:db8::20"),), server=SERVER6),
    Case("alias", ("suspected", "probable"), (_dns(POOL, (POOL, 5, "a.example.net"), ("a.example.net", A, SERVER)),)),
    Case("HTTPS", ("suspected", "probable"), (_dns(POOL, (POOL, HTTPS, _hint(SERVER))),)),
    Case("SVCB", ("suspected", "probable"), (_dns(POOL, (POOL, SVCB, _hint(SERVER))),)),
    Case("an answer that is over", (None, None), (_dns(POOL, (POOL, A, SERVER), at_s=-400),)),
    Case("an answer to somebody else", ("suspected", "probable"), (_dns(POOL, (POOL, A, SERVER), to=OTHERS[0]),)),
    Case("a shared address", ("suspected", "probable"), (_dns(POOL, (POOL, A, CLOUDFLARE)),), server=CLOUDFLARE),
    Case("a shared address of another's", (None, None), (_dns(POOL, (POOL, A, CLOUDFLARE), to=OTHERS[0]),), CLOUDFLARE),
    Case(
        "a shared address, told to a resolver",
        ("suspected", "probable"),
        (_dns(POOL, (POOL, A, CLOUDFLARE), to="203.0.113.9", rd=0),),
        CLOUDFLARE,
    ),
    Case("SNI", ("suspected", "probable"), shakes=(POOL, SOMEBODY, V13)),
    Case("another SNI", (None, None), shakes=(SOMEBODY, POOL, V12)),
    Case("SNI beside an encrypted hello", ("suspected", "probable"), shakes=(POOL, SOMEBODY, V13), is_veiled=True),
    Case("another SNI beside one", (None, None), shakes=(SOMEBODY, SOMEBODY, V13), is_veiled=True),
    Case(
        "another SNI beside one, to a pool's address",
        ("suspected", "probable"),
        (_dns(POOL, (POOL, A, SERVER)),),
        shakes=(SOMEBODY, SOMEBODY, V13),
        is_veiled=True,
    ),
    Case("a name in a certificate", ("suspected", "probable"), shakes=(None, POOL, V12)),
    Case("a wildcard in a certificate", ("suspected", "probable"), shakes=(None, "*.supportxmr.com", V12)),
    Case("another name in a certificate", (None, None), shakes=(None, SOMEBODY, V12)),
    Case("a name in a certificate that is encrypted", (None, None), shakes=(None, POOL, V13)),
    Case("a proxy's certificate", ("suspected", "probable"), shakes=(SOMEBODY, "proxy", V12)),
    Case("a fee host", (None, "probable"), (_dns(FEE, (FEE, A, "198.51.100.99")),), supports=frozenset({"fee"})),
    Case("another's fee host", (None, None), (_dns(FEE, (FEE, A, "198.51.100.99"), to=OTHERS[0]),)),
    Case("mining in the clear by the host", (None, "probable"), (_plain(MINER, "203.0.113.5"),)),
    Case("mining in the clear by the server", (None, "confirmed"), (_plain(OTHERS[0], SERVER),)),
    Case("mining in the clear by strangers", (None, None), (_plain(OTHERS[0], "203.0.113.5"),)),
    Case("in the clear at a shared address", (None, None), (_plain(OTHERS[0], CLOUDFLARE),), CLOUDFLARE),
    Case("three in step", (None, "probable"), tuple(map(_opaque, OTHERS)), supports=frozenset({"synchronous"})),
    Case("two in step", (None, None), (_opaque(OTHERS[0]),)),
]


@pytest.mark.parametrize("engine", ["portable", "native"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_verdict_of(
    case: Case, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if engine == "native":
        pytest.importorskip(NATIVE_MODULE, reason="the native engine is not built")
    monkeypatch.setenv(VARIABLE, engine)
    monkeypatch.setattr(command, "_scorer", lambda _: Scorer(model(5.0)))
    miner = "2001:db8::20" if ":" in case.server else MINER
    flow = _opaque(miner, case.server, case.shakes, case.is_veiled)
    rows = sorted((row for make in (*case.beside, flow) for row in make(tmp_path)), key=lambda row: row[0])
    write_pcap(tmp_path / "flow.pcap", rows)
    told = [
        _told(tmp_path / "flow.pcap", words, miner, case.is_veiled, capsys)
        for words in ([], ["--behaviour-model", "stand-in.json"])
    ]
    assert tuple(verdict for verdict, _, _ in told) == case.verdicts
    assert case.supports <= told[1][1]
    assert ("behaviour" in told[1][1]) is (case.verdicts[1] is not None)
    # Beside an encrypted hello the name is that of a front: no name of the pool unless it is listed.
    assert not case.is_veiled or told[1][2] <= {POOL}


def _told(
    path: Path, words: list[str], miner: str, is_veiled: bool, capsys: pytest.CaptureFixture[str]
) -> tuple[str | None, frozenset[str], frozenset[str]]:
    """The verdict of the flow that cannot be read, what speaks for it, and what its pool is called."""
    assert main(["scan", str(path), "--format", "json", *words]) in (0, 1)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = [row for row in rows if row["miner"]["ip"] == miner and row["pool"]["port"] == 443]
    assert len(found) < 2
    assert all(row["transport"].get("ech", False) is is_veiled for row in found)
    return (
        found[0]["verdict"] if found else None,
        frozenset(one["signature"] for row in found for one in row["evidence"]),
        frozenset(row["pool"]["domain"] for row in found),
    )

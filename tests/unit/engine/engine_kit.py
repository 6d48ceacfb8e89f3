"""How do engine tests write packets, and read what an engine made of them?"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sensor.engine.api import (
    Candidate,
    Counters,
    DnsMessage,
    Engine,
    Event,
    FlowClosed,
    FlowUpdated,
    Frame,
    Limits,
    Program,
    StreamChunk,
    Tick,
)
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Direction

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER = ("192.0.2.10", 40000), ("198.51.100.20", 3333)
CLIENT6, SERVER6 = ("2001:db8::10", 40000), ("2001:db8::20", 3333)
SECOND_NS = 1_000_000_000


def ip4(src: str, dst: str, proto: int, payload: bytes, *, total: int | None = None, fragment: int = 0) -> bytes:
    size = 20 + len(payload) if total is None else total
    packed = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    return struct.pack(">BBHHHBBH", 0x45, 0, size, 1, fragment, 64, proto, 0) + packed + payload


def ip6(src: str, dst: str, proto: int, payload: bytes, *, length: int | None = None, extensions: bytes = b"") -> bytes:
    size = len(extensions) + len(payload) if length is None else length
    packed = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    return struct.pack(">IHBB", 0x60000000, size, proto, 64) + packed + extensions + payload


def tcp(sport: int, dport: int, payload: bytes = b"", *, seq: int = 0, ack: int = 0, flags: int = ACK) -> bytes:
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 9, 0, 0) + payload


def udp(sport: int, dport: int, payload: bytes) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def ether(ethertype: int, payload: bytes) -> bytes:
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02" + struct.pack(">H", ethertype) + payload


def frame(data: bytes, *, at_s: float = 0.0, linktype: int = 1, wire_len: int | None = None) -> Frame:
    return Frame(int(at_s * SECOND_NS), linktype, data, len(data) if wire_len is None else wire_len)


@dataclass
class Talk:
    """Frames between a client and a server; sequence numbers start after the given initial ones."""

    client: tuple[str, int] = CLIENT
    server: tuple[str, int] = SERVER
    client_isn: int = 1000
    server_isn: int = 9000
    at_s: float = 0.0
    step_s: float = 0.01
    frames: list[Frame] = field(default_factory=list)

    def up(self, data: bytes = b"", *, at: int = 1, flags: int = ACK, ack: int = 0, cut: int = 0) -> Talk:
        """The client sends ``data`` at ``at`` from its initial number; the last ``cut`` bytes are not captured."""
        return self._send(self.client, self.server, data, self.client_isn + at, self.server_isn + ack, flags, cut)

    def down(self, data: bytes = b"", *, at: int = 1, flags: int = ACK, ack: int = 0, cut: int = 0) -> Talk:
        """The server sends."""
        return self._send(self.server, self.client, data, self.server_isn + at, self.client_isn + ack, flags, cut)

    def handshake(self) -> Talk:
        self.up(flags=SYN, at=0).down(flags=SYN | ACK, at=0, ack=1)
        return self.up(ack=1)

    def wait(self, seconds: float) -> Talk:
        self.at_s += seconds
        return self

    def _send(
        self, src: tuple[str, int], dst: tuple[str, int], data: bytes, seq: int, ack: int, flags: int, cut: int
    ) -> Talk:
        segment = tcp(src[1], dst[1], data, seq=seq, ack=ack, flags=flags)
        packed = ip6(src[0], dst[0], 6, segment) if ":" in src[0] else ip4(src[0], dst[0], 6, segment)
        whole = ether(0x86DD if ":" in src[0] else 0x0800, packed)
        self.frames.append(frame(whole[: len(whole) - cut], at_s=self.at_s, wire_len=len(whole)))
        self.at_s += self.step_s
        return self


@dataclass
class Source:
    """Frames in memory as a packet source."""

    held: Iterable[Frame | Tick]
    name: str = "memory"
    damage: str | None = None

    def frames(self) -> Iterator[Frame | Tick]:
        return iter(self.held)


@dataclass
class Outcome:
    """Everything one run gave."""

    events: list[Event]
    counters: Counters

    @property
    def candidates(self) -> list[Candidate]:
        return [event for event in self.events if isinstance(event, Candidate)]

    @property
    def chunks(self) -> list[StreamChunk]:
        return [event for event in self.events if isinstance(event, StreamChunk)]

    @property
    def closed(self) -> list[FlowClosed]:
        return [event for event in self.events if isinstance(event, FlowClosed)]

    @property
    def updated(self) -> list[FlowUpdated]:
        return [event for event in self.events if isinstance(event, FlowUpdated)]

    @property
    def dns(self) -> list[DnsMessage]:
        return [event for event in self.events if isinstance(event, DnsMessage)]

    def stream(self, direction: Direction = Direction.ORIG, gap: str = "~") -> bytes:
        """The stream of one direction; a gap shows as ``gap``."""
        marks = gap.encode()
        return b"".join((marks if c.gap else b"") + c.data for c in self.chunks if c.direction is direction)


def program(*anchors: bytes, limits: Limits | None = None, **parts: object) -> Program:
    """A program that looks for ``anchors`` and the given name_suffixes, names and addresses."""
    values: dict[str, object] = {"name_suffixes": frozenset(), "names": frozenset(), "addresses": ()}
    return Program("test", anchors, **{**values, **parts}, limits=limits or Limits())  # type: ignore[arg-type]


def run(what: Program, frames: Iterable[Frame | Tick], batch: int = 4096, engine: Engine | None = None) -> Outcome:
    """Run an engine, if not told else the portable one, to the end."""
    session = (engine or PortableEngine()).open(what, Source(frames))
    events: list[Event] = []
    while (found := session.read(batch)) is not None:
        events += found
    return Outcome(events, session.counters)


def client_hello(name: bytes) -> bytes:
    """A TLS 1.2 ClientHello that asks for ``name``."""
    server_name = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name
    extensions = struct.pack(">HH", 0, len(server_name)) + server_name
    body = (
        b"\x03\x03"
        + bytes(32)
        + b"\0"
        + b"\0\x02\x13\x01"
        + b"\x01\0"
        + struct.pack(">H", len(extensions))
        + extensions
    )
    handshake = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake

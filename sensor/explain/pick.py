"""Which packets of a capture belong to the flows to be explained?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from dpkt.ip import IP_PROTO_TCP, IP_PROTO_UDP

from sensor.dissect import dns
from sensor.engine.api import Frame, PacketSource, Tick
from sensor.engine.portable.decode import decode
from sensor.engine.portable.flow import Key, flow_key
from sensor.engine.portable.layers import Part, Segment, Skip
from sensor.engine.wrapped import WrappedSource
from sensor.explain.evidence import EvidenceFiles
from sensor.model.errors import ConfigError
from sensor.model.flow import Endpoint
from sensor.model.wire import Detection

DNS_PORT = 53
SECOND_NS = 1_000_000_000
MAX_MARKS = 1024
"""Packets of the flow whose number in the capture is remembered; later ones have none."""


@dataclass(frozen=True, slots=True)
class FlowPick:
    """The flows to explain: pairs of endpoints, whichever of them opened the connection."""

    pairs: tuple[tuple[Endpoint, Endpoint], ...]

    @property
    def keys(self) -> frozenset[Key]:
        """The flow keys of TCP and UDP between the pairs."""
        packed = [(_packed(one), _packed(other)) for one, other in self.pairs]
        return frozenset(flow_key(proto, *pair) for pair in packed for proto in (IP_PROTO_TCP, IP_PROTO_UDP))

    @property
    def packed_addresses(self) -> frozenset[bytes]:
        """The addresses of both ends as an IP header has them, in both orders."""
        packed = [(_packed(one)[:-2], _packed(other)[:-2]) for one, other in self.pairs]
        return frozenset(ends for one, other in packed for ends in (one + other, other + one))

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of both ends."""
        return frozenset(end.ip for pair in self.pairs for end in pair)


def flow_of(text: str) -> FlowPick:
    """``A:p-B:p`` as a pick; IPv6 addresses stand in brackets. Raises :class:`ConfigError`."""
    ends = [_endpoint(part) for part in text.split("-")]
    if len(ends) != 2 or None in ends:
        raise ConfigError(f"--flow {text}: not a flow; write it like 192.0.2.10:49152-198.51.100.7:3333")
    one, other = (end for end in ends if end is not None)
    return FlowPick(((one, other),))


def flows_of(detection: Detection) -> FlowPick:
    """The flows of a detection: every port that the miner was seen with, to the pool's endpoint."""
    pool = detection.pool
    if pool.ip is None or pool.port is None:
        raise ConfigError(f"--detection {detection.detection_id}: its pool has no address; choose a flow with --flow")
    ports = detection.miner.ports_seen or [detection.miner.port]
    return FlowPick(tuple((Endpoint(detection.miner.ip, port), Endpoint(pool.ip, pool.port)) for port in ports))


class PickedFrames(WrappedSource):
    """A packet source of the picked flows alone, and of the DNS answers that gave their addresses a name.

    What it gives is written to ``files`` on the way.
    """

    def __init__(self, source: PacketSource, pick: FlowPick, files: EvidenceFiles) -> None:
        super().__init__(source)
        self._keys = pick.keys
        self._addresses = pick.addresses
        self._packed_addresses = pick.packed_addresses
        self._files = files
        self.capture_packets = 0
        """Frames of the whole capture."""
        self.packets = 0
        """Frames of the flow."""
        self.marks: dict[int, int] = {}
        """Time of a frame of the flow (ns) → its number in the capture, from 1; bounded by :data:`MAX_MARKS`."""

    def frames(self) -> Iterator[Frame | Tick]:
        """The frames that belong to the flows, and their DNS answers, in capture order.

        In place of the others there is a tick once a second: what other packets do to timeouts, they still do.
        """
        second = None
        for frame in self._source.frames():
            if isinstance(frame, Tick):
                yield frame
                continue
            self.capture_packets += 1
            found = decode(frame)
            if (isinstance(found, Segment) and self._keep(found, frame)) or self._is_part_of_it(found, frame):
                yield frame
            elif frame.at_ns // SECOND_NS != second:
                second = frame.at_ns // SECOND_NS
                yield Tick(frame.at_ns)

    def _keep(self, segment: Segment, frame: Frame) -> bool:
        if flow_key(segment.proto, segment.sender, segment.receiver) in self._keys:
            self.packets += 1
            if len(self.marks) < MAX_MARKS:
                self.marks.setdefault(frame.at_ns, self.capture_packets)
            self._files.add_flow(frame)
            return True
        if self._names_an_end(segment):
            self._files.add_names(frame)
            return True
        return False

    def _is_part_of_it(self, found: Segment | Skip | Part, frame: Frame) -> bool:
        """Is it a part of a packet between both ends? Few parts tell their ports: those of other flows are kept."""
        if not isinstance(found, Part) or found.name[0] not in self._packed_addresses:
            return False
        self.packets += 1
        self._files.add_flow(frame)
        return True

    def _names_an_end(self, segment: Segment) -> bool:
        """Is it a DNS answer over UDP that leads to one of the flow's addresses?"""
        if segment.proto != IP_PROTO_UDP or int.from_bytes(segment.sender[-2:], "big") != DNS_PORT:
            return False
        message = dns.parse(segment.payload)
        if message is None:
            return False
        return any(ip in self._addresses for ip, _, _ in message.addresses(message.owners(lambda _: True)))


def _endpoint(text: str) -> Endpoint | None:
    host, _, port = text.strip().rpartition(":")
    try:
        address = str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None
    return Endpoint(address, int(port)) if port.isdecimal() and port.isascii() and int(port) < 65536 else None


def _packed(end: Endpoint) -> bytes:
    return ipaddress.ip_address(end.ip).packed + end.port.to_bytes(2, "big")

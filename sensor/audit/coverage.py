"""What was looked at, and what could not be seen? Counts without which "nothing found" means nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dpkt.ip import IP_PROTO_TCP

from sensor.engine.api import Frame
from sensor.engine.portable.decode import decode
from sensor.engine.portable.flow import Key, flow_key
from sensor.engine.portable.layers import Part, Segment, Skip

MAX_FLOWS = 200_000
"""Flows told apart; packets of further ones are counted as uncounted."""
MAX_LINK_TYPES = 32
SILENCE_NS = 60 * 1_000_000_000
"""A longer time without any packet is a silence that is told."""
_LOW, _HIGH, _DATA, _SECRET, _TCP = 1, 2, 4, 8, 16
_TLS_RECORDS = (b"\x16\x03", b"\x17\x03")
_SSH = b"SSH-"
_QUIC_VERSIONS = frozenset({b"\x00\x00\x00\x01", b"\x6b\x33\x43\xcf"})


@dataclass(slots=True)
class Coverage:
    """Counts over all packets. Times are nanoseconds since the epoch."""

    packets: int = 0
    bytes: int = 0
    first_ns: int | None = None
    last_ns: int = 0
    longest_silence_ns: int = 0
    silences: int = 0
    truncated: int = 0
    """Frames that the snapshot length cut."""
    shortest_cut_bytes: int | None = None
    """Captured bytes of the shortest frame that was cut."""
    broken: int = 0
    """Frames of an unknown link type, or with broken headers."""
    fragments: int = 0
    other: int = 0
    """Frames that are neither TCP nor UDP, such as ARP, ICMP or ESP."""
    linktypes: Counter[int] = field(default_factory=Counter)
    payload_bytes: int = 0
    encrypted_bytes: int = 0
    uncounted_packets: int = 0
    """Packets of flows beyond :data:`MAX_FLOWS`."""
    flows: dict[Key, int] = field(default_factory=dict, repr=False)

    def look(self, frame: Frame) -> None:
        """Take in one frame."""
        self.packets += 1
        self.bytes += frame.wire_len
        self._time(frame.at_ns)
        size = len(frame.data)
        if frame.wire_len > size:
            self.truncated += 1
            self.shortest_cut_bytes = min(size, self.shortest_cut_bytes or size)
        if frame.linktype in self.linktypes or len(self.linktypes) < MAX_LINK_TYPES:
            self.linktypes[frame.linktype] += 1
        segment = decode(frame)
        if isinstance(segment, Segment):
            self._segment(segment)
        else:
            self.broken += segment is Skip.BROKEN
            self.fragments += isinstance(segment, Part)
            self.other += segment is Skip.OTHER

    def _time(self, at_ns: int) -> None:
        if self.first_ns is None:
            self.first_ns = self.last_ns = at_ns
        silence_ns = at_ns - self.last_ns
        self.silences += silence_ns > SILENCE_NS
        self.longest_silence_ns = max(self.longest_silence_ns, silence_ns)
        self.first_ns, self.last_ns = min(self.first_ns, at_ns), max(self.last_ns, at_ns)

    def _segment(self, segment: Segment) -> None:
        key = flow_key(segment.proto, segment.sender, segment.receiver, segment.tenant)
        flags = self.flows.get(key, 0)
        if not flags and len(self.flows) >= MAX_FLOWS:
            self.uncounted_packets += 1
            return
        flags |= (_LOW if segment.sender == key[1] else _HIGH) | (_TCP if segment.proto == IP_PROTO_TCP else 0)
        if segment.wire_bytes:
            if not flags & _DATA:
                flags |= _DATA | (_SECRET if _is_secret(segment) else 0)
            self.payload_bytes += segment.wire_bytes
            self.encrypted_bytes += segment.wire_bytes if flags & _SECRET else 0
        self.flows[key] = flags

    def counts(self) -> FlowCounts:
        """The flows by what they let see."""
        told = [flags for flags in self.flows.values() if flags & _DATA]
        tcp = [flags for flags in told if flags & _TCP]
        one_sided = [flags for flags in tcp if flags & (_LOW | _HIGH) != _LOW | _HIGH]
        secret = [flags for flags in told if flags & _SECRET]
        return FlowCounts(len(told), len(tcp), len(one_sided), len(secret))


@dataclass(frozen=True, slots=True)
class FlowCounts:
    """Flows that carried data; TCP flows among them; TCP flows of which one direction is missing; encrypted flows."""

    with_data: int
    tcp: int
    one_sided: int
    encrypted: int


def _is_secret(segment: Segment) -> bool:
    """Does the flow's first payload open TLS, SSH or QUIC? Other encryption looks like anything else."""
    payload = segment.payload
    if segment.proto == IP_PROTO_TCP:
        return payload.startswith((_SSH, *_TLS_RECORDS))
    return len(payload) > 5 and payload[0] & 0xC0 == 0xC0 and payload[1:5] in _QUIC_VERSIONS

"""Which real flows are there to learn from and to test on?

A readable mining flow is carried into TLS: every write (what one side sends up to a segment with PSH) becomes one
record that is longer by TLS's overhead, at the time the write had; nothing else is changed. That is what the same miner
and pool would have shown with TLS switched on, as such software writes each message at once and TLS seals write by
write. Flows that were encrypted when captured are taken as they are.
"""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dpkt.ip import IP_PROTO_TCP
from dpkt.tcp import TH_ACK, TH_PUSH, TH_SYN

from sensor.capture import open_capture
from sensor.engine.api import Frame, Limits
from sensor.engine.portable.decode import Decoder
from sensor.engine.portable.flow import Key, five_tuple, flow_key
from sensor.engine.portable.layers import Segment
from sensor.model.flow import Direction
from training.flows import Labelled, Sent
from training.tls import OVERHEAD_BYTES

LONG_S = 60.0
"""A flow that lives shorter is none that behaviour could tell of."""
MAX_SEGMENTS = 20_000
"""Of one flow; what comes later in a capture is left out."""
_MINING_TRUTH = ("benign", "pool-dns", "pool-sni", "pool-ip", "p2p", "udp")
_ENCRYPTED, _ENCRYPTED_NOTE = "websocket-tls", "REAL ENCRYPTED MINING"
MAX_PARTS = 4
"""Half hours that are taken of one session: more would be the same miner once more."""
_NS = 10**9
_HALF_HOUR_NS = 1_800 * _NS
_SEQ_MASK, _SEQ_HALF = 0xFFFF_FFFF, 0x8000_0000


@dataclass(slots=True)
class _Seen:
    """A TCP connection of a capture."""

    orig: bytes
    resp: bytes
    first_ns: int
    last_ns: int
    opened: bool
    segments: list[Segment]
    times: list[int]
    positions: dict[bytes, int]
    """The sequence number that follows what was seen, by sender."""


def encrypted_flows(folder: Path) -> Iterator[Labelled]:
    """The flows of ``encrypted-flows``, of which only lengths and flags were recorded; labels from ``LABELS.csv``."""
    with (folder / "LABELS.csv").open(newline="") as file:
        labels = list(csv.DictReader(file))
    for path in sorted(folder.glob("*.csv")):
        if path.name == "LABELS.csv":
            continue
        rows = list(_rows(path))
        for label in labels:
            if label["file"].endswith(path.name) and float(label["duration_s"]) >= LONG_S:
                yield _recorded(path, label, rows)


def capture_flows(path: Path, truth: dict[tuple[str, ...], str], *, is_mining: bool) -> Iterator[Labelled]:
    """The long flows of a capture: with ``is_mining`` those that ``truth`` calls so, else all."""
    for number, seen in enumerate(_connections(path)):
        if seen.last_ns - seen.first_ns < LONG_S * _NS:
            continue
        label = truth.get(_ends(path, seen), "")
        if is_mining and (not label or label.startswith(_MINING_TRUTH)):
            continue
        kind = label if is_mining else path.name
        flow = _captured(path, f"{path.name}#{number} {kind}", seen, is_mining)
        yield from _carried(flow) if is_mining and not _is_tls(flow) else (flow,)


def hashrate_flows(path: Path) -> Iterator[Labelled]:
    """Long sessions of one Monero pool, readable: each is cut into half hours, as sensors that start anew see it."""
    for number, seen in enumerate(_connections(path)):
        flow = _captured(path, f"{path.name}#{number}", seen, is_mining=True)
        flow = replace(flow, source=f"hashrate/{five_tuple(IP_PROTO_TCP, seen.orig, seen.resp).resp.ip}")
        for part in _half_hours(flow):
            yield from _carried(part)


def truth_of(path: Path) -> dict[tuple[str, ...], str]:
    """What ``TRUTH.csv`` calls each flow, by capture and endpoints."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(row[:5]): _ENCRYPTED if _ENCRYPTED_NOTE in row[8] else row[6] for row in rows}


def _half_hours(flow: Labelled) -> Iterator[Labelled]:
    parts: dict[int, list[Sent]] = {}
    for one in flow.sent:
        parts.setdefault((one.at_ns - flow.first_ns) // _HALF_HOUR_NS, []).append(one)
    for number, sent in list(parts.items())[:MAX_PARTS]:
        if sent[-1].at_ns - sent[0].at_ns >= LONG_S * _NS:
            yield replace(flow, name=f"{flow.name}/{number}", sent=sent, first_ns=sent[0].at_ns)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


def _recorded(path: Path, label: dict[str, str], rows: list[dict[str, str]]) -> Labelled:
    up, down = f"{label['client']}-{label['server']}", f"{label['server']}-{label['client']}"
    sent: list[Sent] = []
    first_ns = 0
    for row in rows:
        if row["tcp_stream_name"] not in (up, down):
            continue
        # Whole microseconds: a float of this size has no more.
        at_ns = round(float(row["timestamp"]) * 1e6) * 1000
        first_ns = first_ns or at_ns
        sender = Direction.ORIG if row["tcp_stream_name"] == up else Direction.RESP
        if size := int(row["payload_len"]):
            sent.append(Sent(at_ns, sender, size, push=row["UAPRSF_tcp_flags"][2] == "1"))
    is_mining = label["label"] == "mining"
    name = f"{path.stem} {label['server']} {label['encryption']}".strip()
    source = f"encrypted-flows/{label['server']}" if is_mining else f"encrypted-flows/{path.stem}"
    family = "real-mining" if is_mining else "real-benign"
    server = _packed(label["server"])
    return Labelled(source, family, is_mining, True, name, sent, first_ns, server)


def _packed(endpoint: str) -> bytes:
    ip, _, port = endpoint.rpartition(":")
    return ipaddress.ip_address(ip).packed + int(port).to_bytes(2, "big")


def _connections(path: Path) -> list[_Seen]:
    decoder = Decoder(Limits())
    live: dict[Key, _Seen] = {}
    over: list[_Seen] = []
    for frame in open_capture(path).frames():
        found = decoder.frame(frame) if isinstance(frame, Frame) else None
        if not isinstance(found, Segment) or found.proto != IP_PROTO_TCP:
            continue
        key = flow_key(found.proto, found.sender, found.receiver)
        seen = live.get(key)
        is_opening = found.flags & TH_SYN and not found.flags & TH_ACK
        if seen is None or (is_opening and seen.segments):
            over.extend([seen] if seen else [])
            seen = _Seen(found.sender, found.receiver, frame.at_ns, frame.at_ns, bool(is_opening), [], [], {})
            live[key] = seen
        seen.last_ns = frame.at_ns
        if len(seen.segments) < MAX_SEGMENTS and _is_new(seen, found):
            seen.segments.append(found)
            seen.times.append(frame.at_ns)
    return over + list(live.values())


def _is_new(seen: _Seen, segment: Segment) -> bool:
    """Whether a segment bears bytes that none before it bore: no repeat, no keep-alive probe."""
    end = segment.seq + segment.wire_bytes & _SEQ_MASK
    ahead = end - seen.positions.get(segment.sender, segment.seq) & _SEQ_MASK
    if not segment.wire_bytes or not 0 < ahead < _SEQ_HALF:
        return False
    seen.positions[segment.sender] = end
    return True


def _captured(path: Path, name: str, seen: _Seen, is_mining: bool) -> Labelled:
    client = seen.orig
    if not seen.opened and int.from_bytes(seen.orig[-2:]) < int.from_bytes(seen.resp[-2:]):
        client = seen.resp
    sent = [
        Sent(
            at_ns,
            Direction.ORIG if one.sender == client else Direction.RESP,
            one.wire_bytes,
            one.payload,
            bool(one.flags & TH_PUSH),
        )
        for one, at_ns in zip(seen.segments, seen.times, strict=True)
    ]
    server = seen.resp if client == seen.orig else seen.orig
    family = "real-mining" if is_mining else "real-benign"
    return Labelled(path.name, family, is_mining, True, name, sent, seen.first_ns, server)


def _is_tls(flow: Labelled) -> bool:
    return bool(flow.sent) and flow.sent[0].payload[:2] in (b"\x16\x03", b"\x17\x03")


def _carried(flow: Labelled) -> Iterator[Labelled]:
    for version, overhead in OVERHEAD_BYTES.items():
        sent = [replace(one, size_bytes=one.size_bytes + overhead, payload=b"") for one in _writes(flow.sent)]
        yield replace(flow, name=f"{flow.name} in {version}", family="carried", sent=sent)


def _writes(sent: list[Sent]) -> Iterator[Sent]:
    """Segments joined up to the one with PSH."""
    held = [0, 0]
    for one in sent:
        held[one.sender] += one.size_bytes
        if one.push:
            yield replace(one, size_bytes=held[one.sender])
            held[one.sender] = 0


def _ends(path: Path, seen: _Seen) -> tuple[str, ...]:
    ends = five_tuple(IP_PROTO_TCP, seen.orig, seen.resp)
    return (path.name, ends.orig.ip, str(ends.orig.port), ends.resp.ip, str(ends.resp.port))

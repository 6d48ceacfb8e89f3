"""What do both sides of a Stratum V2 session in plain text say?

The specification allows the plain form on a local network only; encrypted sessions are for
:mod:`sensor.dissect.stratum_v2_noise`.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from typing import Any

from sensor.dissect.frames import FrameCutter
from sensor.dissect.probe import Probe
from sensor.dissect.stratum_v2_layout import (
    CHANNEL_BIT,
    HEADER_BYTES,
    LAYOUTS,
    MAX_PLAIN_BYTES,
    Layout,
    LayoutError,
    read_members,
)
from sensor.model.flow import Direction
from sensor.model.observation import Observation

MAX_CHANNELS = 4096
MAX_PREFIX_BYTES = 32
MAX_JOBS = 4096
ENTRY_BYTES = 400
MAX_OPEN_SHARES = 4096
MAX_ANSWERED = 1024
"""Shares that one answer counts for where their submits were not seen."""
RAW_BYTES = 512
_SUBMITS = frozenset({"SubmitSharesStandard", "SubmitSharesExtended"})
_JOBS = frozenset({"NewMiningJob", "NewExtendedMiningJob"})
_FIRST = frozenset({0x00, 0x01, 0x10, 0x11, 0x13, 0x14}) | {kind for kind, row in LAYOUTS.items() if row.on_channel}
"""Messages that a stream is told by when it begins with them: their headers alone are rare enough, or much must fit."""
_AGENT = ("vendor", "hardware", "firmware")


def probe(head: bytes) -> Probe:
    """Does the stream begin with a whole frame of the protocol?"""
    if not head or len(head) < HEADER_BYTES:
        return Probe.UNSURE if _may_begin(head) else Probe.NOT_FOR_US
    size = frame_size(head[:HEADER_BYTES])
    if size is None or size > MAX_PLAIN_BYTES or head[2] not in _FIRST:
        return Probe.NOT_FOR_US
    if len(head) < size:
        return Probe.UNSURE
    try:
        members = read_members(LAYOUTS[head[2]], head[HEADER_BYTES:size])
    except LayoutError:
        return Probe.NOT_FOR_US
    return Probe.CERTAIN if members and _is_sane(members) else Probe.NOT_FOR_US


def frame_size(header: bytes) -> int | None:
    """Bytes of the frame that begins so; None where no message of the protocol does."""
    extension, kind = int.from_bytes(header[:2], "little"), header[2]
    layout = LAYOUTS.get(kind)
    if layout is None or extension != (CHANNEL_BIT if layout.on_channel else 0):
        return None
    size = int.from_bytes(header[3:HEADER_BYTES], "little")
    if layout.size not in {None, size}:
        return None
    return HEADER_BYTES + size


class StratumV2Frames:
    """Dissector of both directions of a session."""

    def __init__(self) -> None:
        self._cutters = (FrameCutter(HEADER_BYTES, frame_size), FrameCutter(HEADER_BYTES, frame_size))
        self._channels = Channels()
        self._serials = count(1)

    def held_bytes(self) -> int:
        """About what it remembers of both directions."""
        return sum(cutter.held_bytes() for cutter in self._cutters) + self._channels.held_bytes()

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """Messages completed by ``data``. An answer to several shares is given once for each of them."""
        found: list[Observation] = []
        for frame in self._cutters[direction].feed(data, gap=gap):
            layout = LAYOUTS[frame.data[2]]
            try:
                members = read_members(layout, frame.data[HEADER_BYTES:])
            except LayoutError:
                continue
            fields = {"stratumv2": _fields(layout, members)}
            serial = next(self._serials)
            for answers in self._channels.hear(layout, members, fields["stratumv2"], serial):
                found.append(Observation(direction, at_ns, fields, frame.data[:RAW_BYTES], serial, answers))
        return found


class Channels:
    """What the channels of one session have agreed on: targets, jobs, shares that wait for an answer. All bounded."""

    def __init__(self) -> None:
        self._targets: OrderedDict[int, str] = OrderedDict()
        self._jobs: OrderedDict[tuple[int, int], str] = OrderedDict()
        self._open: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._prefixes: OrderedDict[int, str] = OrderedDict()
        self._last_target: str | None = None
        self._saw_submits = False

    def held_bytes(self) -> int:
        """About what its tables take."""
        return ENTRY_BYTES * (len(self._targets) + len(self._prefixes) + len(self._jobs) + len(self._open))

    def hear(self, layout: Layout, members: dict[str, Any], fields: dict[str, Any], serial: int) -> list[int | None]:
        """Take a message in and complete its fields; the serials of what it answers, at least one."""
        channel, job = members.get("channel"), members.get("job")
        if channel is None:
            return [None]
        if prefix := members.get("prefix"):
            _put(self._prefixes, channel, prefix[:MAX_PREFIX_BYTES].hex(), MAX_CHANNELS)
        if target := members.get("target"):
            self._last_target = target
            _put(self._targets, channel, target, MAX_CHANNELS)
        elif job is not None:
            self._on_job(layout.name, channel, job, fields)
        if layout.name in _SUBMITS:
            self._saw_submits = True
            if channel in self._prefixes:
                fields["extranonce"] = self._prefixes[channel]
            _put(self._open, (channel, members["sequence"]), serial, MAX_OPEN_SHARES)
        elif layout.name == "SubmitShares.Success":
            return self._answered(channel, members["sequence"], members["shares"])
        elif layout.name == "SubmitShares.Error":
            return [self._open.pop((channel, members["sequence"]), None)]
        return [None]

    def _on_job(self, name: str, channel: int, job: int, fields: dict[str, Any]) -> None:
        """A job goes with the target in force when it is issued; one for a group has that of any member."""
        target = self._targets.get(channel, self._last_target)
        if name in _JOBS and target is not None:
            _put(self._jobs, (channel, job), target, MAX_JOBS)
        elif name in _SUBMITS:
            target = self._jobs.get((channel, job), target)
        if target is not None:
            fields["target"] = target

    def _answered(self, channel: int, sequence: int, shares: int) -> list[int | None]:
        """Open shares of the channel up to a sequence number, oldest first."""
        known = [key for key in self._open if key[0] == channel and key[1] <= sequence]
        if known:
            return [self._open.pop(key) for key in known]
        return [None] * (1 if self._saw_submits else min(max(shares, 1), MAX_ANSWERED))


def _fields(layout: Layout, members: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        key: members[key] for key in ("protocol", "channel", "hashrate", "error", "shares") if key in members
    }
    texts = {key: members[key] for key in ("account", "server_name", "target") if members.get(key)}
    fields: dict[str, Any] = {"message": layout.name, "encrypted": False, **told, **texts}
    if "job" in members:
        fields["job"] = f"{members['channel']}:{members['job']}"
    if agent := "/".join(members[key].strip() for key in _AGENT if members.get(key)):
        fields["agent"] = agent
    return fields


def _may_begin(head: bytes) -> bool:
    return len(head) < HEADER_BYTES and any(
        (CHANNEL_BIT if layout.on_channel else 0).to_bytes(2, "little").startswith(head[:2])
        and (len(head) < 3 or head[2] == kind)
        for kind, layout in LAYOUTS.items()
    )


def _is_sane(members: dict[str, Any]) -> bool:
    """True unless the versions of a first message are none that exist: then it is something else with many zeros."""
    if "min_version" in members:
        versions = members["min_version"], members["max_version"]
        return bool(members["protocol"] <= 2 and 2 <= versions[0] <= versions[1] <= 16)
    return "flags" not in members or bool(2 <= members.get("version", 0) <= 16)


def _put(table: OrderedDict[Any, Any], key: Any, value: Any, bound: int) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > bound:
        table.popitem(last=False)

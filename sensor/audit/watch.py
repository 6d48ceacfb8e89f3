"""How far were sensors watching, by their own heartbeats? Without it, no detection proves nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sensor.model.heartbeat import Heartbeat


@dataclass(slots=True)
class Watch:
    """How far sensors were watching, by their heartbeats. Counts add up over all of them."""

    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    sensors: set[str] = field(default_factory=set)
    packets: int = 0
    bytes: int = 0
    kernel_drops: int = 0
    shed: int = 0
    fingerprint: str = ""
    signature_age_s: int = 0
    """The oldest set that was at work."""
    clock_error_ms: float = 0.0
    is_unsynchronised: bool = False

    def hear(self, beat: Heartbeat) -> None:
        """Take in one heartbeat."""
        self.spans.append((beat.t0, beat.t1))
        self.sensors.add(beat.sensor.id)
        self.packets += beat.packets
        self.bytes += beat.bytes
        self.kernel_drops += beat.kernel_drops
        self.shed += sum(beat.shed.values())
        self.fingerprint = beat.signatures.fingerprint
        self.signature_age_s = max(self.signature_age_s, beat.signatures.age_s)
        self.clock_error_ms = max(self.clock_error_ms, beat.clock_error_ms or 0.0)
        self.is_unsynchronised |= beat.clock_error_ms is None

    def heard(self) -> tuple[timedelta, timedelta, timedelta]:
        """The time from the first heartbeat to the last, how much of it was covered, and the longest gap."""
        covered, longest, end = timedelta(), timedelta(), None
        for begin, until in sorted(self.spans):
            if end is not None and begin > end:
                longest = max(longest, begin - end)
            covered += max(timedelta(), until - (begin if end is None else max(begin, end)))
            end = until if end is None else max(end, until)
        return (end - min(self.spans)[0] if end else timedelta()), covered, longest

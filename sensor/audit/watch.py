"""How far were sensors watching, by their own heartbeats? Without it, no detection proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sensor.model.heartbeat import Heartbeat


@dataclass(slots=True)
class Watch:
    """How far sensors were watching, by their heartbeats. Counts add up over all of them."""

    spans: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    """From when to when each sensor was heard of."""
    beats: int = 0
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
        self.spans.setdefault(beat.sensor.id, []).append((beat.t0, beat.t1))
        self.beats += 1
        self.packets += beat.packets
        self.bytes += beat.bytes
        self.kernel_drops += beat.kernel_drops
        self.shed += sum(beat.shed.values())
        self.fingerprint = beat.signatures.fingerprint
        self.signature_age_s = max(self.signature_age_s, beat.signatures.age_s)
        self.clock_error_ms = max(self.clock_error_ms, beat.clock_error_ms or 0.0)
        self.is_unsynchronised |= beat.clock_error_ms is None

    def whole(self) -> tuple[datetime, datetime] | None:
        """From the first heartbeat of any sensor to the last; None without one."""
        every = [span for spans in self.spans.values() for span in spans]
        return (min(begin for begin, _ in every), max(until for _, until in every)) if every else None

    def heard(self) -> tuple[timedelta, timedelta]:
        """How much of the whole time the sensor was heard that was heard least, and the longest silence of any."""
        whole = self.whole()
        if whole is None:
            return timedelta(), timedelta()
        told = [_told(spans, whole) for spans in self.spans.values()]
        return min(covered for covered, _ in told), max(longest for _, longest in told)


def _told(spans: Sequence[tuple[datetime, datetime]], whole: tuple[datetime, datetime]) -> tuple[timedelta, timedelta]:
    """How long one sensor was heard in the whole time, overlaps once, and its longest silence."""
    covered, longest, end = timedelta(), timedelta(), whole[0]
    for begin, until in sorted(spans):
        longest = max(longest, begin - end)
        covered += max(timedelta(), until - max(begin, end))
        end = max(end, until)
    return covered, max(longest, whole[1] - end)

"""What does a meter's load look like? The power over the days, with its mean and the estimate from hash rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, log10

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_WIDTH, _HEIGHT, _LEFT, _FOOT, _HEAD = 900, 270, 52, 24, 20
_MAX_STEPS = 450
"""Points drawn; of more, each stretch shows its least and its most, so that no peak is lost."""
_TICKS, _LABELS = 4, 8


@dataclass(frozen=True, slots=True)
class Load:
    """Mean power of one interval in kW."""

    start: datetime
    minutes: int
    kw: float


@dataclass(frozen=True, slots=True)
class Band:
    """Bounds in kW that are drawn across the picture, and how they are called."""

    low_kw: float
    high_kw: float
    told: str


def load_curve(loads: Sequence[Load], title: str, band: Band | None = None) -> SafeString:
    """Steps of mean power from first to last; ``band`` is the estimate beside it. Nothing without loads."""
    if not loads:
        return mark_safe("")
    last = loads[-1]
    start, end = loads[0].start, last.start + timedelta(minutes=last.minutes)
    top = _round_up(max(max(one.kw for one in loads), band.high_kw if band else 0.0))
    frame = _Frame(start, max((end - start).total_seconds(), 1.0), top)
    return format_html(
        '<svg class="chart curve" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}{}{}{}</svg>',
        *(_WIDTH, _HEIGHT, title, title),
        _grid(frame),
        _band(frame, band),
        format_html('<path class="load" d="{}"/>', _path(frame, loads)),
        _dates(frame, start, end),
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    start: datetime
    seconds: float
    top_kw: float

    def x(self, moment: datetime) -> float:
        part = (moment - self.start).total_seconds() / self.seconds
        return _LEFT + min(max(part, 0.0), 1.0) * (_WIDTH - _LEFT)

    def y(self, kw: float) -> float:
        return _HEAD + (1 - kw / self.top_kw) * (_HEIGHT - _FOOT - _HEAD)


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 … times a power of ten."""
    if value <= 0:
        return 1.0
    scale = 10.0 ** floor(log10(value))
    return float(next(step for step in (1, 2, 4, 5, 8, 10, 20) if step * scale >= value) * scale)


def _grid(frame: _Frame) -> SafeString:
    marks = [frame.top_kw * step / _TICKS for step in range(_TICKS + 1)]
    return format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>',
        (
            (_LEFT, _WIDTH, f"{frame.y(kw):.1f}", f"{frame.y(kw):.1f}", _LEFT - 6, f"{frame.y(kw) + 4:.1f}", f"{kw:g}")
            for kw in marks
        ),
    )


def _band(frame: _Frame, band: Band | None) -> SafeString:
    if band is None:
        return mark_safe("")
    high, low = frame.y(band.high_kw), frame.y(band.low_kw)
    return format_html(
        '<rect class="band" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        *(_LEFT, f"{high:.1f}", _WIDTH - _LEFT, f"{max(low - high, 1.5):.1f}", band.told),
    )


def _path(frame: _Frame, loads: Sequence[Load]) -> str:
    """Level while an interval lasts; a gap in the readings is a gap in the line."""
    parts, former = [], None
    for one in _thinned(loads):
        end = one.start + timedelta(minutes=one.minutes)
        gap = former is None or one.start > former
        parts.append(f"{'M' if gap else 'L'}{frame.x(one.start):.1f} {frame.y(one.kw):.1f}H{frame.x(end):.1f}")
        former = end
    return "".join(parts)


def _thinned(loads: Sequence[Load]) -> Sequence[Load]:
    if len(loads) <= _MAX_STEPS:
        return loads
    size = 2 * ceil(len(loads) / _MAX_STEPS)
    thin: list[Load] = []
    for at in range(0, len(loads), size):
        part = loads[at : at + size]
        ends = (min(part, key=lambda one: one.kw), max(part, key=lambda one: one.kw))
        span = part[-1].start + timedelta(minutes=part[-1].minutes) - part[0].start
        half = int(span / timedelta(minutes=2))
        for step, one in enumerate(sorted(ends, key=lambda one: one.start)):
            thin.append(Load(part[0].start + timedelta(minutes=step * half), half, one.kw))
    return thin


def _dates(frame: _Frame, start: datetime, end: datetime) -> SafeString:
    step = (end - start) / _LABELS
    moments = [timezone.localtime(start + step * (place + 0.5)) for place in range(_LABELS)]
    form = "%m-%d %H:%M" if end - start < timedelta(days=_LABELS) else "%m-%d"
    return format_html_join(
        "",
        '<text class="label" x="{}" y="{}">{}</text>',
        ((f"{frame.x(one):.1f}", _HEIGHT - 6, one.strftime(form)) for one in moments),
    )

"""How is a figure drawn? Bars as SVG made here, tiles as boxes that wrap: no script, no inline style, readable without
colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_WIDTH, _HEIGHT, _FOOT, _HEAD = 640, 180, 22, 24
_LEAST_PLACES = 8
"""A few bars leave room at the right: one alone is no wall."""
_LABEL_CHAR = 12
"""Room for a character of a label where letters are largest: on a telephone."""
_GAP = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. ``told`` is what a reader who cannot see it is told; ``href`` leads to the rows behind it."""

    label: str
    value: float
    told: str
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One division of the schematic map. ``shade`` is 0 (nothing) to 4 (most); ``told`` stands for the bare number."""

    label: str
    value: int
    href: str
    shade: int = 0
    told: str = ""
    is_here: bool = False


def bars(series: Sequence[Bar], title: str) -> SafeString:
    """Upright bars from left to right, highest filling the height; nothing for an empty series."""
    if not series:
        return mark_safe("")
    top = max(bar.value for bar in series) or 1
    step = _WIDTH / max(len(series), _LEAST_PLACES)
    widest = max(len(bar.label) for bar in series) * _LABEL_CHAR
    every = ceil((widest + _GAP) / step)
    drawn = format_html_join(
        "", "{}", ((_bar(bar, place, step, top, place % every == every // 2),) for place, bar in enumerate(series))
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="{}" aria-label="{}"><title>{}</title>{}</svg>',
        _WIDTH,
        _HEIGHT,
        # A picture's parts cannot be reached; a group's links can.
        "group" if any(bar.href for bar in series) else "img",
        f"{title}: {'; '.join(f'{bar.label} {bar.told}' for bar in series)}",
        title,
        drawn,
    )


def tiles(series: Sequence[Tile], title: str) -> SafeString:
    """Divisions as a grid of linked tiles, darker where there is more."""
    if not series:
        return mark_safe("")
    drawn = format_html_join("", "{}", ((_tile(one),) for one in series))
    return format_html('<div class="tilemap" role="group" aria-label="{}">{}</div>', title, drawn)


def shades(values: Sequence[int]) -> list[int]:
    """0 for nothing, else 1 to 4 in equal steps up to the highest."""
    top = max(values, default=0)
    return [0 if not value else max(1, -(-value * 4 // top)) for value in values]


def _bar(bar: Bar, place: int, step: float, top: float, is_labelled: bool) -> SafeString:
    room = _HEIGHT - _FOOT - _HEAD
    height = max(bar.value / top * room, 1.0 if bar.value else 0.0)
    left, gap = place * step, min(6.0, step * 0.2)
    middle, y = left + step / 2, _HEAD + room - height
    rect = format_html(
        '<rect class="bar {}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{} {}</title></rect>',
        bar.tone,
        f"{left + gap / 2:.1f}",
        f"{y:.1f}",
        f"{step - gap:.1f}",
        f"{height:.1f}",
        bar.label,
        bar.told,
    )
    half = len(bar.label) * _LABEL_CHAR / 2
    under = min(max(middle, half), _WIDTH - half)
    label = format_html('<text class="label" x="{}" y="{}">{}</text>', f"{under:.1f}", _HEIGHT - 6, bar.label)
    number = f"{bar.value:g}"
    look = "value long" if len(number) * _LABEL_CHAR > step else "value"
    value = format_html('<text class="{}" x="{}" y="{}">{}</text>', look, f"{middle:.1f}", f"{y - 3:.1f}", number)
    drawn = format_html(
        "{}{}{}", rect, value if step > 30 and bar.value < 100_000 else "", label if is_labelled else ""
    )
    if not bar.href:
        return drawn
    return format_html('<a href="{}" aria-label="{} {}">{}</a>', bar.href, bar.label, bar.told, drawn)


def _tile(one: Tile) -> SafeString:
    told = one.told or str(one.value)
    here = mark_safe(' aria-current="true"') if one.is_here else ""
    link = '<a href="{}" aria-label="{} {}"{} class="shade{}" title="{} {}"><span>{}</span> <b>{}</b></a>'
    return format_html(link, one.href, one.label, told, here, one.shade, one.label, told, one.label, told)

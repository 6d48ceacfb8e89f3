"""How do the parts of a whole compare? A table, longest bar first; its words stay readable on a telephone."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from collector.console.charts import Bar

_LENGTH = 100
"""Units across the bar's own picture; the page stretches it."""


def ranked(series: Sequence[Bar], title: str) -> SafeString:
    """One row per bar in the order given, the longest filling the width; nothing for an empty series."""
    if not series:
        return mark_safe("")
    top = max(bar.value for bar in series) or 1
    rows = format_html_join("", "{}", ((_row(bar, top),) for bar in series))
    head = format_html('<caption class="hidden">{}</caption>', title)
    return format_html('<table class="ranked">{}<tbody>{}</tbody></table>', head, rows)


def _row(bar: Bar, top: float) -> SafeString:
    name = format_html('<a href="{}">{}</a>', bar.href, bar.label) if bar.href else bar.label
    length = max(bar.value / top * _LENGTH, 1.0 if bar.value else 0.0)
    strip = format_html(
        '<svg class="strip" viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar {}" width="{}" height="1"/></svg>',
        _LENGTH,
        bar.tone,
        f"{length:.1f}",
    )
    return format_html('<tr><th scope="row">{}</th><td>{}</td><td class="number">{}</td></tr>', name, strip, bar.told)

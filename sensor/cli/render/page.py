"""A scan's detections as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jinja2

from sensor.cli.render.columns import GROUPS, NOTES, Column
from sensor.cli.render.estimates import total_text
from sensor.cli.render.lines import Found
from sensor.model.wire import Detection


def as_html(found: Sequence[Found]) -> bytes:
    """One self-contained page, ready to print."""
    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    page = jinja2.Environment(loader=folder, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "report.html.j2"
    )
    claims = sum(detection.verdict.is_claim for _, detection in found)
    shown = [
        (one.verdict.value, [_facts(group.columns, capture, one) for group in GROUPS], _facts(NOTES, capture, one))
        for capture, one in found
    ]
    total = total_text(detection for _, detection in found)
    return page.render(groups=GROUPS, rows=shown, claims=claims, total=total).encode()


def _facts(columns: Sequence[Column], capture: str, detection: Detection) -> list[tuple[str, str]]:
    """What of a detection is known: (sign, text) of each fact."""
    return [(column.sign, text) for column in columns if (text := column.text(capture, detection))]

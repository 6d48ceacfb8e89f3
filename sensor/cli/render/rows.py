"""A scan's detections as rows: CSV, and the cells that other forms are made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sensor.cli.render.columns import COLUMNS
from sensor.cli.render.lines import Found
from sensor.model.sheet import guard

HEADINGS = tuple(f"{column.zh} {column.en}" for column in COLUMNS)


def as_csv(found: Sequence[Found]) -> bytes:
    """CSV that a spreadsheet opens as it is: UTF-8 with BOM, CRLF, no cell that runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([guard(cell) for cell in row] for row in rows(found))
    return text.getvalue().encode("utf-8-sig")


def rows(found: Sequence[Found]) -> list[list[str]]:
    """The cells of a report, without the heading."""
    return [[column.text(capture, detection) for column in COLUMNS] for capture, detection in found]

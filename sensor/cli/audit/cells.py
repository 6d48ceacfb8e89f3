"""How does a cell of the form look, and how high must its row be?"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Border, PatternFill, Side

from sensor.model.sheet import guard, wrapped_lines

FONT = "宋体"
_THIN = Side(style="thin", color="FF8C8C8C")
BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
HEADING = PatternFill("solid", fgColor="FFDCE6F1")
FILL_IN = PatternFill("solid", fgColor="FFFFF9E5")
NOTE = PatternFill("solid", fgColor="FFFBE3D6")
LINE_POINTS = 13.5
MAX_POINTS = 409
"""The highest row that the format allows."""
MAX_CHARS = 4_000


def put(cell: Cell | MergedCell, text: str) -> Cell:
    """Write words into a cell, so that they stay words whatever they begin with."""
    if isinstance(cell, MergedCell):
        raise TypeError(f"{cell.coordinate} is inside a merged cell")
    if text:
        cell.value = guard(text, MAX_CHARS)
        cell.data_type = "s"
    return cell


def height_of(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Points that the fullest cell of a row needs."""
    lines = [
        sum(wrapped_lines(line, width) for line in text.split("\n")) for text, width in zip(texts, widths, strict=True)
    ]
    return min(LINE_POINTS * max(lines) + 5, MAX_POINTS)

"""Which fonts, fills and borders does a workbook use, and how does a text wrap?"""

from __future__ import annotations

from openpyxl.styles import Border, PatternFill, Side

A4 = 9
FONT = "宋体"
_THIN = Side(style="thin", color="FF8C8C8C")
BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
HEADING_FILL = PatternFill("solid", fgColor="FFDCE6F1")
REPLY_FILL = PatternFill("solid", fgColor="FFFFF9E5")
DOUBT_FILL = PatternFill("solid", fgColor="FFFBE3D6")


def wrapped_lines(line: str, width: float) -> int:
    """Lines that a text without line ends needs in ``width`` columns; a wide character takes two."""
    columns = sum(2 if ord(char) > 0x2E7F else 1 for char in line)
    return max(1, -(-columns // max(1, int(width - 1))))

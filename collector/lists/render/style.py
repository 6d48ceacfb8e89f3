"""Which fonts, fills and borders does a workbook use?"""

from __future__ import annotations

from openpyxl.styles import Border, PatternFill, Side

A4 = 9
FONT = "宋体"
_THIN = Side(style="thin", color="FF8C8C8C")
BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
HEADING_FILL = PatternFill("solid", fgColor="FFDCE6F1")
REPLY_FILL = PatternFill("solid", fgColor="FFFFF9E5")
DOUBT_FILL = PatternFill("solid", fgColor="FFFBE3D6")

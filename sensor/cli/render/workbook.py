"""A scan's detections as a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from sensor.cli.render.columns import COLUMNS, Column
from sensor.cli.render.lines import Found
from sensor.cli.render.rows import HEADINGS, rows
from sensor.model.sheet import guard

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

LINE_POINTS = 13
WRAP_LOSS = 1.3
GRID = Side(style="thin", color="C9D3DA")
MAX_NARROW = 0x2E7F


def as_xlsx(found: Sequence[Found]) -> bytes:
    """A workbook with one sheet; every cell is text, the header is frozen, A4 landscape."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("挖矿检测 Detections", 0)
    del book["Sheet"]
    sheet.append(HEADINGS)
    for row in rows(found):
        sheet.append([guard(cell) for cell in row])
    _dress(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _dress(sheet: Worksheet) -> None:
    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE7EE")
    for number, row in enumerate(sheet.iter_rows(), 1):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.border = Border(GRID, GRID, GRID, GRID)
            cell.number_format = "@"
        sheet.row_dimensions[number].height = LINE_POINTS * max(map(_lines, row, COLUMNS))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins = PageMargins(left=0.3, right=0.3, top=0.4, bottom=0.4)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _lines(cell: Cell | MergedCell, column: Column) -> int:
    """Lines that a cell's text wraps to, with some room; a Chinese character is two columns wide."""
    width = sum(1 + (ord(char) > MAX_NARROW) for char in str(cell.value or ""))
    return 1 + int(WRAP_LOSS * width / column.width)

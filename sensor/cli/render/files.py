"""A scan's detections as files: JSON lines, CSV, HTML, XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import openpyxl
import orjson
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from sensor.cli.render.columns import COLUMNS, GROUPS, NOTES, Column
from sensor.cli.render.estimates import total_text
from sensor.model.sheet import guard
from sensor.model.wire import Detection

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

Found = tuple[str, Detection]
"""A detection with the capture it is from."""

LINE_POINTS = 13
WRAP_LOSS = 1.3
GRID = Side(style="thin", color="C9D3DA")
MAX_NARROW = 0x2E7F
HEADINGS = tuple(f"{column.zh} {column.en}" for column in COLUMNS)


def json_line(found: Found) -> bytes:
    """One detection as one line of JSON, with the capture it is from."""
    capture, detection = found
    body = orjson.loads(detection.to_json())
    return orjson.dumps({"capture": capture, **body}, option=orjson.OPT_APPEND_NEWLINE)


def as_csv(found: Sequence[Found]) -> bytes:
    """CSV that a spreadsheet opens as it is: UTF-8 with BOM, CRLF, no cell that runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([guard(cell) for cell in row] for row in rows(found))
    return text.getvalue().encode("utf-8-sig")


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


def rows(found: Sequence[Found]) -> list[list[str]]:
    """The cells of a report, without the heading."""
    return [[column.text(capture, detection) for column in COLUMNS] for capture, detection in found]


def _facts(columns: Sequence[Column], capture: str, detection: Detection) -> list[tuple[str, str]]:
    """What of a detection is known: (sign, text) of each fact."""
    return [(column.sign, text) for column in columns if (text := column.text(capture, detection))]


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

"""How do the sheets after the data look: guide, dictionary, what changed since last week?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from collector.lists.render.guard import harmless
from collector.lists.render.layout import Layout
from collector.lists.render.style import A4, BORDER, FONT, HEADING_FILL
from collector.text import Lang, labels
from sensor.model.sheet import wrapped_lines


@dataclass(frozen=True, slots=True)
class Plain:
    """A small table: its sheet's name, headings, widths in Latin characters, and rows of text."""

    title: str
    headings: Sequence[str]
    widths: Sequence[float]
    rows: Iterable[Sequence[str]]


def guide(layout: Layout, lang: Lang) -> Plain:
    """The sheet 填报说明."""
    headings = ("项目", "说明") if lang == "zh" else ("Subject", "What to know")
    rows = [advice.told(lang) for advice in layout.advice]
    return Plain("填报说明" if lang == "zh" else "Guide", headings, (18, 90), rows)


def dictionary(layout: Layout, lang: Lang) -> Plain:
    """The sheet 字典."""
    headings = ("类别", "代码", "中文", "英文") if lang == "zh" else ("Set", "Code", "Chinese", "English")
    rows = [
        (zh if lang == "zh" else en, code, chinese, english)
        for zh, en, choices in layout.dictionary
        for (code, chinese), (_, english) in zip(labels(choices, "zh"), labels(choices, "en"), strict=True)
    ]
    return Plain("字典" if lang == "zh" else "Dictionary", headings, (16, 22, 26, 34), rows)


def add_plain(book: Workbook, table: Plain, header: str = "") -> None:
    """Put a small table on a sheet of its own; every cell is text. ``header`` is printed above every page."""
    sheet = book.create_sheet(table.title)
    for number, width in enumerate(table.widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.HeaderFooter.oddHeader.center.text = header.replace("&", "&&") or None
    sheet.HeaderFooter.oddFooter.right.text = "&P / &N"
    sheet.append([_heading(sheet, text) for text in table.headings])
    for offset, texts in enumerate(table.rows, 2):
        sheet.row_dimensions[offset].height = 14.0 * max(map(wrapped_lines, texts, table.widths)) + 4
        sheet.append([_cell(sheet, text) for text in texts])


def _heading(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(name=FONT, size=11, bold=True)
    cell.fill, cell.border = HEADING_FILL, BORDER
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cell


def _cell(sheet: Any, text: str) -> Any:
    cell: Any = WriteOnlyCell(sheet, harmless(text))
    # Words that begin like a formula stay words.
    cell.data_type, cell.number_format = "s", "@"
    cell.font = Font(name=FONT, size=10)
    cell.border = BORDER
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell

"""How do the second and third sheets look: guide and dictionary?"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from collector.lists.render.guide import ADVICE, DICTIONARY
from collector.lists.render.style import A4, BORDER, FONT, HEADING_FILL
from collector.lists.render.words import Lang, labels
from sensor.model.sheet import wrapped_lines


def fill_guide(sheet: Worksheet, lang: Lang) -> None:
    _table(sheet, ("项目", "说明") if lang == "zh" else ("Subject", "What to know"), (18, 90))
    for offset, advice in enumerate(ADVICE, 2):
        _plain_row(sheet, offset, advice.told(lang), (18, 90))


def fill_dictionary(sheet: Worksheet, lang: Lang) -> None:
    headings = ("类别", "代码", "中文", "英文") if lang == "zh" else ("Set", "Code", "Chinese", "English")
    widths = (14, 22, 26, 34)
    _table(sheet, headings, widths)
    offset = 2
    for zh, en, choices in DICTIONARY:
        for (code, chinese), (_, english) in zip(labels(choices, "zh"), labels(choices, "en"), strict=True):
            _plain_row(sheet, offset, (zh if lang == "zh" else en, code, chinese, english), widths)
            offset += 1


def _table(sheet: Worksheet, headings: Sequence[str], widths: Sequence[float]) -> None:
    for number, (text, width) in enumerate(zip(headings, widths, strict=True), 1):
        cell = sheet.cell(1, number, text)
        cell.font = Font(name=FONT, size=11, bold=True)
        cell.fill, cell.border = HEADING_FILL, BORDER
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _plain_row(sheet: Worksheet, offset: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    for number, text in enumerate(texts, 1):
        cell = sheet.cell(offset, number, text)
        cell.font = Font(name=FONT, size=10)
        cell.border = BORDER
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.row_dimensions[offset].height = 14.0 * max(map(wrapped_lines, texts, widths)) + 4

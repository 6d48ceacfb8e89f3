"""How does a request look as a file: workbook, CSV or NDJSON?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from django.db.models import QuerySet
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from collector.trace.choices import USER_WORDS, Step
from collector.trace.columns import ASKED, replies
from collector.trace.models import TraceItem, TraceRequest
from sensor.model.sheet import guard

_JSON = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
_HEADING = PatternFill("solid", fgColor="FFD9E2F3")
_OPEN = PatternFill("solid", fgColor="FFFFF2CC")
_FONT = "Microsoft YaHei"
_A4 = 9
_GUIDE = (
    "只填写黄色各列；请勿改动、增删或重新排序其他列，隐藏的“行标识”用于回填。",
    "起止时间为 UTC+8，精确到毫秒；实际时间可能相差“时钟误差”所示毫秒数，请在此范围内查找。",
    "查不到的，用户类型选“未查到”；暂未查的留空，可分批回复，同一文件可多次回复。",
    "账号、姓名等个人信息按最小必要提供。",
    "Fill in the yellow columns only. Times are UTC+8; search within the clock error. Leave open what is not yet "
    "looked up; the file may come back several times.",
)


def xlsx(request: TraceRequest, items: QuerySet[TraceItem] | None = None) -> bytes:
    """One sheet with the questions (all, or ``items``), one with how to answer; every cell is text."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "溯源请求"
    for number, line in enumerate(_lines(request, items), start=1):
        for column, text in enumerate(line, start=1):
            cell = sheet.cell(number, column, text or None)
            cell.number_format, cell.data_type = "@", "s"
    _dress(sheet, request)
    guide = book.create_sheet("填报说明")
    guide.column_dimensions["A"].width = 110
    for number, text in enumerate((f"溯源请求 {request.no}  {request.recipient}", *_GUIDE), start=1):
        guide.cell(number, 1, guard(text)).alignment = Alignment(wrap_text=True)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv_file(request: TraceRequest, items: QuerySet[TraceItem] | None = None) -> bytes:
    """UTF-8 with a byte order mark and CRLF: Excel reads it as it is."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(_lines(request, items))
    return file.getvalue().encode("utf-8-sig")


def ndjson(request: TraceRequest, items: QuerySet[TraceItem] | None = None) -> bytes:
    """One question to a line; times in UTC."""
    return b"".join(orjson.dumps(_question(item), option=_JSON) for item in _items(request, items))


FORMATS: dict[str, Callable[..., bytes]] = {"xlsx": xlsx, "csv": csv_file, "ndjson": ndjson}


def _question(item: TraceItem) -> dict[str, Any]:
    names = ("row_id", "ip", "protocol", "port", "t0", "t1", "clock_error_ms")
    return {"no": item.request.no, **{name: getattr(item, name) for name in names}}


def _lines(request: TraceRequest, items: QuerySet[TraceItem] | None) -> Iterator[list[str]]:
    open_columns = replies(request.step)
    yield [*(column.zh for column in ASKED), *(column.zh for column in open_columns)]
    for item in _items(request, items):
        yield [*(guard(column.text(item)) for column in ASKED), *("" for _ in open_columns)]


def _items(request: TraceRequest, items: QuerySet[TraceItem] | None) -> Iterator[TraceItem]:
    rows = request.items.all() if items is None else items
    return rows.select_related("request").order_by("pk").iterator(chunk_size=500)


def _dress(sheet: Worksheet, request: TraceRequest) -> None:
    widths = [column.width for column in ASKED] + [column.width for column in replies(request.step)]
    last_row = sheet.max_row
    for number, width in enumerate(widths, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = width
        heading = sheet.cell(1, number)
        heading.font = Font(name=_FONT, size=10, bold=True)
        heading.fill = _HEADING if number <= len(ASKED) else _OPEN
    sheet.column_dimensions["A"].hidden = True
    sheet.freeze_panes = "D2"
    words = ",".join(own[0] for kind, own in USER_WORDS.items() if request.step == Step.CARRIER or kind != "own")
    rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
    letter = get_column_letter(len(ASKED) + 1)
    rule.add(f"{letter}2:{letter}{max(2, last_row)}")
    sheet.add_data_validation(rule)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"

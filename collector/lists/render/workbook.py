"""How does a frozen list look as a workbook that an office prints, fills in and hands back?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.pagebreak import Break, ColBreak
from openpyxl.xml.functions import fromstring

from collector.lists.choices import ListKind
from collector.lists.models import ListIssue
from collector.lists.render.annex import Plain, add_plain, dictionary, guide
from collector.lists.render.forms import add_forms
from collector.lists.render.layout import Column, Layout, Line, Row
from collector.lists.render.repack import workbook_zip
from collector.lists.render.style import A4, BORDER, DOUBT_FILL, FONT, HEADING_FILL, REPLY_FILL
from collector.lists.week import CHINA
from collector.text import Lang, label, labels
from sensor.model.sheet import wrapped_lines

TITLE_ROW, NOTE_ROW, HEADING_ROW = 1, 2, 3
_MAX_ROWS = 1_048_576
_LAST_PAGE_HAS_ROOM = 3
"""Validations reach this many rows below the last one of an empty list."""

Sheet: TypeAlias = Any
"""openpyxl's sheet that is written row by row; its type is not public."""
Looks: TypeAlias = dict[bool, list[tuple[str, str]]]
"""How the cells of a row look that is in doubt, and of one that is not; made when the first of them comes."""


def workbook_bytes(
    issue: ListIssue,
    layout: Layout,
    lines: Iterable[Line],
    lang: Lang,
    count: int,
    title: str = "",
    extra: Sequence[Plain] = (),
    again: Iterable[Row] = (),
) -> bytes:
    """The same issue gives the same bytes.

    ``count``: how many ``lines`` come; ``extra``: further sheets; ``again``: the rows once more, for a kind that has a
    form for each.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("清单" if lang == "zh" else "List")
    _page(sheet, layout, count, issue, lang)
    _head(sheet, layout, issue, title or list_title(issue, lang), count, lang)
    _fast(sheet)
    looks: Looks = {}
    for offset, (row, texts) in enumerate(lines, HEADING_ROW + 1):
        _append(sheet, layout, offset, texts, layout.is_doubtful(row), looks)
    if issue.kind == ListKind.CHECK:
        add_forms(book, issue, again, lang)
    for table in (*extra, guide(layout, lang), dictionary(layout, lang)):
        if table.rows:
            add_plain(book, table)
    book.properties.title, book.properties.creator = issue.number, "Minewatch"
    return workbook_zip(book, issue.frozen_at.astimezone(UTC).replace(tzinfo=None, microsecond=0))


def list_title(issue: ListIssue, lang: Lang, place: str = "") -> str:
    """What stands above the list; ``place``: the recipient's name, else the division of the issue."""
    kind, name = label(ListKind, issue.kind, lang), place or issue.division_name
    return f"{name}{kind}" if lang == "zh" else f"{kind}: {name}"


def _head(sheet: Sheet, layout: Layout, issue: ListIssue, title: str, count: int, lang: Lang) -> None:
    sheet.row_dimensions[TITLE_ROW].height = 26
    sheet.row_dimensions[NOTE_ROW].height = 18
    sheet.row_dimensions[HEADING_ROW].height = 14.0 * max(map(_heading_lines(lang), layout.columns)) + 6
    sheet.append([_words(sheet, title, Font(name=FONT, size=15, bold=True))])
    sheet.append([_words(sheet, _note(issue, count, lang), Font(name=FONT, size=10, color="FF595959"))])
    sheet.append([_heading(sheet, column, lang) for column in layout.columns])


def _heading_lines(lang: Lang) -> Any:
    return lambda column: 1 if column.is_hidden else wrapped_lines(column.title(lang), column.width)


def _words(sheet: Sheet, text: str, font: Font) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font, cell.data_type = font, "s"
    return cell


def _note(issue: ListIssue, count: int, lang: Lang) -> str:
    cutoff, frozen = (_local(moment) for moment in (issue.cutoff, issue.frozen_at))
    if lang == "zh":
        return (
            f"期号 {issue.number}  周次 {issue.week}  截止 {cutoff}  生成 {frozen}  共 {count} 条  "
            f"摘要 {issue.digest[:16]}"
        )
    return (
        f"Issue {issue.number}   week {issue.week}   cut-off {cutoff}   frozen {frozen} (UTC+8)   "
        f"{count} rows   digest {issue.digest[:16]}"
    )


def _heading(sheet: Sheet, column: Column, lang: Lang) -> Any:
    cell = WriteOnlyCell(sheet, column.title(lang))
    cell.font = Font(name=FONT, size=10, bold=True)
    cell.fill = REPLY_FILL if column.is_reply else HEADING_FILL
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.border = BORDER
    return cell


def _fast(sheet: Sheet) -> None:
    """From here on rows are handed over as XML: a cell object each, made twice, takes most of a long list's time."""
    sheet._values_to_row = lambda row, _number: row
    sheet._writer.write_row = lambda file, row, _number: file.write(fromstring(row[0]))


def _append(sheet: Sheet, layout: Layout, offset: int, texts: Sequence[str], is_doubtful: bool, looks: Looks) -> None:
    if is_doubtful not in looks:
        looks[is_doubtful] = _looks(sheet, layout, is_doubtful)
    # Words that begin like a formula stay words: every cell is an inline string.
    cells = [
        f'{start}{offset}{look} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
        if text
        else f"{start}{offset}{look}/>"
        for (start, look), text in zip(looks[is_doubtful], texts, strict=True)
    ]
    height = 14.0 * _lines(layout, texts) + 4
    sheet.append([f'<row r="{offset}" ht="{height}" customHeight="1">{"".join(cells)}</row>'])


def _looks(sheet: Sheet, layout: Layout, is_doubtful: bool) -> list[tuple[str, str]]:
    """How the XML of each column's cell begins, before and after the number of its row."""
    return [
        (f'<c r="{get_column_letter(number)}', f'" s="{_style(sheet, layout, column, is_doubtful)}"')
        for number, column in enumerate(layout.columns, 1)
    ]


def _style(sheet: Sheet, layout: Layout, column: Column, is_doubtful: bool) -> int:
    """The number of a cell's looks in the workbook."""
    cell: Any = WriteOnlyCell(sheet)
    cell.number_format = "@"
    cell.font = Font(name=FONT, size=10)
    cell.border = BORDER
    horizontal = "left" if column.is_left else "center"
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True)
    if column.is_reply:
        cell.fill = REPLY_FILL
    elif is_doubtful and column.key in layout.doubted:
        cell.fill = DOUBT_FILL
    style: int = cell.style_id
    return style


def _lines(layout: Layout, texts: Sequence[str]) -> int:
    """Lines that the fullest visible cell needs; a wide character takes two."""
    most = 1
    for column, text in zip(layout.columns, texts, strict=True):
        if text and not column.is_hidden and (len(text) * 2 >= column.width or "\n" in text):
            most = max(most, sum(wrapped_lines(line, column.width) for line in text.split("\n")))
    return most


def _validations(sheet: Sheet, layout: Layout, count: int, lang: Lang) -> None:
    first, last = HEADING_ROW + 1, min(HEADING_ROW + max(count, _LAST_PAGE_HAS_ROOM), _MAX_ROWS)
    for number, column in enumerate(layout.columns, 1):
        rule = _validation(column, lang) if column.is_reply else None
        if rule is not None:
            letter = get_column_letter(number)
            rule.add(f"{letter}{first}:{letter}{last}")
            sheet.data_validations.append(rule)


def _validation(column: Column, lang: Lang) -> DataValidation | None:
    if column.choices is not None:
        words = ",".join(text for _, text in labels(column.choices, lang))
        rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
        rule.error = "请从下拉列表中选择" if lang == "zh" else "Choose from the list"
    elif column.kind == "count":
        rule = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        rule.error = "请填写不小于 0 的整数" if lang == "zh" else "Write a whole number of 0 or more"
    elif column.kind == "date":
        rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        rule.error = "请填写日期，如 2026-11-27" if lang == "zh" else "Write a date like 2026-11-27"
    else:
        return None
    rule.errorTitle, rule.showErrorMessage = column.title(lang), True
    return rule


def _page(sheet: Sheet, layout: Layout, count: int, issue: ListIssue, lang: Lang) -> None:
    """Everything that must be known before the first row is written."""
    columns = layout.columns
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        sheet.column_dimensions[letter].hidden = column.is_hidden
    last = get_column_letter(sum(not column.is_hidden for column in columns))
    end = HEADING_ROW + count
    sheet.freeze_panes = f"{get_column_letter(layout.repeated + 1)}{HEADING_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADING_ROW}:{last}{end}"
    sheet.print_area = f"A1:{last}{end}"
    sheet.print_title_rows = f"{TITLE_ROW}:{HEADING_ROW}"
    sheet.print_title_cols = f"A:{get_column_letter(layout.repeated)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.scale = layout.print_scale
    sheet.page_setup.pageOrder = "overThenDown"
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.6, 0.3, 0.3
    breaks = [number for number in range(1, len(columns)) if columns[number].page > columns[number - 1].page]
    sheet.col_breaks = ColBreak(brk=tuple(Break(id=number) for number in breaks))
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(text=issue.number),
        right=_HeaderFooterPart(text="第 &P 页 共 &N 页" if lang == "zh" else "Page &P of &N"),
    )
    _validations(sheet, layout, count, lang)


def _local(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")

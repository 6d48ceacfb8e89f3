"""How is an official document laid out? GB/T 9704-2012: type area, fonts, lines; the same bytes each time.

Fonts are named as the standard wants them; a machine without them shows the nearest it has.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from collector.bulletin.render.figures import Table
from collector.lists.render.repack import repacked

TITLE_FONT, BODY_FONT, HEAD_FONT, SUBHEAD_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
TABLE_FONT = "宋体"
_LATIN = "Times New Roman"
_TITLE_PT, _BODY_PT, _PAGE_PT, _TABLE_PT = 22, 16, 14, 10.5
_LINE_PT = 28.95
"""22 lines in the 225 mm of the type area."""
_TOP_MM, _LEFT_MM, _WIDTH_MM, _HEIGHT_MM = 37, 28, 156, 225


class Paper:
    """One document in the making. Not to be shared."""

    def __init__(self, title: str, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        self._document = Document()
        properties = self._document.core_properties
        properties.title, properties.author, properties.last_modified_by = title, "Minewatch", "Minewatch"
        properties.created = properties.modified = self._moment
        properties.comments, properties.revision = "", 1
        self._page()

    def title(self, text: str) -> None:
        """二号小标宋, centred."""
        self._paragraph(text, TITLE_FONT, _TITLE_PT, WD_ALIGN_PARAGRAPH.CENTER, indent=False)

    def centred(self, text: str) -> None:
        """A line below the title: number, period."""
        self._paragraph(text, SUBHEAD_FONT, _BODY_PT, WD_ALIGN_PARAGRAPH.CENTER, indent=False)

    def blank(self) -> None:
        """An empty line."""
        self._paragraph("", BODY_FONT, _BODY_PT, indent=False)

    def addressee(self, text: str) -> None:
        """主送机关, flush left."""
        self._paragraph(text, BODY_FONT, _BODY_PT, indent=False)

    def heading(self, text: str) -> None:
        """一、 in 三号黑体."""
        self._paragraph(text, HEAD_FONT, _BODY_PT, keep=True)

    def text(self, text: str) -> None:
        """A paragraph in 三号仿宋, two characters indented."""
        self._paragraph(text, BODY_FONT, _BODY_PT, WD_ALIGN_PARAGRAPH.JUSTIFY)

    def small(self, text: str) -> None:
        """A remark: definitions, number and digest of the snapshot."""
        self._paragraph(text, TABLE_FONT, _TABLE_PT, indent=False, line_pt=18)

    def signature(self, office: str, day: str) -> None:
        """署名 and 成文日期, right, four characters in."""
        for line in (office, day):
            made = self._paragraph(line, BODY_FONT, _BODY_PT, WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
            made.paragraph_format.right_indent = Pt(_BODY_PT * 4)

    def table(self, table: Table) -> None:
        """A table with its title above it; the heading row stands on every page."""
        self._paragraph(table.title, HEAD_FONT, 12, WD_ALIGN_PARAGRAPH.CENTER, indent=False, line_pt=22, keep=True)
        grid = self._document.add_table(rows=1, cols=len(table.headings), style="Table Grid")
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        grid.autofit = False
        widths = [Mm(_WIDTH_MM * width / sum(table.widths)) for width in table.widths]
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = width
        self._cells(grid.rows[0].cells, table.headings, widths, HEAD_FONT)
        _repeat(grid.rows[0])
        for row in table.rows:
            line = grid.add_row()
            self._cells(line.cells, row, widths, TABLE_FONT)
            _keep_whole(line)
        self._paragraph("", BODY_FONT, 8, indent=False, line_pt=10)

    def saved(self) -> bytes:
        """The document; its times are those of the snapshot."""
        raw = io.BytesIO()
        self._document.save(raw)
        return repacked(raw.getvalue(), self._moment)

    def _page(self) -> None:
        section = self._document.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.left_margin = Mm(_TOP_MM), Mm(_LEFT_MM)
        section.right_margin = Mm(210 - _LEFT_MM - _WIDTH_MM)
        section.bottom_margin = Mm(297 - _TOP_MM - _HEIGHT_MM)
        section.footer_distance = Mm(28)
        footer = section.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for text in ("— ", None, " —"):
            run = footer.add_run(text or "")
            _font(run, TABLE_FONT, _PAGE_PT)
            if text is None:
                _field(run, "PAGE")

    def _paragraph(
        self,
        text: str,
        font: str,
        size_pt: float,
        align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
        *,
        indent: bool = True,
        line_pt: float = _LINE_PT,
        keep: bool = False,
    ) -> Any:
        made = self._document.add_paragraph()
        made.alignment = align
        form = made.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(max(line_pt, size_pt + 2))
        form.space_before = form.space_after = Pt(0)
        form.keep_with_next = keep
        if indent:
            form.first_line_indent = Pt(size_pt * 2)
        _font(made.add_run(text), font, size_pt)
        return made

    def _cells(self, cells: Sequence[Any], texts: Sequence[str], widths: Sequence[Any], font: str) -> None:
        for cell, text, width in zip(cells, texts, widths, strict=True):
            cell.width = width
            made = cell.paragraphs[0]
            made.alignment = WD_ALIGN_PARAGRAPH.CENTER
            made.paragraph_format.space_before = made.paragraph_format.space_after = Pt(2)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            _font(made.add_run(text), font, _TABLE_PT)


def _font(run: Any, name: str, size_pt: float) -> None:
    run.font.name, run.font.size = _LATIN, Pt(size_pt)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _repeat(row: Any) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _keep_whole(row: Any) -> None:
    """A row is not parted by the end of a page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _field(run: Any, code: str) -> None:
    for kind, text in (("begin", None), (None, code), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._element.append(element)

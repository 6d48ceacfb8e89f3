"""How do the indicators of a snapshot look as a workbook? One sheet per table; every cell is text."""

from __future__ import annotations

from datetime import UTC

from openpyxl import Workbook

from collector.bulletin.indicators import BREAKDOWNS
from collector.bulletin.models import Snapshot
from collector.bulletin.render.figures import Table, breakdown, overview, pick, ranking
from collector.bulletin.render.weekly import source
from collector.lists.render.annex import Plain, add_plain
from collector.lists.render.repack import workbook_zip
from collector.text import Lang


def workbook(snapshot: Snapshot, former: Snapshot | None, lang: Lang = "zh") -> bytes:
    """The XLSX; the same snapshots give the same bytes."""
    book = Workbook(write_only=True)
    header = f"{snapshot.division_name}  {snapshot.week}  {snapshot.number}"
    add_plain(book, _plain(overview(snapshot, former, lang)), header)
    for name in BREAKDOWNS:
        add_plain(book, _plain(breakdown(snapshot, name, lang)), header)
    for level, zh, en in (("city", "清零-市", "Cleared by city"), ("county", "清零-县", "Cleared by county")):
        table = ranking(snapshot, lang, level)
        add_plain(book, Plain(pick(lang, zh, en), table.headings, table.widths, table.rows), header)
    heads = (pick(lang, "项目", "Subject"), pick(lang, "说明", "What to know"))
    rows = [(pick(lang, "数据来源", "Source"), source(snapshot, lang)), *_meanings(snapshot, former, lang)]
    add_plain(book, Plain(pick(lang, "填报说明", "Guide"), heads, (20, 100), rows), header)
    book.properties.title, book.properties.creator = snapshot.number, "Minewatch"
    return workbook_zip(book, snapshot.frozen_at.astimezone(UTC).replace(tzinfo=None, microsecond=0))


def _meanings(snapshot: Snapshot, former: Snapshot | None, lang: Lang) -> list[tuple[str, str]]:
    return [(row[0], row[4]) for row in overview(snapshot, former, lang).rows]


def _plain(table: Table) -> Plain:
    return Plain(table.title, table.headings, table.widths, table.rows)

"""Which columns does the weekly list have? One row of this table per column, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Choices

from collector.lists.choices import Cause, Measure, Truth
from collector.lists.models import ListIssue, ListRow
from collector.lists.render import words
from collector.lists.render.guard import harmless
from collector.lists.render.words import Lang, Row
from collector.lists.snapshot import local_text
from collector.resolve.choices import Status

Cell = Callable[[Row, Lang], str]


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` is in characters of Latin text. ``page`` is the printed page, from 1, that the column is on."""

    key: str
    zh: str
    en: str
    width: float
    cell: Cell
    page: int = 1
    is_reply: bool = False
    is_hidden: bool = False
    choices: type[Choices] | None = None
    kind: str = "text"
    """``text``, ``count`` or ``date``: what a reply cell takes."""

    def title(self, lang: Lang) -> str:
        """The heading."""
        return self.zh if lang == "zh" else self.en


def row_of(issue: ListIssue, row: ListRow) -> dict[str, Any]:
    """A frozen row with what its issue adds to it."""
    own = {"position": row.position, "issue": issue.number, "row_id": row.row_id, "digest": issue.digest}
    return {**row.snapshot, **own}


def cells(row: Row, lang: Lang) -> list[str]:
    """The cells of one row, harmless for any spreadsheet."""
    return [harmless(column.cell(row, lang)) for column in COLUMNS]


def _plain(key: str) -> Cell:
    return lambda row, _: "" if row[key] is None else str(row[key])


def _time(key: str) -> Cell:
    return lambda row, _: local_text(row[key])


def _status(row: Row, lang: Lang) -> str:
    return words.label(Status, row["status"], lang)


def _empty(_row: Row, _lang: Lang) -> str:
    return ""


COLUMNS: tuple[Column, ...] = (
    Column("position", "序号", "No.", 5, _plain("position")),
    Column("lead", "线索编号", "Lead", 13, _plain("lead")),
    Column("issue", "期号", "Issue", 12, _plain("issue")),
    Column("ip", "IP地址", "IP address", 16, _plain("ip")),
    Column("ports", "源端口（段）", "Source ports", 12, words.ports),
    Column("first_seen", "首次发现时间", "First seen (UTC+8)", 11, _time("first_seen")),
    Column("last_seen", "末次发现时间", "Last seen (UTC+8)", 11, _time("last_seen")),
    Column("detections", "发现次数", "Detections", 10, _plain("detections")),
    Column("shares_submitted", "提交次数", "Shares", 9, _plain("shares_submitted")),
    Column("coin", "币种/算法", "Coin / algorithm", 13, words.coin),
    Column("pool", "矿池（域名/IP:端口）", "Pool (name / IP:port)", 26, words.pool),
    Column("basis", "协议判据", "Protocol evidence", 20, words.basis),
    Column("hashrate", "估算算力、电量（下限–上限）", "Estimated hash rate, energy (low–high)", 16, words.hash_rate),
    Column("operator", "运营商", "Operator", 10, _plain("operator")),
    Column("province", "省", "Province", 8, _plain("province"), page=2),
    Column("city", "市", "City", 8, _plain("city"), page=2),
    Column("county", "县（市、区）", "County", 9, _plain("county"), page=2),
    Column("division_code", "区划代码", "Division code", 8, _plain("division_code"), page=2),
    Column("status", "定位状态", "Located?", 9, _status, page=2),
    Column("unit_name", "单位名称", "Unit", 24, words.unit, page=2),
    Column("uscc", "统一社会信用代码", "Unified social credit code", 20, _plain("uscc"), page=2),
    Column("nature", "单位性质", "Kind of unit", 9, words.nature, page=2),
    Column("address", "详细地址", "Address", 22, _plain("address"), page=2),
    Column("method", "定位方式", "Located by", 11, words.method, page=2),
    Column("confidence", "置信度", "Confidence", 10, words.confidence, page=2),
    Column("category", "名单类别", "Category", 8, words.category, page=3),
    Column("department", "牵头部门", "Lead department", 14, words.department, page=3),
    Column("due", "办结期限", "Due", 11, _plain("due"), page=3),
    Column("reply_truth", "是否属实", "Is it so?", 10, _empty, page=3, is_reply=True, choices=Truth),
    Column("reply_cause", "原因", "Cause", 10, _empty, page=3, is_reply=True, choices=Cause),
    Column("reply_devices", "设备数量", "Devices", 8, _empty, page=3, is_reply=True, kind="count"),
    Column("reply_measure", "处置措施", "Measure", 13, _empty, page=3, is_reply=True, choices=Measure),
    Column("reply_done", "完成时间", "Done on", 11, _empty, page=3, is_reply=True, kind="date"),
    Column("reply_checker", "核查人", "Checked by", 10, _empty, page=3, is_reply=True),
    Column("reply_phone", "联系电话", "Phone", 13, _empty, page=3, is_reply=True),
    Column("reply_note", "备注", "Remarks", 22, _empty, page=3, is_reply=True),
    Column("row_id", "行标识", "Row id", 18, _plain("row_id"), page=3, is_hidden=True),
    Column("issue_id", "清单期号", "Issue number", 24, _plain("issue"), page=3, is_hidden=True),
    Column("digest", "清单摘要", "List digest", 66, _plain("digest"), page=3, is_hidden=True),
)
REPEATED = 4
"""The first columns stand on every printed page."""

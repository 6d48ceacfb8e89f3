"""Which columns does the weekly list have (L1)? One row of this table per column, in order."""

from __future__ import annotations

from collector.lists.choices import Cause, Change, Measure, Truth
from collector.lists.render import words
from collector.lists.render.guide import ADVICE, DICTIONARY
from collector.lists.render.layout import Cell, Column, Layout, Row, chosen, empty, hidden, plain
from collector.lists.snapshot import local_text
from collector.resolve.choices import Status
from collector.text import Lang, label


def _time(key: str) -> Cell:
    return lambda row, _: local_text(row[key])


def _status(row: Row, lang: Lang) -> str:
    return label(Status, row["status"], lang)


def _is_doubtful(row: Row) -> bool:
    return row["status"] in (Status.CONFLICT, Status.UNKNOWN)


COLUMNS: tuple[Column, ...] = (
    Column("position", "序号", "No.", 5, plain("position")),
    Column("lead", "线索编号", "Lead", 13, plain("lead")),
    Column("issue", "期号", "Issue", 12, plain("issue")),
    Column("ip", "IP地址", "IP address", 16, plain("ip")),
    Column("ports", "源端口（段）", "Source ports", 12, words.ports, is_left=True),
    Column("first_seen", "首次发现时间", "First seen (UTC+8)", 11, _time("first_seen")),
    Column("last_seen", "末次发现时间", "Last seen (UTC+8)", 11, _time("last_seen")),
    Column("detections", "发现次数", "Detections", 10, plain("detections")),
    Column("shares_submitted", "提交次数", "Shares", 9, plain("shares_submitted")),
    Column("coin", "币种/算法", "Coin / algorithm", 12, words.coin, is_left=True),
    Column("pool", "矿池（域名/IP:端口）", "Pool (name / IP:port)", 24, words.pool, is_left=True),
    Column("basis", "协议判据", "Protocol evidence", 18, words.basis, is_left=True),
    Column("hashrate", "估算算力、电量（下限–上限）", "Estimated hash rate, energy (low–high)", 15, words.hash_rate),
    Column("machines", "估算设备数", "Machines, estimated", 8, words.machines),
    Column("operator", "运营商", "Operator", 9, plain("operator")),
    Column("province", "省", "Province", 8, plain("province"), page=2),
    Column("city", "市", "City", 8, plain("city"), page=2),
    Column("county", "县（市、区）", "County", 9, plain("county"), page=2),
    Column("division_code", "区划代码", "Division code", 8, plain("division_code"), page=2),
    Column("status", "定位状态", "Located?", 9, _status, page=2),
    Column("unit_name", "单位名称", "Unit", 24, words.unit, page=2, is_left=True),
    Column("uscc", "统一社会信用代码", "Unified social credit code", 20, plain("uscc"), page=2),
    Column("nature", "单位性质", "Kind of unit", 9, words.nature, page=2),
    Column("address", "详细地址", "Address", 22, plain("address"), page=2, is_left=True),
    Column("method", "定位方式", "Located by", 11, words.method, page=2, is_left=True),
    Column("confidence", "置信度", "Confidence", 10, words.confidence, page=2),
    Column("category", "名单类别", "Category", 8, words.category, page=3),
    Column("change", "较上周", "Since last week", 8, chosen("change", Change), page=3),
    Column("department", "牵头部门", "Lead department", 14, words.department, page=3, is_left=True),
    Column("due", "办结期限", "Due", 11, plain("due"), page=3),
    Column("reply_truth", "是否属实", "Is it so?", 10, empty, page=3, is_reply=True, choices=Truth),
    Column("reply_cause", "原因", "Cause", 10, empty, page=3, is_reply=True, choices=Cause),
    Column("reply_devices", "设备数量", "Devices", 8, empty, page=3, is_reply=True, kind="count"),
    Column("reply_measure", "处置措施", "Measure", 13, empty, page=3, is_reply=True, choices=Measure),
    Column("reply_done", "完成时间", "Done on", 11, empty, page=3, is_reply=True, kind="date"),
    Column("reply_checker", "核查人", "Checked by", 10, empty, page=3, is_reply=True),
    Column("reply_phone", "联系电话", "Phone", 13, empty, page=3, is_reply=True),
    Column("reply_note", "备注", "Remarks", 22, empty, page=3, is_reply=True, is_left=True),
    *hidden(3),
)
WEEKLY = Layout(
    COLUMNS,
    ADVICE,
    DICTIONARY,
    repeated=4,
    is_doubtful=_is_doubtful,
    doubted=frozenset({"status", "unit_name"}),
)

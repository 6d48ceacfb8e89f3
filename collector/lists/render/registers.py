"""Which columns do the lists beside the weekly one have (L2–L9)? One table per list."""

from __future__ import annotations

from dataclasses import replace

from collector.lists.choices import (
    Basis,
    Category,
    Cause,
    Matter,
    Measure,
    Progress,
    Stage,
    Truth,
)
from collector.lists.hashrate import Bounds, hash_rate_text
from collector.lists.render.layout import Advice, Cell, Column, Layout, Row, chosen, empty, hidden, plain, yes
from collector.lists.render.words import joined
from collector.lists.snapshot import local_text
from collector.registry.choices import Nature
from collector.text import Lang


def number(key: str) -> Cell:
    """A figure with thin groups, without noughts that say nothing."""

    def text(row: Row, _: Lang) -> str:
        value = row.get(key)
        return "" if value is None else f"{float(value):,.3f}".rstrip("0").rstrip(".")

    return text


def money(key: str) -> Cell:
    """Yuan and fen."""
    return lambda row, _: "" if row.get(key) is None else f"{float(row[key]):,.2f}"


def _difference(row: Row, lang: Lang) -> str:
    """In words: a cell that begins with a sign would be taken for a formula."""
    value = int(row["difference"])
    if not value:
        return "持平" if lang == "zh" else "same"
    up, down = ("增 ", "减 ") if lang == "zh" else ("up ", "down ")
    return f"{up if value > 0 else down}{abs(value)}"


def _on(page: int, *columns: Column) -> tuple[Column, ...]:
    """The columns on a printed page of their own."""
    return tuple(replace(column, page=page) for column in columns)


def _moment(key: str) -> Cell:
    return lambda row, _: local_text(row[key]) if row.get(key) else ""


def _hashrate(row: Row, _: Lang) -> str:
    value = row.get("hashrate_hs")
    return "" if value is None else hash_rate_text(Bounds("H/s", value, value)).partition("–")[2]


def _leads(row: Row, lang: Lang) -> str:
    return joined(row.get("leads") or (), lang)


def _signed(row: Row, lang: Lang) -> str:
    return (("已签署", "未签署") if lang == "zh" else ("signed", "not signed"))[not row.get("signed")]


def _given(key: str, zh: str, en: str, width: float, cell: Cell, *, page: int = 1, left: bool = False) -> Column:
    return Column(key, zh, en, width, cell, page, is_left=left)


_NO = _given("position", "序号", "No.", 5, plain("position"))
_LEAD = _given("lead", "线索编号", "Lead", 15, plain("lead"))
_IP = _given("ip", "IP地址", "IP address", 16, plain("ip"))
_COUNTY = (
    _given("city", "市", "City", 9, plain("city")),
    _given("county", "县（市、区）", "County", 11, plain("county")),
    _given("division_code", "区划代码", "Division code", 9, plain("division_code")),
)
_UNIT = (
    _given("unit_name", "单位名称", "Unit", 28, plain("unit_name"), left=True),
    _given("uscc", "统一社会信用代码", "Unified social credit code", 21, plain("uscc")),
    _given("address", "详细地址", "Address", 30, plain("address"), left=True),
)
_NAME = _given("name", "项目名称", "Project", 26, plain("name"), left=True)
_AS_OF = _given("as_of", "更新日期", "As of", 12, plain("as_of"))
_STALE = _given("stale", "超期未更新", "Stale", 12, yes("stale"))
_KWH = (
    _given("days", "天数", "Days", 6, plain("days")),
    _given("kwh", "电量（千瓦时）", "kWh", 14, number("kwh")),
    _given("kwh_basis", "数据来源", "Source of the figure", 11, chosen("kwh_basis", Basis)),
)
_TRUTH = Column("reply_truth", "是否属实", "Is it so?", 10, empty, is_reply=True, choices=Truth)
_REPLY = (
    _TRUTH,
    Column("reply_cause", "原因", "Cause", 10, empty, is_reply=True, choices=Cause),
    Column("reply_devices", "设备数量", "Devices", 8, empty, is_reply=True, kind="count"),
    Column("reply_measure", "处置措施", "Measure", 13, empty, is_reply=True, choices=Measure),
    Column("reply_done", "完成时间", "Done on", 11, empty, is_reply=True, kind="date"),
    Column("reply_checker", "核查人", "Checked by", 10, empty, is_reply=True),
    Column("reply_phone", "联系电话", "Phone", 13, empty, is_reply=True),
    Column("reply_note", "备注", "Remarks", 22, empty, is_reply=True, is_left=True),
)
_REPLY_SETS = (("是否属实", "Is it so?", Truth), ("原因", "Cause", Cause), ("处置措施", "Measure", Measure))
_FILL_IN = Advice(
    "填报范围",
    "只填写底色为浅黄的列；其余各列请勿改动、增删或调换顺序，隐藏列用于回收时对应原行。",
    "What to fill in",
    "Fill in the light yellow columns only. Leave all others as they are; hidden ones lead each reply to its row.",
)
_READ_ONLY = Advice(
    "用途",
    "本表由系统按登记台账生成并冻结，如有出入请修改台账后重新生成下一版。",
    "Use",
    "Made and frozen from the registers. Where it is wrong, mend the register and freeze the next version.",
)
_PERSONAL = Advice(
    "个人信息",
    "居民姓名、住址门牌和宽带账号默认脱敏。仅限工作使用，不得外传。",
    "Personal data",
    "Residents' names, house numbers and account names are masked. For official use only.",
)
_FIGURES = Advice(
    "数据来源",
    "电表计量：该户号本期每日均有读数；现场实测：核查时测得；算力估算：由流量推算，不是实测值。",
    "Source of a figure",
    "Metered: the meter was read on every day. Measured: on site. Estimated: from hash rate seen in traffic.",
)

KEY = Layout(
    (
        _NO,
        _given("province_no", "省编号", "Province's number", 16, plain("province_no")),
        _IP,
        _given("port", "源端口", "Source port", 8, plain("port")),
        _given("seen_at", "发现时间", "Seen (UTC+8)", 12, _moment("seen_at")),
        _given("entry_week", "入单周", "Listed in", 11, plain("entry_week")),
        _given("due", "应清零日", "Due", 12, plain("due")),
        _given("progress", "状态", "Status", 9, chosen("progress", Progress)),
        _given("overdue", "逾期", "Overdue", 6, yes("overdue")),
        _LEAD,
        *_COUNTY,
        *_on(2, *_UNIT),
        *_on(3, *_REPLY),
        *hidden(3),
    ),
    (
        _FILL_IN,
        Advice(
            "线索编号",
            "按 IP 地址、源端口和发现时间与本地线索对应；当时探针未见或同一地址有多个线索的，单独立线索，须溯源。",
            "Lead",
            "Tied to a lead by address, port and time. Nothing seen, or several fit: its own lead, to be traced.",
        ),
        Advice(
            "状态",
            "已办结：已反馈处置完成且此后未再发现。",
            "Status",
            "Done: the reply says so and nothing was seen since.",
        ),
        _PERSONAL,
    ),
    (("状态", "Status", Progress), *_REPLY_SETS),
    repeated=3,
    print_scale=70,
    is_doubtful=lambda row: bool(row.get("overdue")),
    doubted=frozenset({"due", "overdue", "progress"}),
)
STOCK = Layout(
    (
        _NO,
        _LEAD,
        _IP,
        *_COUNTY,
        *_on(2, *_UNIT),
        _given("subscriber", "宽带账号", "Account", 14, plain("subscriber"), page=2),
        _given("category", "名单类别", "Category", 8, chosen("category", Category), page=2),
        _given("weeks", "在册周数", "Weeks listed", 8, plain("weeks"), page=2),
        _given("last_week", "上周会话数", "Sessions last week", 8, plain("last_week"), page=2),
        _given("this_week", "本周会话数", "Sessions this week", 8, plain("this_week"), page=2),
        _given("difference", "增减", "Difference", 7, _difference, page=2),
        *hidden(2),
    ),
    (
        Advice(
            "存量",
            "截至本周末未销号的全部线索。销号须反馈处置完成且此后未再发现。",
            "Stock",
            "Every lead that is not cleared at the week's end: done by a reply, and silent since.",
        ),
        _PERSONAL,
    ),
    (("名单类别", "Category", Category),),
    repeated=3,
    print_scale=66,
)
CHECK = Layout(
    (
        _NO,
        _LEAD,
        _IP,
        *_COUNTY,
        *_UNIT,
        _given("first_seen", "首次发现时间", "First seen (UTC+8)", 12, _moment("first_seen")),
        _given("last_seen", "末次发现时间", "Last seen (UTC+8)", 12, _moment("last_seen")),
        _given("due", "办结期限", "Due", 12, plain("due")),
        *_on(2, *_REPLY),
        Column("reply_photos", "照片编号", "Photos", 14, empty, page=2, is_reply=True),
        *hidden(2),
    ),
    (_FILL_IN, _PERSONAL),
    _REPLY_SETS,
    repeated=3,
    print_scale=56,
)
PROJECTS = Layout(
    (
        _NO,
        _NAME,
        *_UNIT,
        *_COUNTY,
        _given("machines", "规模（台）", "Machines", 11, plain("machines"), page=2),
        _given("racks", "规模（机柜）", "Racks", 13, plain("racks"), page=2),
        _given("hashrate", "算力", "Hash rate", 12, _hashrate, page=2),
        _given("hashrate_basis", "算力来源", "Source of the hash rate", 10, chosen("hashrate_basis", Basis), page=2),
        _given("kwh_per_day", "日耗电量（千瓦时）", "kWh a day", 19, number("kwh_per_day"), page=2),
        _given("kwh_per_month", "月耗电量（千瓦时）", "kWh a month", 19, number("kwh_per_month"), page=2),
        _given("kwh_basis", "电量来源", "Source of the energy", 10, chosen("kwh_basis", Basis), page=2),
        *_on(2, _AS_OF, _STALE),
        *hidden(2),
    ),
    (
        _READ_ONLY,
        Advice(
            "更新",
            "依据发改运行〔2021〕1283号(三)，每周实时动态更新；超过一周未更新的，“超期未更新”为“是”。"
            "月耗电量按 30 日折算。",
            "Updates",
            "Weekly by article three; older statements are marked. A month is thirty days.",
        ),
        _FIGURES,
    ),
    (("数据来源", "Source", Basis),),
    print_scale=70,
    is_doubtful=lambda row: bool(row.get("stale")),
    doubted=frozenset({"as_of", "stale"}),
)
PLANNED = Layout(
    (
        _NO,
        _NAME,
        *_UNIT,
        *_COUNTY,
        _given("stage", "阶段", "Stage", 10, chosen("stage", Stage), page=2),
        _given("planned_on", "计划投产时间", "Planned start", 12, plain("planned_on"), page=2),
        _given("machines", "规模（台）", "Machines", 11, plain("machines"), page=2),
        _given("kwh_per_day", "预计日耗电量（千瓦时）", "Expected kWh a day", 23, number("kwh_per_day"), page=2),
        _given("review_no", "节能审查", "Energy review", 18, plain("review_no"), left=True, page=2),
        _given("connection_no", "报装编号", "Grid connection", 16, plain("connection_no"), page=2),
        *_on(2, _AS_OF, _STALE),
        *hidden(2),
    ),
    (
        _READ_ONLY,
        Advice(
            "范围",
            "依据发改运行〔2021〕1283号(四)，列入拟建、报装、节能审查、在建及停建项目。",
            "Scope",
            "Proposed, connecting, under review, under construction and stopped projects (article four).",
        ),
    ),
    (("阶段", "Stage", Stage),),
    print_scale=70,
    is_doubtful=lambda row: bool(row.get("stale")),
    doubted=frozenset({"as_of", "stale"}),
)
PRICE = Layout(
    (
        _NO,
        _given("meter_no", "户号", "Meter no.", 16, plain("meter_no")),
        _NAME,
        *_UNIT,
        *_COUNTY,
        *_on(2, *_KWH),
        _given("surcharge", "加价标准（元/千瓦时）", "Surcharge (yuan/kWh)", 22, number("surcharge"), page=2),
        _given("amount", "加价金额（元）", "Amount (yuan)", 14, money("amount"), page=2),
        _given("surcharge_from", "生效日", "In force from", 12, plain("surcharge_from"), page=2),
        _given("surcharge_basis", "依据", "Basis", 26, plain("surcharge_basis"), left=True, page=2),
        *hidden(2),
    ),
    (_READ_ONLY, _FIGURES),
    (("数据来源", "Source", Basis),),
    repeated=3,
    print_scale=70,
    is_doubtful=lambda row: row.get("amount") is None,
    doubted=frozenset({"kwh", "surcharge", "amount"}),
)
ENERGY = Layout(
    (
        _NO,
        _NAME,
        *_UNIT,
        *_COUNTY,
        *_on(2, *_KWH),
        _given("multiple", "计算倍数", "Multiple", 8, plain("multiple"), page=2),
        _given("counted_kwh", "计入能耗（千瓦时）", "Counted kWh", 14, number("counted_kwh"), page=2),
        _given("counted_tce", "折标准煤（吨）", "Tonnes of coal equivalent", 12, number("counted_tce"), page=2),
        _given("factor_basis", "依据", "Basis", 30, plain("factor_basis"), left=True, page=2),
        *hidden(2),
    ),
    (_READ_ONLY, _FIGURES),
    (("数据来源", "Source", Basis),),
    print_scale=70,
)
CREDIT = Layout(
    (
        _NO,
        *_UNIT,
        *_COUNTY,
        _given("signed", "签署情况", "Signed", 9, _signed),
        _given("signed_on", "签署日期", "Signed on", 12, plain("signed_on")),
        _given("valid_to", "有效期至", "Valid to", 12, plain("valid_to")),
        _given("document_sha256", "承诺书摘要", "Document digest", 24, plain("document_sha256"), left=True),
        _given("leads", "违诺线索", "Leads since then", 22, _leads, left=True),
        *hidden(1),
    ),
    (
        _READ_ONLY,
        Advice(
            "违诺线索",
            "签署次日起在该单位发现的挖矿线索。",
            "Leads since then",
            "Leads at the unit from the day after it signed.",
        ),
    ),
    print_scale=57,
    is_doubtful=lambda row: bool(row.get("leads")) or not row.get("signed"),
    doubted=frozenset({"signed", "leads"}),
)
SELF_AUDIT = Layout(
    (
        _NO,
        *_UNIT,
        *_COUNTY,
        _given("nature", "单位性质", "Kind of unit", 11, chosen("nature", Nature)),
        _given("leads", "已发现线索", "Leads seen", 20, _leads, left=True),
        Column("reply_truth", "自查是否发现", "Found any?", 12, empty, 2, is_reply=True, choices=Truth),
        *_on(2, *_REPLY[2:]),
        *hidden(2),
    ),
    (_FILL_IN, _PERSONAL),
    (("单位性质", "Kind of unit", Nature), *_REPLY_SETS),
    print_scale=64,
    is_doubtful=lambda row: bool(row.get("leads")),
    doubted=frozenset({"leads"}),
)
REFERRAL = Layout(
    (
        _NO,
        _given("no", "移送编号", "Referral", 15, plain("no")),
        _given("matter", "移送事项", "Matter", 16, chosen("matter", Matter)),
        _given("department", "接收部门", "To", 18, plain("department"), left=True),
        _given("clause", "依据条款", "Clause", 28, plain("clause"), left=True),
        _LEAD,
        _UNIT[0],
        _UNIT[1],
        _given("county", "县（市、区）", "County", 11, plain("county")),
        _given("sent_on", "移送日期", "Sent on", 12, plain("sent_on"), page=2),
        _given("accepted_on", "受理日期", "Accepted on", 12, plain("accepted_on"), page=2),
        _given("progress", "办理状态", "Progress", 10, chosen("progress", Progress), page=2),
        _given("result", "办理结果", "Result", 26, plain("result"), left=True, page=2),
        *hidden(2),
    ),
    (_READ_ONLY,),
    (("移送事项", "Matter", Matter), ("办理状态", "Progress", Progress)),
    print_scale=66,
)

"""What does a reader of the list need to be told? The second sheet (填报说明), and the dictionary on the third."""

from __future__ import annotations

from django.db.models import Choices

from collector.lists.choices import Category, Cause, Change, Measure, Truth
from collector.lists.render.layout import Advice
from collector.registry.choices import Nature, Source
from collector.resolve.choices import Status

ADVICE = (
    Advice(
        "填报范围",
        "只填写底色为浅黄的列（是否属实至备注）；其余各列请勿改动、增删或调换顺序，隐藏列用于回收时对应原行。",
        "What to fill in",
        "Fill in the light yellow columns only. Leave all others as they are; hidden ones lead each reply to its row.",
    ),
    Advice(
        "时间",
        "均为北京时间。“首次发现时间”为该线索在该地址上首次被发现的时间，可早于本周；"
        "“末次发现时间”“发现次数”“提交次数”只计本周截止时间以前。",
        "Times",
        "All times are UTC+8. First seen may lie before this week; last seen, detections and shares count up to the "
        "cut-off of this week only.",
    ),
    Advice(
        "源端口",
        "向运营商溯源时须同时提供 IP 地址、源端口和时间，共用地址（NAT）缺端口无法定位。",
        "Source ports",
        "A carrier needs address, source port and time to find who is behind a shared (NAT) address.",
    ),
    Advice(
        "发现与提交",
        "“发现次数”为挖矿会话数；“提交次数”为向矿池提交工作量（share）的次数。",
        "Counts",
        "Detections are mining sessions; shares submitted are results handed to the pool.",
    ),
    Advice(
        "定位状态",
        "已定位：各来源一致或无强来源反对；定位冲突：两个以上可信来源指向不同单位，单位名称列出各方，须人工核实后再处置；"
        "未定位：无来源可信到足以指明单位，请运营商溯源。",
        "Located?",
        "Located: the sources agree. Conflict: credible sources name different units; all are spelled out and a person "
        "must check first. Not located: no source is credible enough; ask the carrier.",
    ),
    Advice(
        "置信度",
        "0 至 1。按发现时刻有效的记录计算，各来源扣减理由见工作台线索页。",
        "Confidence",
        "From 0 to 1, from records valid at the time of detection. The lead's page in the console gives every reason.",
    ),
    Advice(
        "名单类别",
        "新增：本周以前从未发现；存量：以前发现过；复燃：停止超过 28 天后再次发现。",
        "Category",
        "New: never seen before this week. Stock: seen before. Relapse: seen again after more than 28 silent days.",
    ),
    Advice(
        "较上周",
        "与上周最新一期同名单相比：新增、延续、复燃；上周在册而本周未列入的，列在“较上周”工作表。",
        "Since last week",
        "Against the newest issue of the week before: new, continuing, relapsed. What is listed no more is on "
        "a sheet of its own.",
    ),
    Advice(
        "估算算力",
        "由流量推算的上下限，取同一时刻运行的会话之和的最大值，不是实测值。",
        "Hash rate",
        "Bounds estimated from traffic: the most that ran at one moment. It is not a measurement on site.",
    ),
    Advice(
        "个人信息",
        "居民姓名、住址门牌和宽带账号默认脱敏。清单含线索信息，限工作使用，不得外传。",
        "Personal data",
        "Residents' names, house numbers and account names are masked. The list is for official use only.",
    ),
)

DICTIONARY: tuple[tuple[str, str, type[Choices]], ...] = (
    ("定位状态", "Located?", Status),
    ("名单类别", "Category", Category),
    ("较上周", "Since last week", Change),
    ("定位方式", "Located by", Source),
    ("单位性质", "Kind of unit", Nature),
    ("是否属实", "Is it so?", Truth),
    ("原因", "Cause", Cause),
    ("处置措施", "Measure", Measure),
)

"""Which drafts of official documents come from a snapshot? The notice to all, and the summons to an interview."""

from __future__ import annotations

from collector.bulletin.models import Snapshot
from collector.bulletin.render.figures import is_at, percent, ranking
from collector.bulletin.render.official import Paper
from collector.bulletin.render.weekly import china_words, days, source
from collector.faults import CollectorError
from collector.lists.week import CHINA, parse_week

BASIS = "《关于整治虚拟货币“挖矿”活动的通知》（发改运行〔2021〕1283号）"
_DRAFT = "（草稿，待审核签发）"
_NO = "××〔{year}〕××号"


def circular(snapshot: Snapshot, office: str) -> bytes:
    """通报: how every division stands, to all of them."""
    week = parse_week(snapshot.week)
    title = f"关于{week.year}年第{week.number}周虚拟货币“挖矿”活动整治情况的通报"
    paper = _begun(snapshot, title)
    level = _level(snapshot)
    paper.addressee("各有关单位：")
    first, last = days(snapshot)
    sums = snapshot.indicators["clearance"]["total"]
    paper.text(
        f"根据{BASIS}及有关工作要求，现将{first}至{last}整治情况通报如下。本周共有线索 {sums['listed']:,} 条，"
        f"截至{china_words(snapshot.frozen_at)}已清零 {sums['closed']:,} 条，清零率 {percent(sums['percent'])}。"
    )
    paper.table(ranking(snapshot, "zh", level))
    paper.text("请排名靠后的地区抓紧核查处置，按期反馈；存量线索只减不增、逐步清零。")
    return _ended(paper, snapshot, office)


def interview(snapshot: Snapshot, code: str, office: str) -> bytes:
    """约谈通知: one division whose leads are not cleared; raises ``CollectorError`` where there is nothing to say."""
    level = "city" if code.endswith("00") else "county"
    sums = snapshot.indicators["clearance"][level].get(code)
    if sums is None or not is_at(level, code) or sums["listed"] == sums["closed"]:
        raise CollectorError(f"division {code}: has no open lead in {snapshot.number}; choose another division")
    name = snapshot.indicators["names"].get(code, code)
    paper = _begun(snapshot, "约谈通知书")
    paper.addressee(f"{name}人民政府：")
    first, last = days(snapshot)
    paper.text(
        f"{first}至{last}，你地共有虚拟货币“挖矿”线索 {sums['listed']:,} 条，截至{china_words(snapshot.frozen_at)}仍有 "
        f"{sums['listed'] - sums['closed']:,} 条未清零，清零率 {percent(sums['percent'])}，"
        f"{_standing(snapshot, level, code)}。"
    )
    paper.text(f"根据{BASIS}（二十）及有关工作要求，拟约谈你地有关负责人。请于约谈时说明以下情况：")
    for line in (
        "（一）未清零线索的核查处置情况及原因；",
        "（二）下一步措施、责任人和完成时限；",
        "（三）防止复燃的办法。",
    ):
        paper.text(line)
    paper.text("约谈时间：××××年××月××日××时；地点：××××；联系人及电话：××××。")
    return _ended(paper, snapshot, office)


def _begun(snapshot: Snapshot, title: str) -> Paper:
    paper = Paper(title, snapshot.frozen_at)
    paper.centred(_DRAFT)
    paper.centred(_NO.format(year=snapshot.frozen_at.astimezone(CHINA).year))
    paper.blank()
    paper.title(title)
    paper.blank()
    return paper


def _ended(paper: Paper, snapshot: Snapshot, office: str) -> bytes:
    day = snapshot.frozen_at.astimezone(CHINA)
    paper.blank()
    paper.signature(office, f"{day.year}年{day.month}月{day.day}日")
    paper.small(source(snapshot, "zh"))
    return paper.saved()


def _level(snapshot: Snapshot) -> str:
    return "county" if len(snapshot.indicators["city"]) <= 1 else "city"


def _standing(snapshot: Snapshot, level: str, code: str) -> str:
    """How many of the divisions of the same level have cleared a greater share."""
    sums = {other: one for other, one in snapshot.indicators["clearance"][level].items() if is_at(level, other)}
    own: float = sums[code]["percent"] or 0
    ahead = sum(float(other["percent"] or 0) > own for other in sums.values())
    return f"同级 {len(sums)} 个地区中有 {ahead} 个清零率高于你地"

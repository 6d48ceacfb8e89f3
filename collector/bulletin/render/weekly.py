"""What does the weekly bulletin say? Figures, breakdowns, clearance and definitions, from one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.bulletin.models import Snapshot
from collector.bulletin.render.figures import (
    TOP,
    Table,
    breakdown,
    change,
    energy,
    mbps,
    overview,
    percent,
    pick,
    ranking,
    rates,
)
from collector.bulletin.render.official import Paper
from collector.lists.week import CHINA, parse_week
from collector.text import Lang

_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bulletin: a paragraph, and the tables below it."""

    heading: str
    text: str
    tables: tuple[Table, ...] = ()


def bulletin(snapshot: Snapshot, former: Snapshot | None, lang: Lang = "zh") -> bytes:
    """The DOCX; ``former`` is last week's snapshot. The same snapshots give the same bytes."""
    week = parse_week(snapshot.week)
    name = snapshot.division_name
    title = pick(lang, f"{name}虚拟货币“挖矿”活动监测周报", f"Weekly bulletin on cryptocurrency mining: {name}")
    paper = Paper(title, snapshot.frozen_at)
    paper.title(title)
    paper.centred(pick(lang, f"（{week.year}年第{week.number}周）", f"Week {week}"))
    paper.blank()
    for number, part in enumerate(parts(snapshot, former, lang)):
        paper.heading(pick(lang, f"{_NUMERALS[number]}、{part.heading}", f"{number + 1}. {part.heading}"))
        paper.text(part.text)
        for table in part.tables:
            paper.table(table)
    paper.heading(pick(lang, "五、指标说明", "5. Definitions"))
    for zh_name, _, _, _, meaning in overview(snapshot, former, lang).rows:
        paper.small(pick(lang, f"{zh_name}：{meaning}。", f"{zh_name}: {meaning}."))
    paper.small(source(snapshot, lang))
    return paper.saved()


def parts(snapshot: Snapshot, former: Snapshot | None, lang: Lang) -> tuple[Part, ...]:
    """What the bulletin says, as every form of it does."""
    level = level_of(snapshot)
    spread = tuple(breakdown(snapshot, name, lang, TOP) for name in (level, "coin", "pool", "nature"))
    algorithms, ranks = breakdown(snapshot, "algorithm", lang, TOP), ranking(snapshot, lang, level)
    return (
        Part(pick(lang, "总体情况", "Overview"), _summary(snapshot, former, lang)),
        Part(pick(lang, "算力与能耗", "Hash rate and energy"), _energy(snapshot, lang), (algorithms,)),
        Part(pick(lang, "分布情况", "Where and what"), _public(snapshot, lang), spread),
        Part(pick(lang, "清零情况", "Clearance"), _cleared(snapshot, lang), (ranks,)),
    )


def level_of(snapshot: Snapshot) -> str:
    """The divisions that are told apart: counties, where all lies in one city."""
    return "county" if len(snapshot.indicators["city"]) <= 1 else "city"


def source(snapshot: Snapshot, lang: Lang) -> str:
    """What every document says of where its figures come from."""
    frozen = china(snapshot.frozen_at)
    return pick(
        lang,
        f"数据来源：快照 {snapshot.number}，指标定义第 {snapshot.definitions} 版，截止 {china(snapshot.cutoff)}，"
        f"冻结 {frozen}，SHA-256 {snapshot.digest[:16]}…，SM3 {snapshot.digest_sm3[:16]}…。",
        f"Source: snapshot {snapshot.number}, definitions {snapshot.definitions}, cut-off {china(snapshot.cutoff)}, "
        f"frozen {frozen} (UTC+8), SHA-256 {snapshot.digest[:16]}…, SM3 {snapshot.digest_sm3[:16]}….",
    )


def china(moment: datetime) -> str:
    """As it stands on paper."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def china_words(moment: datetime) -> str:
    """As an official document writes it: to the minute."""
    local = moment.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02d}分"


def days(snapshot: Snapshot) -> tuple[str, str]:
    """First and last day told of, in Chinese."""
    first = parse_week(snapshot.week).monday
    last = (snapshot.cutoff.astimezone(CHINA) - timedelta(milliseconds=1)).date()
    return f"{first.month}月{first.day}日", f"{last.month}月{last.day}日"


def _summary(snapshot: Snapshot, former: Snapshot | None, lang: Lang) -> str:
    total = snapshot.indicators["total"]
    before = former.indicators["total"] if former else None
    first, last = days(snapshot)
    trend = change(total["ips"], before["ips"] if before else None, lang)
    zh_trend = "" if trend == "—" else f"，较上周{trend}"
    en_trend = "" if trend == "—" else f" ({trend} against last week)"
    return pick(
        lang,
        f"{first}至{last}，共监测发现挖矿IP地址 {total['ips']:,} 个{zh_trend}，归并为线索 {total['leads']:,} 条；"
        f"与矿池往来的平均出口流量为 {mbps(total)} Mbit/s。",
        f"{total['ips']:,} mining addresses were seen{en_trend}, {total['leads']:,} leads; the mean traffic with pools "
        f"was {mbps(total)} Mbit/s.",
    )


def _energy(snapshot: Snapshot, lang: Lang) -> str:
    total = snapshot.indicators["total"]
    if not total["hashrate"] and not total["kwh_per_day"]["high"]:
        return pick(
            lang,
            "本周流量所含信息不足以估算算力和耗电量。",
            "What was seen this week does not bear an estimate of hash rate or energy.",
        )
    return pick(
        lang,
        f"估算算力 {rates(total)}，估算日耗电量 {energy(total['kwh_per_day'], lang)}。"
        "以上均由流量推算，括号内为下限至上限，不是现场实测值。",
        f"The hash rate is estimated at {rates(total)}, the energy a day at {energy(total['kwh_per_day'], lang)}. "
        "Both are estimated from traffic, with bounds; neither was measured on site.",
    )


def _public(snapshot: Snapshot, lang: Lang) -> str:
    public = snapshot.indicators["public"]
    share = percent(public["percent"])
    return pick(
        lang,
        f"其中机关、事业单位、国有企业和学校的IP地址 {public['ips']:,} 个，占 {share}。"
        "同一地址涉及多个币种或矿池的分别计数。",
        f"{public['ips']:,} addresses ({share}) belong to public bodies. An address that mines several coins or at "
        "several pools counts in each.",
    )


def _cleared(snapshot: Snapshot, lang: Lang) -> str:
    sums = snapshot.indicators["clearance"]["total"]
    share = percent(sums["percent"])
    return pick(
        lang,
        f"本周线索 {sums['listed']:,} 条，截至冻结时已清零 {sums['closed']:,} 条，清零率 {share}。",
        f"Of {sums['listed']:,} leads of the week {sums['closed']:,} were cleared when this was frozen: {share}.",
    )

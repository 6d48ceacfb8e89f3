"""What stands in the cells of a self-audit? One table of columns for the page and the workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sensor.audit.advice import CAUSES
from sensor.audit.run import AuditReport, Finding
from sensor.cli.render.columns import BEIJING, listed, pool_text
from sensor.cli.render.estimates import energy_text, machines_text, power_text, rate_text, shares_text
from sensor.model.bilingual import Lang, Words
from sensor.model.evidence import VERDICT_WORDS
from sensor.model.wire import Role

Cell = Callable[[Finding, Lang], str]
MAX_EXCERPT_CHARS = 70
MAX_EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` is in characters of Latin text; ``page`` the printed page the column is on; a reply is filled in."""

    words: Words
    width: float
    cell: Cell
    page: int = 1
    choices: str | None = None
    kind: str = "text"
    """``text``, ``count`` or ``date``: what a reply cell takes."""
    is_reply: bool = False


def clock(moment: datetime) -> str:
    """Beijing time, as on paper."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def machine(finding: Finding, lang: Lang) -> str:
    """The machine's name and number; where none is known, the name it gives itself."""
    place = finding.place
    if place.asset is not None:
        return "\n".join(filter(None, (place.asset.machine, place.asset.number)))
    unlisted = Words("未登记", "not listed").told(lang)
    return "\n".join([unlisted, *place.names[:2]])


def addresses(finding: Finding, _lang: Lang) -> str:
    """The address that mined, and the MAC addresses it had."""
    return "\n".join([finding.place.ip, *finding.place.macs[:3]])


def people(finding: Finding, _lang: Lang) -> str:
    """Department, owner and telephone."""
    asset = finding.place.asset
    return "\n".join(filter(None, (asset.department, asset.owner, asset.phone))) if asset else ""


def verdict(finding: Finding, lang: Lang) -> str:
    """How sure it is, and what most likely mines."""
    return f"{VERDICT_WORDS[finding.detection.verdict].told(lang)}\n{CAUSES[finding.cause].told(lang)}"


def times(finding: Finding, _lang: Lang) -> str:
    """First and last packet of the session."""
    return f"{clock(finding.detection.first_seen)}\n{clock(finding.detection.last_seen)}"


def coin(finding: Finding, lang: Lang) -> str:
    """Coin and algorithm; where neither is known, a word for it and the dialect."""
    one = finding.detection
    known = "\n".join(filter(None, (one.coin, one.algorithm)))
    return known or "\n".join(filter(None, (Words("未知", "unknown").told(lang), one.dialect)))


def account(finding: Finding, lang: Lang) -> str:
    """Account, workers and software."""
    one = finding.detection
    parts = (
        (Words("账户", "account"), one.account or ""),
        (Words("矿工", "workers"), listed(one.workers)),
        (Words("软件", "software"), listed(one.agents)),
    )
    lines = [f"{words.told(lang)}: {text}" for words, text in parts if text]
    return "\n".join(lines)


def energy(finding: Finding, lang: Lang) -> str:
    """Power and energy; a word where the wire does not tell."""
    one = finding.detection
    lines = [text for text in (power_text(one), energy_text(one)) if text]
    return "\n".join(lines) or Words("流量未体现", "not told by the wire").told(lang)


def rate(finding: Finding, lang: Lang) -> str:
    """The hash rate and how many machines share it; a word where the wire does not tell."""
    one = finding.detection
    lines = [rate_text(one, lang) or Words("流量未体现", "not told by the wire").told(lang)]
    if one.role is Role.PROXY:
        lines.append(Words("矿池代理", "mining proxy").told(lang))
    if one.fleet is not None and (one.fleet.high is None or one.fleet.high > 1):
        lines.append(Words("台数 {n}", "machines {n}").put(n=machines_text(one.fleet)).told(lang))
    return "\n".join(lines)


def evidence(finding: Finding, lang: Lang) -> str:
    """The first pieces of evidence, each with time and excerpt."""
    rows = finding.detection.evidence
    lines = [f"{clock(row.at)[11:]} {row.signature}: {_short(row.excerpt)}" for row in rows[:MAX_EVIDENCE]]
    if len(rows) > MAX_EVIDENCE:
        lines.append(Words("另有 {n} 项", "{n} more").put(n=len(rows) - MAX_EVIDENCE).told(lang))
    return "\n".join(lines)


def located(finding: Finding, lang: Lang) -> str:
    """By what the machine was found, then what does not fit."""
    basis = [words.told(lang) for words in finding.place.basis]
    conflict = Words("疑点：", "conflict: ").told(lang)
    return "\n".join([*basis, *(conflict + words.told(lang) for words in finding.place.conflicts)])


def advice(finding: Finding, lang: Lang) -> str:
    """What to do, numbered."""
    return "\n".join(f"{number}. {words.told(lang)}" for number, words in enumerate(finding.advice, 1))


def shares(finding: Finding, lang: Lang) -> str:
    """Shares taken and handed in, and why some were refused."""
    return shares_text(finding.detection, lang)


def _short(text: str) -> str:
    return text if len(text) <= MAX_EXCERPT_CHARS else f"{text[:MAX_EXCERPT_CHARS]}…"


def _asset(name: str) -> Cell:
    return lambda finding, _: str(getattr(finding.place.asset, name)) if finding.place.asset else ""


def _empty(_finding: Finding, _lang: Lang) -> str:
    return ""


def _reply(zh: str, en: str, width: float, choices: str | None = None, kind: str = "text") -> Column:
    return Column(Words(zh, en), width, _empty, page=3, choices=choices, kind=kind, is_reply=True)


COLUMNS = (
    Column(Words("设备名称 / 编号", "Machine / number"), 15, machine),
    Column(Words("机柜位置", "Rack"), 14, _asset("rack")),
    Column(Words("IP 地址 / MAC", "IP address / MAC"), 19, addresses),
    Column(Words("部门 / 责任人 / 电话", "Department / owner / phone"), 15, people),
    Column(Words("结论 / 可能的设备", "Verdict / likely device"), 17, verdict),
    Column(Words("首次 / 末次发现 (UTC+8)", "First / last seen"), 20, times),
    Column(Words("币种 / 算法", "Coin / algorithm"), 12, coin),
    Column(Words("矿池", "Pool"), 21, lambda finding, _: pool_text(finding.detection)),
    Column(Words("账户 / 矿工 / 软件", "Account / workers / software"), 24, account),
    Column(Words("份额 接受/提交", "Shares taken / sent"), 10, shares),
    Column(Words("估算算力（下限–上限）", "Hash rate (low–high)"), 16, rate, page=2),
    Column(Words("估算功率 / 电量", "Power / energy"), 17, energy, page=2),
    Column(Words("定位依据与疑点", "Located by; conflicts"), 28, located, page=2),
    Column(Words("证据", "Evidence"), 37, evidence, page=2),
    Column(Words("处置建议", "What to do"), 53, advice, page=2),
    _reply("是否属实", "Is it so?", 14, choices="truth"),
    _reply("原因", "Cause", 16, choices="cause"),
    _reply("设备数量", "Devices", 12, kind="count"),
    _reply("处置措施", "Measure", 18, choices="measure"),
    _reply("完成时间", "Done on", 16, kind="date"),
    _reply("核查人", "Checked by", 16),
    _reply("备注", "Remarks", 56),
)
"""The columns of the form after the running number."""


def conclusion(report: AuditReport) -> Words:
    """One sentence: what was found, or that nothing was, and in what."""
    found = Words("在所查流量中未发现挖矿", "No mining was found in the traffic that was looked at")
    if report.claims:
        found = Words(
            "发现挖矿：设备 {machines} 台，会话 {sessions} 个",
            "Mining was found: machines {machines}, sessions {sessions}",
        )
        found = found.put(machines=report.machines, sessions=len(report.claims))
    if not report.leads:
        return Words(f"{found.zh}。", f"{found.en}.")
    leads = Words("另有 {n} 条线索待人工判定。", "leads to be decided by a person: {n}.").put(n=len(report.leads))
    return Words(f"{found.zh}；{leads.zh}", f"{found.en}; {leads.en}")

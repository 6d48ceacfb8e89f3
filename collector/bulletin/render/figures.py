"""Which figures and tables does a bulletin show? Made once, written into Word and Excel alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.bulletin.models import Snapshot
from collector.lists.hashrate import Bounds, hash_rate_text
from collector.registry.choices import Nature
from collector.text import Lang, label

TOP = 20
"""So many values of a breakdown are spelled out in the Word document; the workbook has all."""

_SAME_PERCENT = 0.05
_LEVELS = {"city": "0000", "county": "00"}
"""What the code of a division above the level ends with."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; ``widths`` in characters of Latin text."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


def pick(lang: Lang, zh: str, en: str) -> str:
    """The wording of a language."""
    return zh if lang == "zh" else en


def mbps(total: Mapping[str, Any]) -> str:
    """Mean traffic with pools in Mbit/s."""
    return f"{total['mbps']:.2f}"


def energy(bounds: Mapping[str, float], lang: Lang) -> str:
    """Energy a day with its bounds, in one unit that suits the size."""
    factor, zh, en = (1e3, "兆瓦时", "MWh") if bounds["high"] >= 1e4 else (1.0, "千瓦时", "kWh")
    low, value, high = (plain(bounds[edge] / factor) for edge in ("low", "value", "high"))
    unit = pick(lang, zh, f" {en}")
    if bounds["high"] <= 0:
        return pick(lang, "—", "—")
    return pick(lang, f"{value}{unit}（{low}–{high}）", f"{value}{unit} ({low}–{high})")


def rate(unit: str, bounds: Mapping[str, float]) -> str:
    """A hash rate with its bounds: ``10.2 PH/s (8.1–12.3)``."""
    text = hash_rate_text(Bounds(unit, bounds["low"], bounds["high"]))
    span, _, sign = text.partition(" ")
    middle = hash_rate_text(Bounds(unit, bounds["value"], bounds["high"])).partition("–")[0]
    return f"{middle} {sign} ({span})"


def rates(total: Mapping[str, Any]) -> str:
    """Every unit's hash rate; a dash where the traffic tells none."""
    return "; ".join(rate(unit, bounds) for unit, bounds in total["hashrate"].items()) or "—"


def plain(value: float) -> str:
    """Three digits, groups of thousands, no exponent."""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}" if value >= 0.001 else "0"


def percent(value: float | None) -> str:
    """One decimal; a dash where nothing was counted."""
    return "—" if value is None else f"{value:.1f}%"


def change(now: float, before: float | None, lang: Lang) -> str:
    """Against last week, in words and percent; a dash without one. A sign in front would look like a formula."""
    if not before:
        return "—"
    share = 100 * (now - before) / before
    if abs(share) < _SAME_PERCENT:
        return pick(lang, "持平", "same")
    return f"{pick(lang, '上升', 'up ') if share > 0 else pick(lang, '下降', 'down ')}{abs(share):.1f}%"


def name_of(breakdown: str, value: str, snapshot: Snapshot, lang: Lang) -> str:
    """What a value of a breakdown is called."""
    if not value:
        return pick(lang, "未知", "unknown")
    if breakdown == "nature":
        return label(Nature, value, lang)
    if breakdown not in _LEVELS:
        return value
    name = str(snapshot.indicators["names"].get(value, value))
    return name if is_at(breakdown, value) else name + pick(lang, "（未定位到下级）", " (not located below)")


def is_at(level: str, code: str) -> bool:
    """Whether a code is one of this level; what is only known to the level above is told apart, and has no rank."""
    return bool(code) and not code.endswith(_LEVELS[level])


TITLES = {
    "algorithm": ("按算法", "By algorithm"),
    "coin": ("按币种", "By coin"),
    "pool": ("按矿池", "By pool"),
    "city": ("按设区市", "By city"),
    "county": ("按县（市、区）", "By county"),
    "nature": ("按单位性质", "By nature of the unit"),
}


def breakdown(snapshot: Snapshot, name: str, lang: Lang, top: int | None = None) -> Table:
    """A breakdown, the most addresses first; percent of all addresses, which may add up to more than a hundred."""
    found = sorted(snapshot.indicators[name].items(), key=lambda pair: (-pair[1]["ips"], pair[0]))
    ips = snapshot.indicators["total"]["ips"]
    rows = tuple(_row(name, value, sums, ips, snapshot, lang) for value, sums in found[:top])
    zh, en = TITLES[name]
    heads = (
        (zh.removeprefix("按"), "IP数", "占比", "流量(Mbit/s)", "算力（下限–上限）", "日耗电量（下限–上限）")
        if lang == "zh"
        else (en.removeprefix("By ").capitalize(), "IPs", "Share", "Mbit/s", "Hash rate (low–high)", "Energy a day")
    )
    return Table(pick(lang, zh, en), heads, rows, (18, 9, 10, 11, 27, 28))


def ranking(snapshot: Snapshot, lang: Lang, level: str) -> Table:
    """Clearance by division, the best first; equal shares have the same rank."""
    found = {code: sums for code, sums in snapshot.indicators["clearance"][level].items() if is_at(level, code)}
    ordered = sorted(found.items(), key=lambda pair: (-(pair[1]["percent"] or 0), -pair[1]["listed"], pair[0]))
    shares = [pair[1]["percent"] for pair in ordered]
    rows = tuple(
        (
            str(shares.index(sums["percent"]) + 1),
            name_of(level, code, snapshot, lang),
            str(sums["listed"]),
            str(sums["closed"]),
            percent(sums["percent"]),
        )
        for code, sums in ordered
    )
    heads = (
        ("排名", "地区", "线索数", "已清零", "清零率")
        if lang == "zh"
        else ("Rank", "Division", "Leads", "Cleared", "Cleared share")
    )
    return Table(pick(lang, "清零情况排名", "Clearance"), heads, rows, (8, 24, 12, 12, 14))


def overview(snapshot: Snapshot, former: Snapshot | None, lang: Lang) -> Table:
    """The indicators with what each means, last week's value and the change."""
    heads = (
        ("指标", "本周", "上周", "环比", "定义")
        if lang == "zh"
        else ("Indicator", "This week", "Last week", "Change", "Definition")
    )
    before = former.indicators if former else None
    rows = tuple(_indicator(line, snapshot.indicators, before, lang) for line in _INDICATORS)
    return Table(pick(lang, "主要指标", "Indicators"), heads, rows, (24, 26, 26, 10, 62))


def _row(name: str, value: str, sums: Mapping[str, Any], ips: int, snapshot: Snapshot, lang: Lang) -> tuple[str, ...]:
    share = percent(round(100 * sums["ips"] / ips, 1) if ips else None)
    return (
        name_of(name, value, snapshot, lang),
        f"{sums['ips']:,}",
        share,
        mbps(sums),
        rates(sums),
        energy(sums["kwh_per_day"], lang),
    )


@dataclass(frozen=True, slots=True)
class _Indicator:
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    key: str

    def text(self, indicators: Mapping[str, Any], lang: Lang) -> str:
        """The value as it is read."""
        total = indicators["total"]
        texts = {
            "mbps": lambda: f"{mbps(total)} Mbit/s",
            "ips": lambda: f"{total['ips']:,}",
            "leads": lambda: f"{total['leads']:,}",
            "hashrate": lambda: rates(total),
            "energy": lambda: energy(total["kwh_per_day"], lang),
            "public": lambda: f"{indicators['public']['ips']:,} ({percent(indicators['public']['percent'])})",
            "clearance": lambda: percent(indicators["clearance"]["total"]["percent"]),
        }
        return texts[self.key]()

    def number(self, indicators: Mapping[str, Any]) -> float | None:
        """What the change against last week is worked out from; None where units may differ."""
        total = indicators["total"]
        numbers = {
            "mbps": total["mbps"],
            "ips": total["ips"],
            "leads": total["leads"],
            "energy": total["kwh_per_day"]["value"],
            "public": indicators["public"]["ips"],
            "clearance": indicators["clearance"]["total"]["percent"],
        }
        return numbers.get(self.key)


_INDICATORS: Sequence[_Indicator] = (
    _Indicator(
        "矿池出口流量",
        "Traffic with pools",
        "本周与矿池往来的全部字节×8÷本周已过秒数（平均值）",
        "All bytes exchanged with pools in the week × 8 ÷ seconds of it that have passed (mean)",
        "mbps",
    ),
    _Indicator("挖矿IP数", "Mining addresses", "确认和疑似程度高的会话所在的不同IP地址数", "Distinct addresses", "ips"),
    _Indicator("线索数", "Leads", "按用户（单位、账号或地址）归并后的线索数", "Per unit, account or address", "leads"),
    _Indicator(
        "估算算力",
        "Hash rate",
        "每个地址同时运行之和的最大值相加，按计量单位分列，括号内为下限–上限；非现场实测",
        "Per address the most that ran at once, added up per unit; bounds in brackets; estimated from traffic",
        "hashrate",
    ),
    _Indicator(
        "估算日耗电量",
        "Energy a day",
        "各会话估算电量之和÷本周已过天数，括号内为下限–上限；经代理转接的只计一次",
        "Estimated energy of all sessions ÷ days of the week that have passed; through proxies once",
        "energy",
    ),
    _Indicator(
        "公共机构IP数",
        "Addresses of public bodies",
        "机关、事业单位、国有企业、高校和中小学的IP地址数及占比",
        "State organs, public institutions, state enterprises, universities and schools",
        "public",
    ),
    _Indicator(
        "清零率",
        "Cleared share",
        "本周线索中已反馈处置完成且此后未再发现的占比",
        "Leads of the week that a reply calls done and that were silent since",
        "clearance",
    ),
)


INDICATORS = tuple(line.key for line in _INDICATORS)
"""What the rows of the overview are about, in its order."""


def _indicator(
    line: _Indicator, now: Mapping[str, Any], before: Mapping[str, Any] | None, lang: Lang
) -> tuple[str, ...]:
    current = line.number(now)
    former = line.number(before) if before else None
    return (
        pick(lang, line.zh, line.en),
        line.text(now, lang),
        line.text(before, lang) if before else "—",
        "—" if current is None else change(current, former, lang),
        pick(lang, line.meaning_zh, line.meaning_en),
    )

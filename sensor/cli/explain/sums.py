"""How is the estimate's arithmetic put into words? Shares × work ÷ time, with the interval of a Poisson count."""

from __future__ import annotations

from collections.abc import Sequence

from sensor.cli.render.estimates import scaled_text
from sensor.estimate.work import Work
from sensor.explain.arithmetic import Arithmetic, Sums
from sensor.explain.run import Story
from sensor.model.bilingual import Lang, Words

MISSING = {
    "no-accepted-share": Words(
        "没有被接受的份额，无法估算算力。", "No share was accepted, so the wire tells no hash rate."
    ),
    "no-target": Words(
        "有被接受的份额，但没有看到其目标或难度，无法估算算力。",
        "Shares were accepted, but their target or difficulty was not seen, so the wire tells no hash rate.",
    ),
    "no-algorithm": Words(
        "份额以难度计，但算法未知，难度 1 对应的工作量不明，无法估算算力。",
        "Shares are counted in difficulty and the algorithm is unknown: the work of difficulty 1 is not known.",
    ),
    "no-time": Words(
        "挖矿时间不足一秒，无法估算算力。", "Less than a second of mining was seen, so there is no hash rate."
    ),
}
SHOWN_WORKS = 8


def sums_lines(story: Story, works: Sequence[tuple[Work, int]], lang: Lang) -> list[str]:
    """The sentences, in the order of the calculation."""
    sums = story.arithmetic
    lines = _handed_in(works, lang)
    if sums.unmeasured_shares:
        unmeasured = Words(
            "{n} 个被接受的份额不知其工作量，未计入", "{n} accepted shares of unknown work are not counted"
        )
        lines.append(unmeasured.put(n=sums.unmeasured_shares).told(lang))
    if sums.whole is None:
        return [*lines, MISSING[sums.missing or "no-time"].told(lang)]
    lines += _unit(sums, lang)
    lines += _stretch(Words("整个会话", "Whole session"), sums.whole, sums, lang)
    if sums.last_15m is not None:
        lines += _stretch(Words("最近 15 分钟", "Last 15 minutes"), sums.last_15m, sums, lang)
    return lines


def _handed_in(works: Sequence[tuple[Work, int]], lang: Lang) -> list[str]:
    """How many shares were handed in at which work or difficulty."""
    scaled = Words("难度", "difficulty").told(lang)
    plain = Words("工作量", "work").told(lang)
    parts = [f"{count} × {scaled if work.scaled else plain} {work.amount:,.6g}" for work, count in works[:SHOWN_WORKS]]
    more = len(works) - SHOWN_WORKS
    parts += [Words("另有 {n} 种", "{n} more").put(n=more).told(lang)] if more > 0 else []
    return [Words("提交的份额：", "Shares handed in: ").told(lang) + ("; ".join(parts) or "–")]


def _unit(sums: Arithmetic, lang: Lang) -> list[str]:
    if sums.difficulty_work is None:
        return []
    unit = Words(
        "算法 {algorithm}：难度 1 = {work:,.6g} 次；接受的难度合计 {total:,.6g}",
        "Algorithm {algorithm}: difficulty 1 = {work:,.6g} {of}; accepted difficulty adds up to {total:,.6g}",
    )
    of = sums.unit.removesuffix("/s")
    return [
        unit.put(algorithm=sums.algorithm, work=sums.difficulty_work, total=sums.scaled_difficulty, of=of).told(lang)
    ]


def _stretch(name: Words, found: Sums, sums: Arithmetic, lang: Lang) -> list[str]:
    rate = Words(
        "{name}：{shares:.0f} 个被接受的份额，工作量 {work:.6g} ÷ {time:,.1f} 秒 = {rate}",
        "{name}: {shares:.0f} accepted shares, work {work:.6g} ÷ {time:,.1f} s = {rate}",
    )
    bounds = Words(
        "    {percent:.0f}% 区间：泊松计数 {events:.4g} 的均值在 {low:.4g} 与 {high:.4g} 之间；"
        "乘以每份 {step:.6g}，除以时间 = {low_rate} 至 {high_rate}",
        "    {percent:.0f}% interval: the mean of a Poisson count of {events:.4g} lies between {low:.4g} and "
        "{high:.4g}; times {step:.6g} each, divided by the time = {low_rate} to {high_rate}",
    )
    values = {
        "shares": found.shares,
        "work": found.work,
        "time": found.mined_s,
        "rate": scaled_text(found.value, sums.unit),
        "percent": 100 * sums.confidence,
        "events": found.events,
        "low": found.count_low,
        "high": found.count_high,
        "step": found.step,
        "low_rate": scaled_text(found.low, sums.unit),
        "high_rate": scaled_text(found.high, sums.unit),
    }
    return [rate.put(name=name.told(lang), **values).told(lang), bounds.put(**values).told(lang)]

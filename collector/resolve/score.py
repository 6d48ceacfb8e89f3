"""How far is one holding believed, and why?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.utils import translation

from collector.registry.choices import Source
from collector.resolve.choices import Match
from collector.resolve.holding import Claim, Holding, Question
from collector.resolve.options import BASE_SCORES, SESSION_SOURCES, ResolveOptions

_IPV4_MAPPED = bytes(10) + b"\xff\xff"
_V4_FULL_BITS = 8
"""A prefix longer than /24 keeps its score."""
_V6_SUBSCRIBER_BITS = 64
"""A /64 is one subscriber's link: its host bits say nothing about who it is."""
_V6_FULL_BITS = 80
"""IPv6's counterpart of the /24: a /48, one site."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of the explanation, in both languages. ``code`` is stable."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A holding with its score (0..1) and the reasons, in the order they were applied."""

    holding: Holding
    base: float
    score: float
    reasons: tuple[Reason, ...]

    @property
    def claim(self) -> Claim:
        """The record behind it."""
        return self.holding.claim


@dataclass(frozen=True, slots=True)
class _Step:
    apply: Callable[[float], float]
    reason: Reason


def score(question: Question, holding: Holding, options: ResolveOptions) -> Scored:
    """Start from the source's base score; what speaks against the holding lowers it, step by step."""
    base = BASE_SCORES.get(holding.claim.source, 0.0)
    value, reasons = base, [_source_reason(holding.claim, base)]
    for step in _steps(question, holding, options):
        value = step.apply(value)
        reasons.append(step.reason)
    return Scored(holding, base, round(value, 4), tuple(reasons))


def _steps(question: Question, holding: Holding, options: ResolveOptions) -> Iterator[_Step]:
    yield from _prefix_steps(holding.claim, options)
    yield from _time_steps(question, holding, options)
    yield from _age_steps(question, holding.claim, options)
    yield from _sharing_steps(question, holding, options)


def _prefix_steps(claim: Claim, options: ResolveOptions) -> Iterator[_Step]:
    is_v4 = claim.ip_lo.startswith(_IPV4_MAPPED)
    bits = claim.host_bits if is_v4 else max(0, claim.host_bits - _V6_SUBSCRIBER_BITS)
    if bits and claim.source == "line-ledger":
        cost = bits * options.ledger_bit_cost
        zh, en = (
            f"台账登记的是地址段 {claim.network}，不是单个地址",
            f"the ledger names the block {claim.network}, not one address",
        )
        yield _Step(lambda value: max(0.0, value - cost), Reason("block", zh, en))
    if claim.host_bits > (_V4_FULL_BITS if is_v4 else _V6_FULL_BITS):
        zh, en = f"地址段 {claim.network} 过大", f"the block {claim.network} is large"
        yield _Step(lambda value: value * options.short_prefix_factor, Reason("short-prefix", zh, en))


def _time_steps(question: Question, holding: Holding, options: ResolveOptions) -> Iterator[_Step]:
    slack_s = question.slack.total_seconds()
    if holding.match is Match.EDGE:
        zh = f"占用起止与发现时间相差不足时钟误差（{slack_s:g} 秒）"
        en = f"the holding begins or ends within the clock's slack ({slack_s:g} s) of the detection"
        yield _Step(lambda value: value * options.edge_factor, Reason("edge", zh, en))
    if holding.match is Match.PARTIAL:
        zh, en = "占用仅覆盖发现时段的一部分", "the holding covers only a part of the detection's time"
        yield _Step(lambda value: value * options.partial_factor, Reason("partial", zh, en))


def _age_steps(question: Question, claim: Claim, options: ResolveOptions) -> Iterator[_Step]:
    age = question.first - claim.imported_at
    if age > timedelta(days=options.stale_after_days):
        zh, en = f"资料导入于发现前 {age.days} 天", f"the source was imported {age.days} days before the detection"
        yield _Step(lambda value: value * options.stale_factor, Reason("stale", zh, en))


def _sharing_steps(question: Question, holding: Holding, options: ResolveOptions) -> Iterator[_Step]:
    claim = holding.claim
    if claim.port_lo is not None and question.ports:
        return
    if holding.shared:
        zh, en = (
            "同一时间多个用户共用该地址，无端口可分",
            "several subscribers used the address at once and no port tells them apart",
        )
    elif claim.port_lo is not None:
        zh, en = (
            "资料按端口段划分，但发现记录无源端口",
            "the record holds for a port block, but the detection has no source port",
        )
    elif claim.source in ("cgn", "nat-rule"):
        zh, en = "NAT 地址，资料无端口段", "a NAT address, and the record has no port block"
    else:
        return
    yield _Step(lambda value: min(value, options.shared_cap), Reason("shared", zh, en))


def _source_reason(claim: Claim, base: float) -> Reason:
    zh = f"{_source_label(claim.source, 'zh-hans')} {claim.reference}，基础分 {base:.2f}"
    en = f"{_source_label(claim.source, 'en')} {claim.reference}, base score {base:.2f}"
    if claim.through_subscriber:
        zh += "；单位由同一账号的其他记录得出"
        en += "; the unit comes from another record of the same account"
    if claim.inner_ip:
        zh += f"；NAT 内侧地址 {claim.inner_ip}"
        en += f"; inner address {claim.inner_ip}"
    if claim.through_inner:
        zh += "，账号由其会话得出"
        en += ", whose session names the account"
    return Reason("session" if claim.source in SESSION_SOURCES else "register", zh, en)


@lru_cache(maxsize=256)
def _source_label(source: str, language: str) -> str:
    with translation.override(language):
        return str(dict(Source.choices).get(source, source))

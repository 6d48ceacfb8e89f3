"""Which pool endpoints does the list show, and how does each of them stand?"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import models
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options, division_column
from collector.text import bilingual
from collector.watch.choices import ProposalKind, ProposalState, Strongest
from collector.watch.models import Endpoint, Proposal
from sensor.model.verification import FINDING_WORDS, Finding

_NAMES_SHOWN = 3
_STANDING = "_standing"


class Standing(models.TextChoices):
    """Whether signatures name the endpoint, or what a person said of that."""

    LISTED = "listed", bilingual("已在特征库", "Listed")
    PROPOSED = "proposed", bilingual("待审", "In review")
    ACCEPTED = "accepted", bilingual("已采纳", "Accepted")
    DECLINED = "declined", bilingual("已否决", "Declined")
    STALE = "stale", bilingual("依据已过期", "Evidence too old")
    SEEN = "seen", bilingual("未建议", "Not proposed")


def told_evidence(row: Proposal) -> str:
    """What spoke for a proposal when it was looked at last."""
    known = row.evidence
    parts = [
        str(Strongest(known["strongest"]).label) if known.get("strongest") in Strongest.values else "",
        ", ".join(known.get("dialects") or ()),
        _finding(known.get("finding") or ""),
        _certificates(known.get("certificates") or ()),
        str(known.get("endpoint") or ""),
    ]
    return " · ".join(filter(None, parts))


def _prepare(rows: Sequence[Endpoint]) -> None:
    """How each endpoint stands, by the proposals of its address and of its own names."""
    of_address = Q(kind__in=(ProposalKind.ADDRESS, ProposalKind.PROBED), value__in=[row.ip for row in rows])
    of_name = Q(kind=ProposalKind.NAME, value__in={name for row in rows for name in row.own_names})
    states: dict[str, set[str]] = defaultdict(set)
    for value, state in Proposal.objects.filter(of_address | of_name).values_list("value", "state"):
        states[value].add(state)
    for row in rows:
        known = {state for value in (row.ip, *row.own_names) for state in states.get(value, ())}
        setattr(row, _STANDING, _standing(row, known))


def _standing(row: Endpoint, states: set[str]) -> Standing:
    if row.is_listed:
        return Standing.LISTED
    order = (ProposalState.PROPOSED, ProposalState.ACCEPTED, ProposalState.DECLINED, ProposalState.STALE)
    return next((Standing(state.value) for state in order if state.value in states), Standing.SEEN)


def _standing_of(row: Endpoint) -> Standing:
    return cast(Standing, getattr(row, _STANDING))


def _standing_tone(row: Endpoint) -> str:
    tones = {Standing.LISTED: "confirmed", Standing.ACCEPTED: "confirmed", Standing.PROPOSED: "new"}
    return tones.get(_standing_of(row), "")


def _names(row: Endpoint) -> str:
    """The names seen last, the newest first."""
    rest = len(row.names) - _NAMES_SHOWN
    shown = ", ".join(row.names[: -_NAMES_SHOWN - 1 : -1])
    return f"{shown} … +{rest}" if rest > 0 else shown or "—"


def _finding(finding: str) -> str:
    """What a verification found, in words; "" where there was none."""
    if finding not in set(Finding):
        return ""
    words = FINDING_WORDS[Finding(finding)]
    return str(bilingual(words.zh, words.en))


def _certificates(rows: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(f"{one.get('subject', '')} ({one.get('sha256', '')[:16]})" for one in rows)


def _shared(row: Endpoint) -> str:
    return str(_SHARED.get(row.shared, row.shared))


def _like(rows: QuerySet[Endpoint], text: str) -> QuerySet[Endpoint]:
    """By address, with or without a port, or by a part of any name."""
    host, _, port = text.rpartition(":")
    if ip := _ip(text):
        return rows.filter(ip=ip)
    if (ip := _ip(host.strip("[]"))) and port.isascii() and port.isdigit() and len(port) < 6:
        return rows.filter(ip=ip, port=int(port))
    return rows.annotate(told_names=Cast("names", TextField())).filter(told_names__icontains=text)


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _by_verdict(rows: QuerySet[Endpoint], text: str) -> QuerySet[Endpoint]:
    return rows.filter(strongest=text)


def _by_finding(rows: QuerySet[Endpoint], text: str) -> QuerySet[Endpoint]:
    return rows.filter(finding=text)


def _by_listing(rows: QuerySet[Endpoint], text: str) -> QuerySet[Endpoint]:
    conditions = {"listed": Q(is_listed=True), "unlisted": Q(is_listed=False), "shared": ~Q(shared="")}
    return rows.filter(conditions.get(text, Q()))


def _verdicts(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Strongest.choices]


def _findings(_person: Viewer) -> Options:
    return [(one.value, str(bilingual(words.zh, words.en))) for one, words in FINDING_WORDS.items()]


def _listings(_person: Viewer) -> Options:
    return [(value, str(text)) for value, text in _LISTINGS.items()]


_LISTINGS: Mapping[str, Any] = {
    "listed": bilingual("已在特征库", "Listed"),
    "unlisted": bilingual("不在特征库", "Not listed"),
    "shared": bilingual("共享地址（不按地址列入）", "Never by address"),
}
_SHARED: Mapping[str, Any] = {
    "no public address": bilingual("非公网地址", "no public address"),
    "content delivery network": bilingual("内容分发网络", "content delivery network"),
}
_TONES = {Strongest.CONFIRMED: "confirmed", Strongest.SUSPECTED: "doubt"}
LISTING: Listing[Endpoint] = Listing(
    name="pools",
    title=bilingual("矿池观察", "Pool watch"),
    columns=(
        Column("endpoint", bilingual("地址与端口", "Address and port"), str, "mono", sort="ip"),
        Column("names", bilingual("域名", "Names"), _names, "wide"),
        Column(
            "strongest",
            bilingual("最强结论", "Verdict"),
            lambda row: Strongest(row.strongest).label,
            "tag",
            sort="strongest",
            tone=lambda row: _TONES.get(Strongest(row.strongest), ""),
        ),
        Column(
            "standing",
            bilingual("状态", "State"),
            lambda row: _standing_of(row).label,
            "tag",
            tone=_standing_tone,
        ),
        Column("dialects", bilingual("方言", "Dialects"), lambda row: ", ".join(row.dialects) or "—"),
        Column("coins", bilingual("币种", "Coins"), lambda row: ", ".join(row.coins) or "—", shown=False),
        Column("hosts", bilingual("矿机数", "Miners"), lambda row: row.hosts, "number", sort="hosts"),
        Column(
            "first",
            bilingual("首次证据", "First seen"),
            lambda row: row.first_evidence,
            "time",
            sort="first_evidence",
        ),
        Column("last", bilingual("最近证据", "Last seen"), lambda row: row.last_evidence, "time", sort="last_evidence"),
        Column("finding", bilingual("主动验证", "Verification"), lambda row: _finding(row.finding) or "—"),
        Column("verified", bilingual("验证时间", "Verified"), lambda row: row.verified_at or "—", "time", shown=False),
        Column(
            "certificates",
            bilingual("证书", "Certificates"),
            lambda row: _certificates(row.certificates) or "—",
            shown=False,
        ),
        Column("shared", bilingual("共享原因", "Why shared"), lambda row: _shared(row) or "—", shown=False),
        division_column(lambda row: row.division_code, sort="", shown=False),
    ),
    filters=(
        Filter("q", bilingual("地址或域名", "Address or name"), _like),
        Filter("strongest", bilingual("最强结论", "Verdict"), _by_verdict, _verdicts),
        Filter("listed", bilingual("特征库", "Signatures"), _by_listing, _listings),
        Filter("finding", bilingual("主动验证", "Verification"), _by_finding, _findings),
    ),
    order=("-last_evidence", "-pk"),
    empty=bilingual(
        "没有符合条件的矿池端点。探针的检测送达后每 15 分钟整理一次。",
        "No endpoint fits. They are gathered every 15 minutes from what sensors deliver.",
    ),
    prepare=_prepare,
    template="console/pools.html",
)

"""Which pages does a person's menu show? Those that the person may open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collector.accounts.scope import Capability
from collector.console.scope import Viewer
from collector.text import bilingual


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu. ``covers`` are the names of the pages below it; ``key`` follows "g" on the keyboard."""

    name: str
    title: Any
    covers: tuple[str, ...]
    key: str
    opens_to: Callable[[Viewer], object]


ENTRIES = (
    Entry("overview", bilingual("概览", "Overview"), (), "o", lambda one: one.reads),
    Entry("leads", bilingual("线索", "Leads"), ("lead", "unmask"), "l", lambda one: one.reads),
    Entry("cases", bilingual("案件", "Cases"), ("case", "case-sheet"), "c", lambda one: one.reads),
    Entry("lists", bilingual("周清单", "Weekly lists"), ("preview", "issue"), "w", lambda one: one.is_office),
    Entry("bulletins", bilingual("周报", "Bulletins"), ("bulletin",), "b", lambda one: one.is_office),
    Entry(
        "traces", bilingual("溯源请求", "Trace requests"), ("trace",), "t", lambda one: one.is_office or one.carriers
    ),
    Entry("electricity", bilingual("用电", "Electricity"), ("meter",), "e", lambda one: one.is_office),
    Entry("tip-offs", bilingual("举报", "Tip-offs"), ("tip-off", "tip-off-unmask"), "x", lambda one: one.is_office),
    Entry("units", bilingual("单位台账", "Enterprises"), ("unit",), "u", lambda one: one.reads),
    Entry("sensors", bilingual("探针", "Sensors"), ("sensor",), "s", lambda one: one.is_office or one.units),
    Entry(
        "selfaudits",
        bilingual("单位自查", "Self-audits"),
        ("selfaudit",),
        "z",
        lambda one: one.is_office or one.units,
    ),
    Entry("signatures", bilingual("特征库", "Signatures"), (), "f", lambda one: one.is_office),
    Entry("pools", bilingual("矿池观察", "Pool watch"), (), "m", lambda one: one.is_office),
    Entry("imports", bilingual("数据导入", "Imports"), ("import-step",), "i", lambda one: one.imports),
    Entry("audit", bilingual("审计日志", "Audit log"), (), "a", lambda one: one.scope(Capability.AUDIT)),
    Entry("rules", bilingual("规则", "Rules"), (), "r", lambda one: one.is_office),
    Entry(
        "people",
        bilingual("账号管理", "Accounts"),
        ("person", "account-open"),
        "p",
        lambda one: one.scope(Capability.ACCOUNTS) or one.scope(Capability.SECURITY),
    ),
    Entry(
        "keys",
        bilingual("接口密钥", "API keys"),
        ("key-issue",),
        "k",
        lambda one: one.scope(Capability.ACCOUNTS) or one.scope(Capability.SECURITY),
    ),
)


def menu(person: Viewer, page: str) -> list[tuple[Entry, bool]]:
    """The person's entries, and whether ``page`` lies below each."""
    return [(entry, page == entry.name or page in entry.covers) for entry in ENTRIES if entry.opens_to(person)]

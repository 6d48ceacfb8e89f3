"""Which columns does a report have, and what stands in them? One table for CSV, HTML and XLSX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sensor.cli.render.estimates import (
    account_text,
    energy_text,
    fleet_text,
    power_text,
    rate_text,
    recent_text,
    role_text,
    shares_text,
)
from sensor.model.bilingual import Lang
from sensor.model.evidence import VERDICT_WORDS
from sensor.model.wire import Detection

BEIJING = timezone(timedelta(hours=8), "UTC+8")
MAX_LISTED = 8
VERDICTS = {verdict: words.told(Lang.BOTH) for verdict, words in VERDICT_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: heading in Chinese and English, width in characters, and how to fill it. ``sign`` goes before the
    text where several facts share a cell."""

    zh: str
    en: str
    width: int
    text: Callable[[str, Detection], str]
    sign: str = ""


def endpoint(ip: str | None, port: int | None) -> str:
    """``ip:port`` with brackets around IPv6; what is unknown is left out."""
    if ip is None:
        return ""
    host = f"[{ip}]" if ":" in ip else ip
    return host if port is None else f"{host}:{port}"


def listed(items: list[str]) -> str:
    """A list as text, the first few and how many more."""
    more = len(items) - MAX_LISTED
    return ", ".join(items[:MAX_LISTED]) + (f" (+{more})" if more > 0 else "")


def pool_text(detection: Detection) -> str:
    """The pool's name where one was seen, and its address."""
    address = endpoint(detection.pool.ip, detection.pool.port)
    return f"{detection.pool.domain} ({address})" if detection.pool.domain else address


def _time(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


VERDICT = Column("结论", "verdict", 14, lambda _, one: VERDICTS[one.verdict])
ROLE = Column("角色", "role", 10, lambda _, one: role_text(one))
MINER = Column("矿机地址", "miner", 22, lambda _, one: endpoint(one.miner.ip, one.miner.port))
POOL = Column("矿池", "pool", 26, lambda _, one: pool_text(one), "→")
DIALECT = Column("协议", "dialect", 16, lambda _, one: one.dialect or "")
COIN = Column("币种", "coin", 6, lambda _, one: one.coin or "")
ALGORITHM = Column("算法", "algorithm", 11, lambda _, one: one.algorithm or "")
ACCOUNT = Column("账户", "account", 28, lambda _, one: account_text(one))
WORKERS = Column("矿工名", "workers", 12, lambda _, one: listed(one.workers), "矿工 worker")
AGENTS = Column("软件", "agents", 18, lambda _, one: listed(one.agents))
SHARES = Column("份额 接受/提交", "accepted / submitted", 11, lambda _, one: shares_text(one), "份额 shares")
RATE = Column("估算算力（下限–上限）", "hash rate (low–high)", 17, lambda _, one: rate_text(one))
RECENT = Column("最近 15 分钟算力", "last 15 minutes", 15, lambda _, one: recent_text(one), "15 min")
FLEET = Column("规模", "machines", 12, lambda _, one: fleet_text(one))
POWER = Column("功率（下限–上限）", "power (low–high)", 15, lambda _, one: power_text(one))
ENERGY = Column("电量（下限–上限）", "energy (low–high)", 15, lambda _, one: energy_text(one))
FIRST = Column("首次发现 (UTC+8)", "first seen", 11, lambda _, one: _time(one.first_seen))
LAST = Column("末次发现 (UTC+8)", "last seen", 11, lambda _, one: _time(one.last_seen), "→")
EVIDENCE = Column(
    "证据", "evidence", 28, lambda _, one: listed([row.signature for row in one.evidence]), "证据 evidence"
)
CAPTURE = Column("抓包文件", "capture", 18, lambda capture, _: Path(capture).name, "文件 capture")

COLUMNS = (
    *(VERDICT, ROLE, MINER, POOL, DIALECT, COIN, ALGORITHM, ACCOUNT, WORKERS, AGENTS, SHARES, RATE, RECENT),
    *(FLEET, POWER, ENERGY, FIRST, LAST, EVIDENCE, CAPTURE),
)
"""Of a sheet: one fact a cell, so that it can be sorted and filtered."""


@dataclass(frozen=True, slots=True)
class Group:
    """Several facts in one cell of a page, one below the other; width in percent."""

    zh: str
    en: str
    width: int
    columns: tuple[Column, ...]


GROUPS = (
    Group("结论", "verdict", 9, (VERDICT, ROLE)),
    Group("矿机 → 矿池", "miner → pool", 18, (MINER, POOL)),
    Group("协议 · 币种 · 算法", "dialect · coin · algorithm", 11, (DIALECT, COIN, ALGORITHM)),
    Group("账户 · 矿工名 · 软件", "account · workers · agents", 21, (ACCOUNT, WORKERS, AGENTS)),
    Group("算力（下限–上限）· 份额", "hash rate (low–high) · shares", 17, (RATE, RECENT, SHARES)),
    Group("规模 · 功率 · 电量", "machines · power · energy", 12, (FLEET, POWER, ENERGY)),
    Group("首末次 (UTC+8)", "first and last seen", 12, (FIRST, LAST)),
)
"""Of a page: few enough columns to be read on a small screen and on A4."""
NOTES = (EVIDENCE, CAPTURE)
"""Of a page: a line below each row."""

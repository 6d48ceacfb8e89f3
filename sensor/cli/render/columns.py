"""Which columns does a report have, and what stands in them? One table for CSV, HTML and XLSX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sensor.model.bilingual import Lang
from sensor.model.evidence import VERDICT_WORDS
from sensor.model.wire import Detection, HashRate, Power

BEIJING = timezone(timedelta(hours=8), "UTC+8")
MAX_LISTED = 8
STEPS = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
VERDICTS = {verdict: words.told(Lang.BOTH) for verdict, words in VERDICT_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: heading in Chinese and English, width in characters, and how to fill it."""

    zh: str
    en: str
    width: int
    text: Callable[[str, Detection], str]


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


def shares_text(detection: Detection) -> str:
    """``accepted/submitted``, and what was rejected."""
    shares = detection.shares
    rejected = f" (-{shares.rejected})" if shares.rejected else ""
    return f"{shares.accepted}/{shares.submitted}{rejected}"


def rate_text(detection: Detection) -> str:
    """``1.98 kH/s (1.78–2.19)``: the estimate and its bounds. What miners only claim is marked as their claim."""
    if detection.hashrate is not None:
        return with_bounds(detection.hashrate, detection.hashrate.unit)
    said = detection.reported
    if said is None:
        return ""
    return f"自报 claimed {scaled_text(said.value, said.unit)}"


def power_text(detection: Detection) -> str:
    """``55 W (4.1–160)``; nothing where the wire does not tell."""
    return "" if detection.power_w is None else with_bounds(detection.power_w, "W")


def energy_text(detection: Detection) -> str:
    """``1.2 kWh (0.4–3.1)`` for the mining time seen; nothing where the wire does not tell."""
    energy = detection.energy_kwh
    return "" if energy is None else f"{_digits(energy.value)} kWh ({_digits(energy.low)}–{_digits(energy.high)})"


def scaled_text(value: float, unit: str) -> str:
    """``1.98 kH/s``: three digits with a prefix."""
    factor, sign = _step(value)
    return f"{_digits(value / factor)} {sign}{unit}"


def with_bounds(found: HashRate | Power, unit: str) -> str:
    """A value and its bounds, all with the prefix of the value."""
    factor, sign = _step(found.value)
    low, high = (_digits(bound / factor) for bound in (found.low, found.high))
    return f"{_digits(found.value / factor)} {sign}{unit} ({low}–{high})"


def _step(value: float) -> tuple[float, str]:
    return next(((factor, sign) for factor, sign in STEPS if value >= factor), (1.0, ""))


def _digits(value: float) -> str:
    """Three digits, and never an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else "0"


def _time(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


COLUMNS = (
    Column("结论", "verdict", 14, lambda _, one: VERDICTS[one.verdict]),
    Column("矿机地址", "miner", 22, lambda _, one: endpoint(one.miner.ip, one.miner.port)),
    Column("矿池", "pool", 26, lambda _, one: pool_text(one)),
    Column("协议", "dialect", 16, lambda _, one: one.dialect or ""),
    Column("币种", "coin", 6, lambda _, one: one.coin or ""),
    Column("算法", "algorithm", 11, lambda _, one: one.algorithm or ""),
    Column("账户", "account", 28, lambda _, one: one.account or ""),
    Column("矿工名", "workers", 12, lambda _, one: listed(one.workers)),
    Column("软件", "agents", 18, lambda _, one: listed(one.agents)),
    Column("份额 接受/提交", "accepted / submitted", 11, lambda _, one: shares_text(one)),
    Column("估算算力（下限–上限）", "hash rate (low–high)", 17, lambda _, one: rate_text(one)),
    Column("功率（下限–上限）", "power (low–high)", 15, lambda _, one: power_text(one)),
    Column("首次发现 (UTC+8)", "first seen", 11, lambda _, one: _time(one.first_seen)),
    Column("末次发现 (UTC+8)", "last seen", 11, lambda _, one: _time(one.last_seen)),
    Column("证据", "evidence", 28, lambda _, one: listed([row.signature for row in one.evidence])),
    Column("抓包文件", "capture", 18, lambda capture, _: Path(capture).name),
)

"""What does a person see at the end of the demo? What was found, where, and how to look further; in both languages."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from sensor.cli.demo.check import Expected, Row, place_of, units_in
from sensor.cli.render.estimates import energy_text, fleet_text, power_text, with_bounds
from sensor.model.flow import Endpoint
from sensor.model.wire import Detection

_PREFIXES = ("", "k", "M", "G", "T", "P", "E")
_ACCOUNT_CHARS = 18


def summary(console: Console, expected: list[Expected], detections: list[Detection], rows: list[Row]) -> None:
    """What the sensor found, then whom the collector put on the weekly list."""
    console.print(_findings(expected, detections))
    console.print(_weekly(rows))


def where_to_look(console: Console, folder: Path, archive: Path) -> None:
    """The files to open and the command that shows the console."""
    console.print(f"周清单 weekly list: {archive}", soft_wrap=True)
    console.print(f"检测记录 detections: {folder / 'detections.jsonl'}", soft_wrap=True)
    console.print(f"抓包与真值 capture and truth: {folder / 'day.pcap'}, {folder / 'truth.json'}", soft_wrap=True)
    console.print("在浏览器中查看 look at it in a browser: make serve")


def _findings(expected: list[Expected], detections: list[Detection]) -> Table:
    table = _table("发现的挖矿 Mining found", "矿机 → 矿池 miner → pool", "方言，账户 dialect, account", "币种 coin")
    table.add_column("份额\nshares", justify="right", no_wrap=True)
    planted = {entry.place: entry.hashrate_hs for entry in expected}
    rated = any(found.hashrate for found in detections)
    if rated:
        table.add_column("算力（植入）规模，功率，电量\nhash rate (planted), machines, power, energy", no_wrap=True)
    for found in detections:
        if found.verdict.is_claim:
            rate = [_rate(found, planted.get(place_of(found)))] if rated else []
            shares = f"{found.shares.accepted}\n/{found.shares.submitted}"
            table.add_row(_way(found), _what(found), found.coin or "?", shares, *rate)
    suspects = [f"{found.miner.ip} → {found.pool.domain}" for found in detections if not found.verdict.is_claim]
    if suspects:
        table.caption = f"疑似，不列入清单 suspected, never listed: {', '.join(suspects)}"
    return table


def _weekly(rows: list[Row]) -> Table:
    table = _table("本周清单 This week's list", "IP 地址 address", "定位 located", "单位 unit", "区划 division")
    for row in rows:
        by = ", ".join(row["method"])
        located = f"{_status(row['status'])} {row['confidence']}\n{by}" if by else _status(row["status"])
        units = "\n".join(sorted(units_in(row))) or "-"
        table.add_row(row["ip"], located, units, f"{row['division_code']}\n{row['county'] or row['city']}")
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _way(found: Detection) -> str:
    pool = found.pool.domain or Endpoint(found.pool.ip or "?", found.pool.port or 0)
    return f"{Endpoint(found.miner.ip, found.miner.port)}\n→ {pool}"


def _what(found: Detection) -> str:
    account = found.account or "-"
    short = account if len(account) <= _ACCOUNT_CHARS else f"{account[:_ACCOUNT_CHARS]}…"
    return f"{found.dialect.value if found.dialect else '-'}\n{short}"


def _status(status: str) -> str:
    known = {"auto": "已定位 located", "conflict": "冲突 conflict", "unknown": "未定位 unknown"}
    return known.get(status, status)


def _rate(found: Detection, planted_hs: float | None) -> str:
    """The estimate, what was planted, machines, power and energy; one below the other."""
    lines = [with_bounds(found.hashrate, found.hashrate.unit)] if found.hashrate else []
    lines += [] if planted_hs is None else [f"({_scaled(planted_hs)})"]
    lines += filter(None, (fleet_text(found), power_text(found), energy_text(found)))
    return "\n".join(lines)


def _scaled(value: float) -> str:
    step = 0
    while value >= 1000 and step < len(_PREFIXES) - 1:
        value, step = value / 1000, step + 1
    return f"{value:.3g} {_PREFIXES[step]}".strip()

"""What does a person see at the end of the demo? What was found, where, and how to look further; in both languages."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from sensor.cli.demo.check import Expected, Row, place_of, units_in
from sensor.model.wire import Detection

_UNITS = ("", "k", "M", "G", "T", "P", "E")


def summary(console: Console, expected: list[Expected], detections: list[Detection], rows: list[Row]) -> None:
    """The findings beside the truth, then the weekly list."""
    console.print(_findings(expected, detections))
    console.print(_weekly(rows))


def where_to_look(console: Console, folder: Path, archive: Path) -> None:
    """The files to open and the command that shows the console."""
    console.print(f"周清单 weekly list:      {archive}")
    console.print(f"检测记录 detections:     {folder / 'detections.jsonl'}")
    console.print(f"抓包与真值 capture, truth: {folder / 'day.pcap'}, {folder / 'truth.json'}")
    console.print("在浏览器中查看 look at it in a browser: make serve")


def _findings(expected: list[Expected], detections: list[Detection]) -> Table:
    table = Table(title="发现的挖矿会话 Mining sessions found", title_justify="left")
    for heading in (
        "矿机 miner",
        "矿池 pool",
        "方言 dialect",
        "币种 coin",
        "份额 shares",
        "算力 hash rate",
        "判定 verdict",
    ):
        table.add_column(heading, overflow="fold")
    claims = {place_of(detection): detection for detection in detections if detection.verdict.is_claim}
    for wanted in expected:
        found = claims.get(wanted.place)
        if found is None:
            continue
        pool = found.pool.domain or f"{found.pool.ip}:{found.pool.port}"
        shares = f"{found.shares.accepted}/{found.shares.submitted}"
        verdict = f"{found.verdict.value} {found.score}"
        table.add_row(
            found.miner.ip, pool, wanted.place[3], found.coin or "-", shares, _rate(found, wanted.hashrate_hs), verdict
        )
    return table


def _weekly(rows: list[Row]) -> Table:
    table = Table(title="本周清单 This week's list", title_justify="left")
    for heading in ("地址 address", "定位 located", "单位 unit", "区划 division", "地址 where", "依据 by"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        county = f"{row['division_code']} {row['county'] or row['city']}"
        units = " / ".join(sorted(units_in(row))) or "-"
        table.add_row(row["ip"], _status(row["status"]), units, county, row["address"] or "-", ", ".join(row["method"]))
    return table


def _status(status: str) -> str:
    known = {"auto": "已定位 located", "conflict": "冲突 conflict", "unknown": "未定位 unknown"}
    return known.get(status, status)


def _rate(found: Detection, planted_hs: float) -> str:
    planted = f"实际 true {_scaled(planted_hs)}"
    if found.hashrate is None:
        return planted
    bounds = f"{_scaled(found.hashrate.low)}–{_scaled(found.hashrate.high)} {found.hashrate.unit}"
    return f"{bounds} ({planted})"


def _scaled(value: float) -> str:
    step = 0
    while value >= 1000 and step < len(_UNITS) - 1:
        value, step = value / 1000, step + 1
    return f"{value:.3g} {_UNITS[step]}".strip()

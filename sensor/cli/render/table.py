"""A scan's detections as a table on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from sensor.cli.render.columns import listed, pool_text
from sensor.cli.render.estimates import energy_text, fleet_text, power_text, rate_text, role_text, shares_text
from sensor.cli.render.lines import Found
from sensor.model.evidence import Verdict
from sensor.model.wire import Detection, Role

STYLES = {Verdict.CONFIRMED: "bold red", Verdict.PROBABLE: "yellow", Verdict.SUSPECTED: "dim"}
ACCOUNT_CHARS = 16


def as_table(found: Sequence[Found]) -> Table:
    """The columns that matter at a glance; the rest is in the other formats."""
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("结论 verdict", "矿机 miner", "矿池 pool", "协议 dialect", "币 coin"):
        table.add_column(heading, overflow="fold")
    for heading in (
        "账户 account",
        "矿工 worker",
        "份额 shares",
        "算力，规模 hash rate, machines",
        "功率，电量 power, energy",
        "抓包 capture",
    ):
        table.add_column(heading, overflow="fold")
    for capture, detection in found:
        table.add_row(*_cells(detection), Text(Path(capture).name), style=STYLES[detection.verdict])
    return table


def _cells(detection: Detection) -> list[Text]:
    """Cells as plain text: what came off the wire must not be read as terminal markup."""
    cells = (
        (detection.verdict.value,),
        (detection.miner.ip, "" if detection.role is Role.MINER else role_text(detection)),
        (pool_text(detection),),
        (detection.dialect or "",),
        (detection.coin or "",),
        (_short(detection.account or ""),),
        (listed(detection.workers[:3]),),
        (shares_text(detection),),
        (rate_text(detection), fleet_text(detection)),
        (power_text(detection), energy_text(detection)),
    )
    return [Text(_lines(*facts)) for facts in cells]


def _lines(*facts: str) -> str:
    return "\n".join(_plain(fact) for fact in facts if fact) or "–"


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _short(account: str) -> str:
    return account if len(account) <= ACCOUNT_CHARS else f"{account[:8]}…{account[-6:]}"

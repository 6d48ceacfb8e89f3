"""Do the estimates of a detection read right, in a terminal's table, on a page and in a sheet?"""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from rich.console import Console

from sensor.cli.render import estimates
from sensor.cli.render.columns import COLUMNS, GROUPS, NOTES
from sensor.cli.render.page import as_html
from sensor.cli.render.rows import as_csv
from sensor.cli.render.table import as_table
from sensor.model.bilingual import Lang
from sensor.model.wire import Detection, digest_id

KWH = {"low": 0.5, "value": 1.25, "high": 4, "hours": 2, "basis": "b"}
WATTS = {"low": 250, "value": 625, "high": 2000, "basis": "b"}
FLEET = {"workers": 12, "sessions": 1, "low": 12, "high": 330, "basis": "b"}
RATE = {"low": 1.5e3, "value": 2e3, "high": 3e3, "unit": "H/s", "method": "m"}


def said(name: str = "a", **changes: Any) -> Detection:
    document = {
        "detection_id": digest_id(name),
        "event_id": digest_id(name, "e"),
        "sensor": {"id": "s1"},
        "state": "closed",
        "first_seen": "2026-03-01T00:00:00Z",
        "last_seen": "2026-03-01T02:00:00Z",
        "miner": {"ip": "192.0.2.1", "port": 40_000},
        "pool": {"ip": "198.51.100.7", "port": 3333},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "verdict": "confirmed",
        "score": 90,
        **changes,
    }
    return Detection.model_validate(document)


TEXTS = [
    # (case, what is told, how to read it, in English)
    ("nothing known", {}, estimates.rate_text, ""),
    ("rate", {"hashrate": RATE}, estimates.rate_text, "2 kH/s (1.5–3)"),
    ("a claim", {"reported": {"value": 2e6, "unit": "H/s", "rigs": 1}}, estimates.rate_text, "claimed 2 MH/s"),
    ("carried on", {"hashrate": RATE, "counted_in": digest_id("up")}, estimates.rate_text,
     "2 kH/s (1.5–3) · in its proxy's"),
    ("machines", {"fleet": FLEET}, estimates.fleet_text, "12–330 machines"),
    ("machines, no bound", {"fleet": {**FLEET, "high": None}}, estimates.fleet_text, "≥ 12 machines"),
    ("machines, exact", {"fleet": {**FLEET, "high": 12}}, estimates.fleet_text, "12 machines"),
    ("one machine, for all that is known", {}, estimates.fleet_text, ""),
    ("shares", {"shares": {"submitted": 9, "accepted": 9}}, estimates.shares_text, "9/9"),
    ("refused shares",
     {"shares": {"submitted": 9, "accepted": 4, "rejected": 5, "stale": 2, "duplicate": 1, "low_difficulty": 1}},
     estimates.shares_text, "4/9 (rejected 5, stale 2, duplicate 1, low difficulty 1)"),
    ("bad wallet", {"account": "x", "account_checksum": "bad"}, estimates.account_text, "x (bad checksum)"),
    ("good wallet", {"account": "x", "account_checksum": "good"}, estimates.account_text, "x"),
    ("proxy", {"role": "proxy"}, estimates.role_text, "proxy"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "read", "text"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_texts(told: dict[str, Any], read: Any, text: str) -> None:
    assert read(said(**told), Lang.EN) == text
    assert (read(said(**told), Lang.ZH) == text) is (not text or text in {"2 kH/s (1.5–3)", "9/9", "x"})


def test_energy_and_power() -> None:
    one = said(power_w=WATTS, energy_kwh=KWH)
    assert (estimates.power_text(one), estimates.energy_text(one)) == ("625 W (250–2000)", "1.25 kWh (0.5–4)")


def test_a_proxy_and_its_miners_are_added_up_once() -> None:
    uplink = said("up", power_w=WATTS, energy_kwh=KWH)
    miner = said("down", power_w=WATTS, energy_kwh=KWH, counted_in=uplink.detection_id)
    suspect = said("maybe", power_w=WATTS, verdict="suspected")
    assert estimates.total_text([uplink, miner, suspect]) == "625 W (250–2000) · 1.25 kWh (0.5–4)"
    assert estimates.total_text([suspect]) == ""


RICH = said(
    role="proxy", hashrate={**RATE, "last_15m": {"low": 1, "value": 2, "high": 3}},
    fleet=FLEET, power_w=WATTS, energy_kwh=KWH, account="acct",
    account_checksum="bad", workers=["<b>rig</b>"], agents=["=agent"], coin="BTC", algorithm="sha256d",
    evidence=[{"signature": "sig", "revision": 1, "class": "protocol", "at": "2026-03-01T00:00:00Z", "excerpt": ""}],
)  # fmt: skip


def test_every_fact_of_a_sheet_is_on_the_page() -> None:
    shown = {column for group in GROUPS for column in group.columns} | set(NOTES)
    assert shown == set(COLUMNS)
    assert sum(group.width for group in GROUPS) <= 100
    page = as_html([("a.pcap", RICH)]).decode()
    for column in COLUMNS:
        text = column.text("a.pcap", RICH)
        assert text and (text in page or "<b>" in text)
    assert "<b>rig" not in page


def test_a_sheet_has_a_column_for_each() -> None:
    heading, row = csv.reader(io.StringIO(as_csv([("a.pcap", RICH)]).decode("utf-8-sig")))
    cells = dict(zip(heading, row, strict=True))
    assert cells["规模 machines"] == "12–330 台 machines"
    assert cells["电量（下限–上限） energy (low–high)"] == "1.25 kWh (0.5–4)"
    assert cells["软件 agents"] != "=agent"


def test_a_terminals_table_breaks_lines_where_it_wants_alone() -> None:
    console = Console(width=300, record=True, file=io.StringIO())
    console.print(as_table([("a.pcap", RICH.model_copy(update={"workers": ["a\nb\x1b[31m"]}))]))
    text = console.export_text()
    assert "12–330 台 machines" in text and "1.25 kWh (0.5–4)" in text and "矿池代理 proxy" in text
    assert "a\N{REPLACEMENT CHARACTER}b" in text

"""Which week do the list tests tell of? Every status, category and kind of address once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from collector.registry.models import Organisation

Make = Callable[..., Any]

CHINA = dt.timezone(dt.timedelta(hours=8))
TERA = 1e12
WEEK = "2026-W47"


def moment(text: str) -> dt.datetime:
    """``2026-11-18 10:00[:00]`` in China."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA)


def tell(own: Make, detect: Make) -> None:
    """Week 2026-W47 (16–22 November) in Jiaxing, and what came before."""
    cafe = Organisation.objects.create(
        name="南湖区星云网吧",
        uscc="92330402MA2B00001X",
        nature="internet-cafe",
        division_code="330402",
        address="浙江省嘉兴市南湖区中山东路100号",
    )
    own("line-ledger", "203.0.113.9", organisation=cafe, unit_name=cafe.name, uscc=cafe.uscc, address=cafe.address)
    own("filing", "203.0.113.8/29", unit_name="星云网吧(南湖区)", uscc=cafe.uscc)
    own(
        "line-ledger",
        "203.0.113.20",
        unit_name="海宁精工模具有限公司",
        division_code="330481",
        address="海宁市海昌路8号",
    )
    own("line-ledger", "203.0.113.30", unit_name="=cmd|' /C calc'!A0", division_code="330402", address="@SUM(1)")
    own("line-ledger", "203.0.113.40", unit_name="甲科技有限公司", division_code="330402")
    own("filing", "203.0.113.40", unit_name="乙贸易有限公司", division_code="330402")
    own("aaa", "198.18.7.7", "2026-11-17 08:00", "2026-11-17 23:00", subscriber="0573-88881234", unit_name="张三丰",
        address="浙江省嘉兴市南湖区紫阳街12号3幢402室", division_code="330402")  # fmt: skip
    own("aaa", "2001:db8:5:1::/64", "2026-11-01", subscriber="jx057300998877")
    own("line-ledger", "203.0.113.60", unit_name="杭州某公司", division_code="330100")

    rate = {"unit": "H/s", "method": "shares", "value": 110 * TERA, "low": 90 * TERA, "high": 130 * TERA}
    detect("203.0.113.9", "2026-11-10 09:00", "2026-11-10 11:00", session="cafe-0", submitted=50)
    detect("203.0.113.9", "2026-11-15 22:00", "2026-11-15 23:50", session="cafe-1", submitted=100, hashrate=rate)
    kwh = {"low": 20.0, "value": 30.0, "high": 40.0, "hours": 10.0, "basis": "power × time"}
    detect("203.0.113.9", "2026-11-15 22:00", "2026-11-16 08:00", session="cafe-1", submitted=400, hashrate=rate,
           energy_kwh=kwh)  # fmt: skip
    detect(
        "203.0.113.9", "2026-11-16 07:00", "2026-11-16 09:00", session="cafe-2", port=50002, submitted=30, hashrate=rate
    )
    detect(
        "203.0.113.9", "2026-11-20 07:00", "2026-11-23 09:00", session="cafe-3", port=50003, ports_seen=[50003, 50010]
    )
    detect("203.0.113.20", "2026-09-01 10:00", "2026-09-01 11:00", session="mould-0")
    detect("203.0.113.20", "2026-11-18 10:00", "2026-11-18 11:00", session="mould-1", verdict="probable", coin=None,
           algorithm=None, pool={"ip": "2001:db8:9::7", "port": 443, "domain": None, "operator": None})  # fmt: skip
    detect("203.0.113.30", "2026-11-18 10:00", "2026-11-18 11:00")
    detect("203.0.113.40", "2026-11-18 12:00", "2026-11-18 12:30")
    slow = {"unit": "H/s", "method": "shares", "value": 9_000.0, "low": 7_200.0, "high": 11_000.0}
    detect("198.18.7.7", "2026-11-17 20:00", "2026-11-17 21:00", dialect="cryptonote", coin="XMR",
           algorithm="randomx", hashrate=slow, energy_kwh={**kwh, "low": 0.02, "value": 0.1, "high": 0.4})  # fmt: skip
    detect("2001:db8:5:1::77", "2026-11-19 20:00", "2026-11-19 21:00")
    detect("203.0.113.50", "2026-11-21 01:00", "2026-11-21 02:00")
    detect("203.0.113.60", "2026-11-18 10:00", "2026-11-18 11:00")
    detect("203.0.113.51", "2026-11-21 01:00", "2026-11-21 02:00", verdict="suspected")
    detect("203.0.113.52", "2026-11-23 00:00", "2026-11-23 00:10")

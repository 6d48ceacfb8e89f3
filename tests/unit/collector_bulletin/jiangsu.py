"""Which province do the bulletin's tests tell of? One whose figures are those that Jiangsu published in October 2021.

Published: 136.77 Mbit/s with pools, 4 502 addresses, more than 10 PH/s, 260 MWh a day, 21 % at public bodies. How they
fall on cities, coins and pools is made up here, as are all units.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum.cn import uscc

from sensor.model.wire import Detection, digest_id

CHINA = dt.timezone(dt.timedelta(hours=8))
WEEK = "2021-W41"
START = dt.datetime(2021, 10, 11, tzinfo=CHINA)
SECONDS = 7 * 86_400
IPS = 4_502
PUBLIC_IPS = 945
MBPS = 136.77
KWH_PER_DAY = 260_000
SENSOR = "js-egress-1"
FIRST = int(ipaddress.IPv4Address("203.0.112.0"))
CITIES = (
    ("320100", "南京市", 700),
    ("320200", "无锡市", 420),
    ("320300", "徐州市", 330),
    ("320400", "常州市", 380),
    ("320500", "苏州市", 1_108),
    ("320600", "南通市", 310),
    ("320700", "连云港市", 140),
    ("320800", "淮安市", 130),
    ("320900", "盐城市", 180),
    ("321000", "扬州市", 190),
    ("321100", "镇江市", 250),
    ("321200", "泰州市", 160),
    ("321300", "宿迁市", 204),
)
PUBLIC = (("state-organ", "机关", 245), ("university", "高校", 380), ("state-enterprise", "国有企业", 320))


@dataclass(frozen=True)
class Coin:
    """One coin's addresses; hash rate in H/s at each, energy a day in kWh of all."""

    ticker: str
    algorithm: str
    dialect: str
    pool: str
    ips: int
    rate_hs: float
    kwh_per_day: float


COINS = (
    Coin("BTC", "sha256d", "stratum-v1", "btc.pool.example", 102, 100e12, 8_000.0),
    Coin("ETH", "ethash", "ethereumstratum-1", "eth.pool.example", 3_400, 300e6, 245_000.0),
    Coin("XMR", "randomx", "cryptonote", "xmr.pool.example", 1_000, 8_000.0, 7_000.0),
)


def cities() -> list[str]:
    """The county of every address, by its number."""
    return [f"{code[:4]}02" for code, _, count in CITIES for _ in range(count)]


def natures() -> list[str]:
    """The nature of every unit, spread over the province: the public bodies stand between the others."""
    public = [zh for _, zh, count in PUBLIC for _ in range(count)]
    step = IPS / len(public)
    found = ["民营企业"] * IPS
    for number, zh in enumerate(public):
        found[int(number * step)] = zh
    return found


def coins() -> list[Coin]:
    """What every address mines; neighbours mine different coins."""
    found = [coin for coin in COINS for _ in range(coin.ips)]
    return [found[number * 1_511 % IPS] for number in range(IPS)]


def address(number: int) -> str:
    """The address of a number."""
    return str(ipaddress.IPv4Address(FIRST + number))


def organisations() -> str:
    """The register of units, as a province has it: CSV."""
    lines = ["统一社会信用代码,单位名称,单位性质,区划代码,地址"]
    lines += [
        f"{_uscc(number, code)},第{number:04d}号{nature},{nature},{code},江苏省示例路{number}号"
        for number, (code, nature) in enumerate(zip(cities(), natures(), strict=True))
    ]
    return "\r\n".join(lines) + "\r\n"


def line_ledger() -> str:
    """The carriers' line ledger: CSV."""
    lines = ["IP地址,启用时间,统一社会信用代码,单位名称,地址,区划代码"]
    lines += [
        f"{address(number)},2021-01-01,{_uscc(number, code)},第{number:04d}号{nature},江苏省示例路{number}号,{code}"
        for number, (code, nature) in enumerate(zip(cities(), natures(), strict=True))
    ]
    return "\r\n".join(lines) + "\r\n"


def _uscc(number: int, code: str) -> str:
    plain = f"91{code}{number:09d}"
    return plain + uscc.calc_check_digit(plain)


def deliveries(size: int = 500) -> Iterator[bytes]:
    """What the sensor sends over the week: one session to an address, all week long."""
    lines = [_detection(number, coin).to_json() for number, coin in enumerate(coins())]
    for at in range(0, len(lines), size):
        yield "\n".join(lines[at : at + size]).encode()


def _detection(number: int, coin: Coin) -> Detection:
    total = round(MBPS * 1e6 / 8 * SECONDS)
    own = total // IPS + (number < total % IPS)
    kwh = coin.kwh_per_day * 7 / coin.ips
    return Detection.model_validate(
        {
            "detection_id": digest_id("js", number),
            "event_id": digest_id("js-event", number),
            "sensor": {"id": SENSOR, "site": "省际出口"},
            "state": "closed",
            "first_seen": START.isoformat(),
            "last_seen": (START + dt.timedelta(seconds=SECONDS, milliseconds=-1)).isoformat(),
            "miner": {"ip": address(number), "port": 40_000},
            "pool": {"ip": "198.51.100.9", "port": 3333, "domain": coin.pool, "operator": None},
            "transport": {"l4": "tcp"},
            "dialect": coin.dialect,
            "coin": coin.ticker,
            "algorithm": coin.algorithm,
            "shares": {"submitted": 5_000, "accepted": 4_990, "rejected": 10},
            "hashrate": {
                "value": coin.rate_hs,
                "low": coin.rate_hs * 0.8,
                "high": coin.rate_hs * 1.2,
                "unit": "H/s",
                "method": "shares",
            },
            "energy_kwh": {"low": kwh * 0.8, "value": kwh, "high": kwh * 1.2, "hours": 168.0, "basis": "power × time"},
            "traffic": {"packets_up": 1, "packets_down": 1, "bytes_up": own, "bytes_down": 0},
            "verdict": "confirmed",
            "score": 98,
            "schema": "minewatch.detection/1",
        }
    )

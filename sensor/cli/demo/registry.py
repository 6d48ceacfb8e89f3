"""Who holds the demo's addresses? Made-up units, a carrier's line ledger and AAA sessions, as CSV files."""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

CITY = "330400"
"""The division that the demo's office answers for."""
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that does not exist. Its code's check digit is right; its organisation number says DEM0."""

    name: str
    nature: str
    uscc: str
    division: str
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """A fixed line of the carrier's ledger."""

    network: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Login:
    """An AAA session: who had an address from one hour of the day to another."""

    ip: str
    from_h: float
    to_h: float
    subscriber: str
    unit: Unit


LAB = Unit("示例科技有限公司（演示）", "民营企业", "91330402MA0DEM0A1U", "330402", "嘉兴市南湖区示例路1号（演示）")
SHED = Unit("示范精密制造有限公司（演示）", "民营企业", "91330411MA0DEM0B21", "330411", "嘉兴市秀洲区示范路2号（演示）")
SCHOOL = Unit("示例中学（演示）", "中小学", "12330421MB0DEM0C3U", "330421", "嘉善县示例街3号（演示）")
CENTRE = Unit("示范云数据中心有限公司（演示）", "数据中心", "91330483MA0DEM0D4J", "330483", "桐乡市示范大道4号（演示）")
STUDIO = Unit("示例动画工作室（演示）", "个体工商户", "92330481MA0DEM0E5N", "330481", "海宁市示例巷5号（演示）")
CAFE = Unit("示例电竞网吧（演示）", "网吧", "92330424MA0DEM0F69", "330424", "海盐县示例街6号（演示）")
GARAGE = Unit("示范汽修厂（演示）", "民营企业", "92330482MA0DEM0G7D", "330482", "平湖市示范路7号（演示）")
INSTITUTE = Unit("示例生物研究院（演示）", "事业单位", "12330402MB0DEM0H80", "330402", "嘉兴市南湖区示例路8号（演示）")
CARRIERS_CLAIM = Unit(
    "示范物流有限公司（演示）", "民营企业", "91330402MA0DEM0J9W", "330402", "嘉兴市南湖区示范路9号（演示）"
)
AAAS_CLAIM = Unit(
    "示例仓储有限公司（演示）", "民营企业", "91330402MA0DEM0K02", "330402", "嘉兴市南湖区示例路10号（演示）"
)

LINES = [
    Line("192.0.2.10", LAB),
    Line("192.0.2.64/27", SHED),
    Line("192.0.2.130", CARRIERS_CLAIM),
    Line("198.51.100.20", SCHOOL),
    Line("198.51.100.21", STUDIO),
    Line("198.51.100.64/28", CENTRE),
    Line("2001:db8:10::/64", INSTITUTE),
]
LOGINS = [
    Login("203.0.113.50", 0.0, 12.0, "demo-sub-0001", CAFE),
    Login("203.0.113.51", 12.0, 24.0, "demo-sub-0001", CAFE),
    Login("203.0.113.50", 12.02, 24.0, "demo-sub-0002", GARAGE),
    Login("192.0.2.130", 5.0, 17.0, "demo-sub-0003", AAAS_CLAIM),
]
_DIVISIONS = [
    ("330000", "浙江省", "省级", ""),
    ("330400", "嘉兴市", "地级", "330000"),
    ("330402", "南湖区", "县级", "330400"),
    ("330411", "秀洲区", "县级", "330400"),
    ("330421", "嘉善县", "县级", "330400"),
    ("330424", "海盐县", "县级", "330400"),
    ("330481", "海宁市", "县级", "330400"),
    ("330482", "平湖市", "县级", "330400"),
    ("330483", "桐乡市", "县级", "330400"),
]


def units() -> list[Unit]:
    """Every unit of the demo, once."""
    return list(dict.fromkeys([*(line.unit for line in LINES), *(login.unit for login in LOGINS)]))


def holders(ip: str, at: datetime, day_start: datetime) -> set[str]:
    """Names of the units that a source says held ``ip`` at ``at``. Two names: the sources disagree."""
    address = ipaddress.ip_address(ip)
    hour = (at - day_start) / timedelta(hours=1)
    by_line = {line.unit.name for line in LINES if address in ipaddress.ip_network(line.network)}
    by_login = {login.unit.name for login in LOGINS if login.ip == ip and login.from_h <= hour < login.to_h}
    return by_line | by_login


def write_registry(folder: Path, day_start: datetime) -> None:
    """The four files an office imports: divisions, organisations, line ledger and AAA sessions."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "divisions.csv", ("区划代码", "名称", "级别", "上级代码"), _DIVISIONS)
    _write(
        folder / "organisations.csv",
        ("单位名称", "统一社会信用代码", "单位性质", "区划代码", "地址"),
        ((unit.name, unit.uscc, unit.nature, unit.division, unit.address) for unit in units()),
    )
    opened = _local(day_start - timedelta(days=60))
    _write(
        folder / "line-ledger.csv",
        ("IP地址段", "起始时间", "终止时间", "单位名称", "统一社会信用代码", "装机地址", "区划代码"),
        ((line.network, opened, "", *_unit_cells(line.unit)) for line in LINES),
    )
    _write(
        folder / "aaa.csv",
        ("IP地址", "上线时间", "下线时间", "用户账号", "单位名称", "统一社会信用代码", "装机地址", "区划代码"),
        (
            (
                login.ip,
                _local(day_start + timedelta(hours=login.from_h)),
                _local(day_start + timedelta(hours=login.to_h)),
                login.subscriber,
                *_unit_cells(login.unit),
            )
            for login in LOGINS
        ),
    )


def day_start_of(now: datetime) -> datetime:
    """The midnight in Shanghai that began the last whole day before ``now``, in UTC."""
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=1)).astimezone(UTC)


def week_of(day_start: datetime) -> str:
    """The ISO week of the day, as offices count it in Shanghai."""
    year, week, _ = day_start.astimezone(SHANGHAI).isocalendar()
    return f"{year}-W{week:02d}"


def _unit_cells(unit: Unit) -> tuple[str, str, str, str]:
    return unit.name, unit.uscc, unit.address, unit.division


def _local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    # Offices' files come with a byte order mark, and so do these.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)

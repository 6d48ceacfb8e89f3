"""Which week do the console's tests play in? A city, a ledger and what its sensor saw, all by real deliveries."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from collector.accounts.choices import OfficeKind, Role
from collector.accounts.models import Membership, Office
from collector.cases.services import update_leads
from collector.ingest.heartbeats import receive_heartbeats
from collector.ingest.models import Sensor
from collector.ingest.services import enroll_sensor, receive
from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportRequest, run_import
from collector.resolve.services import resolve_pending
from collector.settings.config import ImportOptions, IngestOptions
from sensor.model.wire import digest_id

PASSWORD = "lantern-river-42"
CITY, CARRIER = "330400", "中国电信"
DIVISIONS = (
    ("330000", "浙江省", "省级", ""),
    ("330100", "杭州市", "地级", "330000"),
    ("330400", "嘉兴市", "地级", "330000"),
    ("330402", "南湖区", "县级", "330400"),
    ("330481", "海宁市", "县级", "330400"),
)
UNITS = (
    ("南湖区星云网吧", "92330402MA2B00001X", "网吧", "330402", "嘉兴市南湖区中山东路100号"),
    ("海宁精工模具有限公司", "91330481MA2B00002K", "民营企业", "330481", "海宁市海昌路8号"),
)
LINES = (
    ("203.0.113.9", "南湖区星云网吧", "92330402MA2B00001X", "嘉兴市南湖区中山东路100号", "330402"),
    ("203.0.113.20", "海宁精工模具有限公司", "91330481MA2B00002K", "海宁市海昌路8号", "330481"),
    ("203.0.113.60", "杭州某公司", "", "杭州市某路1号", "330100"),
)
SILENT = ("203.0.113.70", "平湖示例旧厂", "91330482MA2B00007X", "平湖市示例路7号", "330482")
RESIDENT = ("198.51.100.77", "张三丰", "0573-88881234", "嘉兴市南湖区紫阳街12号3幢402室", "330402")


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in: name, office and role."""

    name: str
    office: str
    division: str
    role: Role
    kind: OfficeKind = OfficeKind.CYBERSPACE
    uscc: str = ""


PEOPLE = {
    "city": Person("city", "嘉兴市网信办", CITY, Role.OFFICER),
    "reader": Person("reader", "嘉兴市发展改革委", CITY, Role.VIEWER, OfficeKind.REFORM),
    "county": Person("county", "海宁市网信办", "330481", Role.OFFICER),
    "hangzhou": Person("hangzhou", "杭州市网信办", "330100", Role.MANAGER),
    "carrier": Person("carrier", "中国电信嘉兴分公司", CITY, Role.OFFICER, OfficeKind.CARRIER),
    "rival": Person("rival", "中国移动嘉兴分公司", CITY, Role.OFFICER, OfficeKind.CARRIER),
    "auditor": Person("auditor", "嘉兴市网信办", CITY, Role.AUDIT_ADMIN),
    "keeper": Person("keeper", "嘉兴市网信办", CITY, Role.SYSTEM_ADMIN),
    "warden": Person("warden", "嘉兴市网信办", CITY, Role.SECURITY_ADMIN),
    "head": Person("head", "嘉兴市网信办", CITY, Role.MANAGER),
    "cafe": Person("cafe", "南湖区星云网吧", "330402", Role.OFFICER, OfficeKind.UNIT, UNITS[0][1]),
    "nobody": Person("nobody", "", "", Role.VIEWER),
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mining session: who, from how many hours before now, for how long; ``wire`` replaces parts of its record."""

    ip: str
    hours_ago: float
    hours: float = 1.0
    wire: dict[str, Any] = field(default_factory=dict)


def sightings(bait: str = "rig1") -> list[Sighting]:
    """What the sensor saw. ``bait`` stands wherever a miner may write what it likes."""
    free = {"account": bait, "workers": [bait], "agents": [bait]}
    return [
        Sighting("203.0.113.9", 30, 5, free | {"energy_kwh": _kwh(20, 30, 40)}),
        Sighting("203.0.113.9", 500, 2),
        Sighting("203.0.113.20", 26, 1, {"coin": "XMR", "algorithm": "randomx", "dialect": "cryptonote"}),
        Sighting("203.0.113.50", 25),
        Sighting("203.0.113.60", 25),
        Sighting(RESIDENT[0], 24),
    ]


def build(folder: Path, now: datetime, bait: str = "rig1", unit: str = "") -> None:
    """Fill the database: registry, one sensor's deliveries, attribution. ``unit`` renames the first line's customer."""
    lines = [(ip, unit if unit and not number else name, *rest) for number, (ip, name, *rest) in enumerate(LINES)]
    start = (now - timedelta(days=60)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    _bring(folder, ImportKind.DIVISIONS, ("区划代码", "名称", "级别", "上级代码"), DIVISIONS)
    _bring(folder, ImportKind.ORGANISATIONS, ("单位名称", "统一社会信用代码", "单位性质", "区划代码", "地址"), UNITS)
    head = ("IP地址段", "单位名称", "统一社会信用代码", "装机地址", "区划代码", "起始时间")
    _bring(folder, ImportKind.LINE_LEDGER, head, [(*line, start) for line in lines])
    head = ("IP地址", "单位名称", "用户账号", "装机地址", "区划代码", "上线时间")
    _bring(folder, ImportKind.AAA, head, [(*RESIDENT, start)])
    enroll_sensor("jx-egress-1", CITY, now, rotate=False)
    Sensor.objects.update(operator=CARRIER)
    deliver(Sensor.objects.get(), sightings(bait), now)
    resolve_pending()
    update_leads()


def fall_silent(folder: Path, now: datetime) -> None:
    """Add a unit that mined three weeks ago and not since, under the eyes of a sensor that heard everything."""
    ip, unit, *rest = SILENT
    start = (now - timedelta(days=60)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    head = ("IP地址段", "单位名称", "统一社会信用代码", "装机地址", "区划代码", "起始时间")
    path = write_csv(folder / "silent.csv", [head, (ip, unit, *rest, start)])
    assert run_import(ImportRequest(ImportKind.LINE_LEDGER, path), ImportOptions()).rows_ok == 1
    sensor = Sensor.objects.get()
    deliver(sensor, [Sighting(ip, 24 * 21, wire={"detection_id": "5" * 32, "event_id": "6" * 32})], now)
    beat = {
        "schema": "minewatch.heartbeat/1",
        "heartbeat_id": digest_id("silence", sensor.sensor_id),
        "sensor": {"id": sensor.sensor_id},
        "t0": _utc(now - timedelta(days=30)),
        "t1": _utc(now + timedelta(minutes=10)),
        "release": "1",
        "engine": "native",
        "signatures": {"fingerprint": "ab" * 32, "age_s": 86_400},
        "packets": 1_000_000,
    }
    assert receive_heartbeats(sensor, json.dumps(beat).encode(), now, IngestOptions()).accepted == 1
    resolve_pending()
    update_leads()


def deliver(sensor: Sensor, seen: Sequence[Sighting], now: datetime) -> None:
    """Hand detections to the collector as the sensor does."""
    rows = [json.dumps(_record(sensor.sensor_id, one, number, now)) for number, one in enumerate(seen, 1)]
    receipt = receive(sensor, "\n".join(rows).encode(), now, IngestOptions())
    assert not receipt.rejected, receipt.rejected


def sign_up(person: Person) -> User:
    """The person's account."""
    user = User.objects.create_user(person.name, password=PASSWORD)
    if person.office:
        row = {"division_code": person.division, "kind": person.kind, "uscc": person.uscc}
        office, _ = Office.objects.get_or_create(name=person.office, defaults=row)
        Membership.objects.create(user=user, office=office, role=person.role)
    return user


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """A CSV file as a spreadsheet writes it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _bring(folder: Path, kind: ImportKind, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path = write_csv(folder / f"{kind.value}.csv", [head, *rows])
    report = run_import(ImportRequest(kind, path), ImportOptions())
    assert report.rows_ok == len(rows), report.faults


def _record(sensor_id: str, one: Sighting, number: int, now: datetime) -> dict[str, Any]:
    first = now - timedelta(hours=one.hours_ago)
    last = min(now, first + timedelta(hours=one.hours))
    return {
        "schema": "minewatch.detection/1",
        "detection_id": digest_id("session", number),
        "event_id": digest_id("event", number),
        "sensor": {"id": sensor_id, "site": "egress"},
        "state": "closed",
        "first_seen": _utc(first),
        "last_seen": _utc(last),
        "miner": {"ip": one.ip, "port": 40_000 + number},
        "pool": {"ip": "198.51.100.9", "port": 3333, "domain": "pool.example.org"},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "coin": "BTC",
        "algorithm": "sha256d",
        "verdict": "confirmed",
        "score": 95,
        "shares": {"submitted": 40, "accepted": 39, "rejected": 1},
        "evidence": [
            {
                "signature": "stratum_v1_subscribe",
                "revision": 1,
                "class": "protocol",
                "at": _utc(first),
                "excerpt": '{"method":"mining.subscribe"}',
            }
        ],
        **one.wire,
    }


def _kwh(low: float, value: float, high: float) -> dict[str, Any]:
    return {"low": low, "value": value, "high": high, "hours": 5.0, "basis": "power × time"}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

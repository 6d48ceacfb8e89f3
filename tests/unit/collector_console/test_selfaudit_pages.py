"""Does a unit get from a capture to its report, and does nobody else, before it hands the report in?"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import console_world
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from collector.accounts.models import Office
from collector.faults import CollectorError
from collector.ingest.heartbeats import receive_heartbeats
from collector.ingest.models import Sensor
from collector.ingest.services import enroll_sensor
from collector.jobs.queue import run_one
from collector.lists.week import CHINA
from collector.selfaudit.files import Upload, drop_capture, folder_of, keep_assets
from collector.selfaudit.models import AuditState, SelfAudit
from collector.selfaudit.program import look
from collector.selfaudit.services import look_at_next, read_networks
from collector.settings.config import IngestOptions
from collector.works import WORKS
from sensor.model.flow import Endpoint
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

SignIn = Callable[..., Client]
START_NS = 1_767_225_600_000_000_000
ASSETS = "设备名称,机柜位置,IP地址,责任人\nweb-01,A机房-03柜-12U,192.0.2.11,王工\n坏行,,192.0.2.333,\n"


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """One miner of the room at its pool."""
    path = tmp_path_factory.mktemp("room") / "room.pcap"
    rows = build("stratum-v1", 1, START_NS, client=Endpoint("192.0.2.11", 49_152), duration_s=300)
    write_pcap(path, rows)
    return path.read_bytes()


def bring(client: Client, content: bytes, name: str = "room.pcap", **fields: Any) -> Any:
    office = SelfAudit._meta.get_field("office").related_model.objects.get(kind="unit")
    form = {"office": office.pk, "capture": SimpleUploadedFile(name, content), "networks": "192.0.2.0/24", **fields}
    return client.post("/self-audits/", form, follow=True)


def work() -> None:
    job = run_one({"self-audit": WORKS["self-audit"]}, timezone.now)
    assert job is not None
    assert job.state == "done", job.said


def test_from_capture_to_report(sign_in: SignIn, capture: bytes) -> None:
    unit = sign_in("cafe")
    page = bring(unit, capture, assets=SimpleUploadedFile("资产.csv", ASSETS.encode("gb18030"))).content.decode()
    audit = SelfAudit.objects.get()
    assert ('hx-trigger="every 2s"' in page, "等待" in page) == (True, True)
    work()
    audit.refresh_from_db()
    assert (audit.state, audit.percent, audit.said) == (AuditState.DONE, 100, "")
    part = unit.get(f"/self-audits/{audit.no}/", headers={"HX-Request": "true"}).content.decode()
    assert [word for word in ("web-01", "A机房-03柜-12U", "王工", "发现挖矿") if word not in part] == []
    assert "hx-trigger" not in part
    book = openpyxl.load_workbook(io.BytesIO(unit.get(f"/self-audits/{audit.no}/report.xlsx").content))
    assert any("web-01" in str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)
    answer = unit.get(f"/self-audits/{audit.no}/report.html")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "南湖区星云网吧" in answer.content.decode()
    assert not (folder_of(audit.no) / "capture").exists(), "the capture goes when the look ends"


def test_the_asset_table_is_kept_for_the_next_look(sign_in: SignIn, capture: bytes) -> None:
    unit = sign_in("cafe")
    bring(unit, capture, assets=SimpleUploadedFile("assets.csv", ASSETS.encode()))
    assert "已有，可不传" in unit.get("/self-audits/").content.decode()
    bring(unit, capture)
    work()
    work()
    assert {one.result["findings"][0]["machine"] for one in SelfAudit.objects.all()} == {"web-01"}


@pytest.mark.parametrize("name", ["city", "county", "carrier", "auditor", "hangzhou"])
def test_nobody_else_sees_it_before_it_is_handed_in(sign_in: SignIn, capture: bytes, name: str) -> None:
    unit = sign_in("cafe")
    bring(unit, capture)
    work()
    no = SelfAudit.objects.get().no
    pages = (f"/self-audits/{no}/", f"/self-audits/{no}/report.xlsx")
    assert [sign_in(name).get(page).status_code for page in pages] == [404, 404]
    unit.post(f"/self-audits/{no}/submit/")
    sees = 200 if name == "city" else 404
    assert [sign_in(name).get(page).status_code for page in pages] == [sees, sees]
    assert sign_in(name).post(f"/self-audits/{no}/submit/").status_code in (403, 404)


@pytest.mark.parametrize(
    ("name", "content", "fields", "told"),
    [
        ("room.txt", b"x", {}, "不是抓包文件"),
        ("room.pcap", b"x", {"networks": "192.0.2.0/33"}, "不是网段"),
        ("room.pcap", b"x", {"assets": SimpleUploadedFile("a.xlsx", b"PK")}, "请存为 CSV"),
        ("room.pcap", b"x" * 2_000, {}, "超过 1000 字节"),
    ],
)
def test_what_cannot_be_taken_is_told(
    sign_in: SignIn, settings: Any, name: str, content: bytes, fields: dict[str, Any], told: str
) -> None:
    unit = sign_in("cafe")
    bounds = settings.COLLECTOR.self_audit.model_copy(update={"max_capture_bytes": 1_000})
    settings.COLLECTOR = settings.COLLECTOR.model_copy(update={"self_audit": bounds})
    assert told in bring(unit, content, name, **fields).content.decode()
    assert not SelfAudit.objects.exists()


OWN = ("192.0.2.11", "192.0.2.99")


@pytest.fixture
def own_sensor(sign_in: SignIn, world: datetime) -> Sensor:
    """A sensor in the unit's own server room: two machines mine, and it was watching the day before."""
    sign_in("cafe")
    enroll_sensor("cafe-room-1", "330402", world, rotate=False, unit="南湖区星云网吧")
    sensor = Sensor.objects.get(sensor_id="cafe-room-1")
    seen = [
        console_world.Sighting(ip, 20, 2, {"detection_id": f"{number}" * 32, "event_id": f"{number + 2}" * 32})
        for number, ip in enumerate(OWN, 5)
    ]
    console_world.deliver(sensor, seen, world)
    beat = {
        "schema": "minewatch.heartbeat/1",
        "heartbeat_id": "ab" * 16,
        "sensor": {"id": sensor.sensor_id},
        "t0": (world - timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "t1": world.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "release": "1",
        "engine": "native",
        "signatures": {"fingerprint": "cd" * 32, "age_s": 60},
        "packets": 1_000,
        "bytes": 1_000,
        "clock_error_ms": 1.0,
    }
    assert receive_heartbeats(sensor, json.dumps(beat).encode(), world, IngestOptions()).accepted == 1
    return sensor


def of_own_sensor(client: Client, first: date | str, last: date | str) -> str:
    form = {"office": Office.objects.get(kind="unit").pk, "from": "sensor", "first": str(first), "last": str(last)}
    return str(client.post("/self-audits/", form, follow=True).content.decode())


def test_from_the_own_sensor_to_the_report(sign_in: SignIn, own_sensor: Sensor, world: datetime) -> None:
    unit, today = sign_in("cafe"), world.astimezone(CHINA).date()
    keep_assets(Office.objects.get(kind="unit").pk, Upload("资产.csv", 1, lambda: iter([ASSETS.encode("gb18030")])))
    assert "cafe-room-1" in unit.get("/self-audits/").content.decode()
    of_own_sensor(unit, today - timedelta(days=6), today)
    work()
    audit = SelfAudit.objects.get()
    assert (audit.state, audit.said, audit.result["damage"]) == (AuditState.DONE, "", "")
    assert audit.file_name.startswith("cafe-room-1_") and audit.file_bytes > 500
    assert [one["ip"] for one in audit.result["findings"]] == list(OWN), "the city's sensor is not the unit's"
    assert [one["machine"] for one in audit.result["findings"]] == ["web-01", ""]
    page = unit.get(f"/self-audits/{audit.no}/").content.decode()
    assert [word for word in ("A机房-03柜-12U", "探针有心跳的时间", "设备 2 台") if word not in page] == []
    book = openpyxl.load_workbook(io.BytesIO(unit.get(f"/self-audits/{audit.no}/report.xlsx").content))
    assert any("web-01" in str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)
    unit.post(f"/self-audits/{audit.no}/submit/")
    assert "web-01" in sign_in("city").get(f"/self-audits/{audit.no}/").content.decode()


def test_days_before_the_sensor_spoke_say_that_nobody_watched(
    sign_in: SignIn, own_sensor: Sensor, world: datetime
) -> None:
    long_ago = world.astimezone(CHINA).date() - timedelta(days=60)
    of_own_sensor(sign_in("cafe"), long_ago, long_ago + timedelta(days=6))
    work()
    result = SelfAudit.objects.get().result
    assert (result["findings"], result["coverage"][0]["item"]["en"]) == ([], "Heartbeats of the sensor")
    assert result["coverage"][0]["is_note"]


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [(0, -1, "先后有序"), (-92, 0, "至多 92 天"), (-400_000, 0, "不是日期")],
)
def test_days_that_cannot_be(
    sign_in: SignIn, own_sensor: Sensor, world: datetime, first: int, last: int, told: str
) -> None:
    today = world.astimezone(CHINA).date()
    begin = "0" if first < -1000 else (today + timedelta(days=first)).isoformat()
    assert told in of_own_sensor(sign_in("cafe"), begin, (today + timedelta(days=last)).isoformat())
    assert not SelfAudit.objects.exists()


def test_a_unit_without_a_sensor_is_told_how_to_get_one(sign_in: SignIn, world: datetime) -> None:
    unit, today = sign_in("cafe"), world.astimezone(CHINA).date()
    assert "登记为本单位探针" in unit.get("/self-audits/").content.decode()
    assert "没有登记本单位的探针" in of_own_sensor(unit, today, today)


def test_a_unit_sees_its_own_sensor_and_no_other(sign_in: SignIn, own_sensor: Sensor) -> None:
    unit = sign_in("cafe")
    page = unit.get("/sensors/").content.decode()
    assert ("cafe-room-1" in page, "jx-egress-1" in page) == (True, False)
    assert unit.get(f"/sensors/{own_sensor.pk}/").status_code == 200
    other = Sensor.objects.exclude(pk=own_sensor.pk).get()
    assert unit.get(f"/sensors/{other.pk}/").status_code == 404


def test_a_sensor_is_enrolled_for_a_unit_that_is_there(world: datetime) -> None:
    with pytest.raises(CollectorError, match="没有被通报单位"):
        enroll_sensor("x", "330402", world, rotate=False, unit="没有这家")
    assert not Sensor.objects.filter(sensor_id="x").exists()


@pytest.mark.parametrize("content", [b"", b"no capture at all", b"\xd4\xc3\xb2\xa1" + b"\0" * 4])
def test_a_broken_capture_ends_in_words(sign_in: SignIn, content: bytes) -> None:
    unit = sign_in("cafe")
    bring(unit, content, "<b>坏 文件.pcap")
    work()
    audit = SelfAudit.objects.get()
    page = unit.get(f"/self-audits/{audit.no}/").content.decode()
    assert (audit.state == AuditState.FAILED) is (audit.result is None)
    assert audit.said or audit.result["damage"] or audit.result["sessions"] == 0
    assert "/" not in audit.said.replace("room.pcap", "")[:20]
    assert "<b>" not in page


def test_a_server_that_fell_during_an_upload_leaves_no_row_waiting_for_ever(
    sign_in: SignIn, capture: bytes, settings: Any
) -> None:
    bring(sign_in("cafe"), capture)
    no = SelfAudit.objects.get().no
    drop_capture(no)
    SelfAudit.objects.update(state=AuditState.RUNNING, started_at=timezone.now())
    later = timezone.now() + timedelta(seconds=settings.COLLECTOR.self_audit.max_run_s + 300)
    assert look_at_next(later).endswith("failed")
    assert "请重新上传" in SelfAudit.objects.get().said


def test_a_look_has_an_end(sign_in: SignIn, capture: bytes, settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "endless.pcap"
    # A pipe without a writer: the program waits for ever.
    os.mkfifo(path)
    with pytest.raises(CollectorError):
        look(path, [], [tmp_path / "report.json"], 1, lambda _percent: None)


def test_a_worker_that_died_leaves_its_look_to_another(
    sign_in: SignIn, capture: bytes, world: datetime, settings: Any
) -> None:
    bring(sign_in("cafe"), capture)
    SelfAudit.objects.update(state=AuditState.RUNNING, started_at=timezone.now())
    assert look_at_next(timezone.now()) == "nothing waits"
    later = timezone.now() + timedelta(seconds=settings.COLLECTOR.self_audit.max_run_s + 300)
    assert look_at_next(later).endswith("done")


def test_reports_are_bounded(sign_in: SignIn, capture: bytes, settings: Any) -> None:
    bounds = settings.COLLECTOR.self_audit.model_copy(update={"max_kept_per_office": 1, "max_waiting_per_office": 2})
    settings.COLLECTOR = settings.COLLECTOR.model_copy(update={"self_audit": bounds})
    unit = sign_in("cafe")
    for _ in range(2):
        bring(unit, capture)
    assert "已有 2 个自查在等待" in bring(unit, capture).content.decode()
    SelfAudit.objects.update(state=AuditState.DONE)
    bring(unit, capture)
    assert SelfAudit.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("", []),
        ("192.0.2.7/24，2001:db8::/32", ["192.0.2.0/24", "2001:db8::/32"]),
        ("192.0.2.1", ["192.0.2.1/32"]),
    ],
)
def test_networks_as_people_write_them(text: str, networks: list[str]) -> None:
    assert read_networks(text) == networks

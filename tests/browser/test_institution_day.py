"""Can a notified unit audit itself, click by click, and hand the result to its office?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import console_world
import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from collector.ingest.models import Sensor
from collector.ingest.services import enroll_sensor
from collector.jobs.queue import run_one
from collector.selfaudit.models import SelfAudit
from collector.works import WORKS
from sensor.model.flow import Endpoint
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
START_NS = 1_767_225_600_000_000_000
BAIT = "<img src=x onerror=alert(7)>"
ASSETS = f'设备名称,机柜位置,IP地址,责任人\n"{BAIT}",A机房-03柜-12U,192.0.2.11,王工\n'
WORDS = {
    "zh-hans": {
        "upload": "上传并检查",
        "waiting": "等待",
        "done": "完成",
        "found": "发现挖矿",
        "make": "生成自查报告",
        "nobody watched": "没有心跳",
        "form": "下载自查表",
        "hand-in": "提交主管部门",
        "handed": "已提交主管部门",
    },
    "en": {
        "upload": "Upload and look",
        "waiting": "Waiting",
        "done": "Done",
        "found": "Mining was found",
        "make": "Make the report",
        "nobody watched": "nobody knows when the sensor was looking",
        "form": "Download the form",
        "hand-in": "Hand in",
        "handed": "Handed in to the offices",
    },
}


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_institution_audits_a_capture(enter: Enter, tmp_path: Path, language: str) -> None:
    words = WORDS[language]
    capture, assets = room(tmp_path)
    page = enter("cafe", language)
    page.locator('.menu a[href="/self-audits/"]').click()
    page.set_input_files("#capture", capture)
    page.set_input_files("#assets", assets)
    page.fill("#networks", "192.0.2.0/24")
    page.get_by_role("button", name=words["upload"]).click()
    expect(page.locator("#selfaudit .tag").first).to_have_text(words["waiting"])
    job = run_one({"self-audit": WORKS["self-audit"]}, timezone.now)
    assert job is not None
    assert job.state == "done", job.said
    # The page asks by itself: nobody reloads it.
    expect(page.locator("#selfaudit .tag").first).to_have_text(words["done"])
    expect(page.locator("#selfaudit .message").first).to_contain_text(words["found"])
    expect(page.get_by_role("cell", name=BAIT)).to_be_visible()
    assert page.locator("main img").count() == 0
    with page.expect_download() as waiting:
        page.get_by_role("link", name=words["form"]).click()
    path = Path(waiting.value.path()).rename(tmp_path / "form.xlsx")
    cells = [str(cell.value) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row]
    assert any(BAIT in text for text in cells)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=words["hand-in"]).click()
    expect(page.locator(".message.success").first).to_contain_text(words["handed"])

    office = enter("city", language)
    office.goto("/self-audits/")
    office.get_by_role("link", name=SelfAudit.objects.get().no).click()
    expect(office.get_by_role("cell", name=BAIT)).to_be_visible()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_institution_reports_from_its_own_sensor(enter: Enter, world: datetime, language: str) -> None:
    words = WORDS[language]
    page = enter("cafe", language)
    page.goto("/self-audits/")
    assert page.locator("#first").count() == 0, "without a sensor there is nothing to report from"
    enroll_sensor("cafe-room-1", "330402", world, rotate=False, unit="南湖区星云网吧")
    found = console_world.Sighting("192.0.2.11", 20, 2, {"detection_id": "7" * 32, "event_id": "8" * 32})
    console_world.deliver(Sensor.objects.get(sensor_id="cafe-room-1"), [found], world)
    page.reload()
    page.get_by_role("button", name=words["make"]).click()
    expect(page.locator("#selfaudit .tag").first).to_have_text(words["waiting"])
    job = run_one({"self-audit": WORKS["self-audit"]}, timezone.now)
    assert job is not None
    assert job.state == "done", job.said
    expect(page.locator("#selfaudit .message").first).to_contain_text(words["found"])
    expect(page.get_by_role("cell", name="192.0.2.11")).to_be_visible()
    # Nobody heard the sensor: the page says what that means.
    expect(page.get_by_text(words["nobody watched"])).to_be_visible()


def room(folder: Path) -> tuple[Path, Path]:
    """A capture with one miner, and the table that says where the machine stands."""
    capture, assets = folder / "机房 <b>1.pcap", folder / "assets.csv"
    rows = build("stratum-v1", 1, START_NS, client=Endpoint("192.0.2.11", 49_152), duration_s=300)
    write_pcap(capture, rows)
    assets.write_text(ASSETS, encoding="utf-8")
    return capture, assets

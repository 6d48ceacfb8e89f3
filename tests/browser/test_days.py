"""Can the carrier and the office do their day's work, click by click, in both languages, by keyboard too?"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import console_world
import pytest
from playwright.sync_api import Page, expect

from collector.cases.choices import State
from collector.cases.models import Lead
from collector.cases.tables import Case
from collector.lists.week import week_of
from collector.trace.models import TraceItem

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
WORDS = {
    "zh-hans": {
        "ask": "向运营商生成溯源请求",
        "check": "先检查",
        "take": "导入答复",
        "done": "答复已导入",
        "freeze": "冻结本周清单",
        "frozen": "已生成清单",
        "upload": "上传并检查",
        "commit": "导入 1 行",
        "undo": "撤销",
    },
    "en": {
        "ask": "Make trace requests to the carriers",
        "check": "Check first",
        "take": "Take in the reply",
        "done": "The reply is in",
        "freeze": "Freeze this week's list",
        "frozen": "List frozen",
        "upload": "Upload and check",
        "commit": "Import 1 rows",
        "undo": "Undo",
    },
}


CASEWORK = {
    "zh-hans": {
        "open": "立案",
        "assign": "分派",
        "dispatch": "派发",
        "receive": "签收",
        "check": "核查",
        "measure": "处置",
        "dismantled": "拆除",
        "seal": "封存",
        "sheet": "核查单",
        "dispatch-list": "按县派发",
        "sign": "签收",
        "take-list": "导入反馈",
        "true": "属实",
    },
    "en": {
        "open": "Open cases",
        "assign": "Assign",
        "dispatch": "Dispatch",
        "receive": "Receive",
        "check": "Check",
        "measure": "Measure",
        "dismantled": "Dismantled",
        "seal": "Seal",
        "sheet": "Field-check sheet",
        "dispatch-list": "Dispatch by county",
        "sign": "Sign for",
        "take-list": "Take in the reply",
        "true": "True",
    },
}


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_carrier_answers_a_trace_request(enter: Enter, tmp_path: Path, language: str) -> None:
    words = WORDS[language]
    office = enter("city", language)
    office.goto("/traces/")
    office.get_by_role("button", name=words["ask"]).click()
    number = TraceItem.objects.get(ip="203.0.113.50").request.no
    expect(office.get_by_role("link", name=number)).to_be_visible()

    carrier = enter("carrier", language)
    expect(carrier).to_have_url(re.compile(r".*/traces/$"))
    carrier.get_by_role("link", name=number).click()
    with carrier.expect_download() as waiting:
        carrier.get_by_role("link", name="CSV").click()
    reply = answered(Path(waiting.value.path()), tmp_path / "reply.csv")
    carrier.set_input_files("#file", reply)
    carrier.get_by_role("button", name=words["check"]).click()
    expect(carrier.get_by_role("status").first).to_contain_text("1")
    assert TraceItem.objects.filter(user_type="").count() == TraceItem.objects.count()
    carrier.set_input_files("#file", reply)
    carrier.get_by_role("button", name=words["take"]).click()
    expect(carrier.get_by_role("status").first).to_contain_text(words["done"])

    office.goto("/leads/?q=203.0.113.50")
    expect(office.get_by_role("link", name="嘉善示例电子厂")).to_have_count(0)
    expect(office.get_by_role("cell", name="嘉善示例电子厂")).to_be_visible()


def answered(request: Path, reply: Path) -> Path:
    """The carrier fills in the row it was asked about; the columns are those of the request."""
    rows = list(csv.reader(io.StringIO(request.read_text("utf-8-sig"))))
    head = rows[0]
    for row in rows[1:]:
        if row[head.index("IP")] == "203.0.113.50":
            row[head.index("用户类型")] = "单位用户"
            row[head.index("单位名称")] = "嘉善示例电子厂"
            row[head.index("装机地址")] = "嘉善县示例路9号"
            row[head.index("区划代码")] = "330402"
    return console_world.write_csv(reply, rows)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_office_freezes_its_list(enter: Enter, language: str) -> None:
    words = WORDS[language]
    page = enter("city", language)
    page.goto("/lists/preview/")
    page.get_by_role("button", name=words["freeze"]).click()
    expect(page.get_by_role("status").first).to_contain_text(words["frozen"])
    with page.expect_download() as waiting:
        page.get_by_role("link", name="中文 ZIP").first.click()
    with zipfile.ZipFile(waiting.value.path()) as files:
        assert any(name.endswith(".xlsx") for name in files.namelist())


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_office_works_on_a_case(enter: Enter, tmp_path: Path, language: str) -> None:
    words = CASEWORK[language]
    page = enter("city", language)
    page.goto("/leads/?q=203.0.113.9")
    page.get_by_role("checkbox", name="L2026").check()
    page.get_by_role("button", name=words["open"]).click()
    page.get_by_role("link", name="C2026-000001").click()
    unfold(page, "assign")
    page.fill("#assign-division_code", "330402")
    page.select_option("#assign-department", "culture")
    page.fill("#assign-reason", "net bar")
    page.get_by_role("button", name=words["assign"], exact=True).click()
    for act in ("dispatch", "receive", "check"):
        page.get_by_role("button", name=words[act], exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text(words[act])
    unfold(page, "measure")
    page.select_option("#measure-kind", "dismantled")
    page.fill("#measure-quantity", "16")
    page.get_by_role("button", name=words["measure"], exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text=words["dismantled"]).first).to_contain_text("16")
    photo = tmp_path / "照片 <b>1.jpg"
    photo.write_bytes(b"\xff\xd8not really a picture")
    page.set_input_files("#file", photo)
    page.get_by_role("button", name=words["seal"], exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="照片").click()
    assert Path(waiting.value.path()).read_bytes() == photo.read_bytes()
    page.get_by_role("link", name=words["sheet"]).click()
    expect(page.get_by_role("article")).to_contain_text("南湖区星云网吧")


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_office_dispatches_and_takes_replies_in(
    enter: Enter, world: datetime, tmp_path: Path, language: str
) -> None:
    words = WORDS[language] | CASEWORK[language]
    page = enter("city", language)
    # On a Monday what was seen a day ago is last week's.
    page.goto(f"/lists/preview/?week={week_of(world - timedelta(hours=26))}")
    page.get_by_role("button", name=words["freeze"]).click()
    page.get_by_role("link", name="MW-330400").click()
    page.get_by_role("button", name=words["dispatch-list"]).click()
    county = page.get_by_role("row").filter(has_text="330481")
    county.get_by_role("textbox").fill("王科")
    county.get_by_role("button", name=words["sign"]).click()
    expect(page.get_by_role("row").filter(has_text="330481")).to_contain_text("王科")
    with page.expect_download() as waiting:
        page.get_by_role("row").filter(has_text="330481").get_by_role("link", name="ZIP").click()
    good, bad = replied(Path(waiting.value.path()), tmp_path)
    page.set_input_files("#file", bad)
    page.get_by_role("button", name=words["take-list"]).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".faults tbody tr")).to_have_count(1)
    page.set_input_files("#file", good)
    page.get_by_role("button", name=words["take-list"]).click()
    expect(page.get_by_role("row").filter(has_text="203.0.113.20").last).to_contain_text(words["true"])


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_office_closes_a_case_that_fell_silent(
    enter: Enter, world: datetime, tmp_path: Path, language: str
) -> None:
    console_world.fall_silent(tmp_path, world)
    words = CASEWORK[language]
    page = enter("city", language)
    page.goto(f"/leads/?q={console_world.SILENT[0]}")
    page.get_by_role("checkbox", name="L2026").check()
    page.get_by_role("button", name=words["open"]).click()
    page.get_by_role("link", name="C2026-000001").click()
    unfold(page, "assign")
    page.fill("#assign-division_code", "330482")
    page.select_option("#assign-department", "industry")
    page.fill("#assign-reason", "factory")
    for action in ("assign", "dispatch", "receive", "check", "confirm", "rectify", "submit", "close"):
        if action == "close":
            unfold(page, action)
        page.locator(f'form:has(input[name="action"][value="{action}"]) button').click()
        expect(page.locator(".message.success")).to_be_visible()
    assert Case.objects.get().state == State.CLOSED
    expect(page.locator('form:has(input[name="action"])')).to_have_count(0)


def unfold(page: Page, action: str) -> None:
    """Open the form of an act that needs words."""
    page.locator(f'details:has(input[value="{action}"]) summary').click()


def replied(bundle: Path, folder: Path) -> tuple[Path, Path]:
    """A county's reply as it should be, and one with a word that is no answer."""
    with zipfile.ZipFile(bundle) as files:
        name = next(name for name in files.namelist() if name.endswith(".csv"))
        rows = list(csv.reader(io.StringIO(files.read(name).decode("utf-8-sig"))))
    at = next(number for number, row in enumerate(rows) if "行标识" in row)
    column = rows[at].index("是否属实")
    paths = []
    for word, file in (("属实", "good.csv"), ("也许吧", "bad.csv")):
        filled = [list(row) for row in rows[at:]]
        filled[1][column] = word
        paths.append(console_world.write_csv(folder / file, filled))
    return paths[0], paths[1]


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_file_is_checked_mapped_imported_and_undone(enter: Enter, tmp_path: Path, language: str) -> None:
    words = WORDS[language]
    path = console_world.write_csv(tmp_path / "units.csv", [["客户", "代码"], ["海盐示例厂", ""]])
    page = enter("city", language)
    page.goto("/imports/")
    page.select_option("#kind", "organisations")
    page.set_input_files("#file", path)
    page.get_by_role("button", name=words["upload"]).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.select_option("#c-name", "客户")
    page.get_by_role("button", name="重新检查" if language != "en" else "Check again").click()
    page.get_by_role("button", name=words["commit"]).click()
    expect(page.get_by_role("status").first).to_contain_text("1")
    undo = page.get_by_role("row").filter(has_text="units.csv").get_by_role("button", name=words["undo"])
    page.once("dialog", lambda dialog: dialog.accept())
    undo.click()
    expect(page.get_by_role("row").filter(has_text="units.csv").get_by_role("button")).to_have_count(0)


def test_the_keyboard_alone_is_enough(enter: Enter) -> None:
    page = enter("city")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("203.0.113.9")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/leads/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/leads/L*/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_week_is_frozen_by_keyboard_alone(enter: Enter) -> None:
    page = enter("city")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/lists/")
    tab_to(page, "预览本周清单")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lists/preview/")
    tab_to(page, "冻结本周清单")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已生成清单")
    tab_to(page, "MW-330400")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lists/MW-330400-*/")
    tab_to(page, "按县派发")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已派发")


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says ``words``; the focus must be visible where it rests."""
    for _ in range(200):
        page.keyboard.press("Tab")
        focused = "document.activeElement.matches('a, button') ? document.activeElement.innerText : ''"
        if words in page.evaluate(focused):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"Tab does not reach {words}")


def test_filters_live_in_the_url_and_narrow_without_a_reload(enter: Enter) -> None:
    page = enter("city")
    page.goto("/leads/")
    rows = page.locator("#results tbody tr")
    expect(rows).to_have_count(Lead.objects.filter(division_code__startswith="3304").count())
    page.select_option("#f-division", "330481")
    page.wait_for_url("**division=330481**")
    expect(rows).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(1)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    told = Path(waiting.value.path()).read_text("utf-8-sig")
    assert "海宁精工模具有限公司" in told
    assert "星云网吧" not in told

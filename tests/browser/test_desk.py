"""Can the office look at its bulletin, its meters, its tip-offs, its appeals and its views, click by click?"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import console_world
import pytest
from playwright.sync_api import Browser, Page, expect

from collector.accounts.choices import OfficeKind, Role
from collector.accounts.models import Office
from collector.cases.acts import Said, Who, perform
from collector.cases.casework import open_case
from collector.cases.choices import Action
from collector.cases.models import Case, Lead, LeadSource
from collector.lists.registers import TipOff
from collector.lists.week import week_of
from collector.registry.models import Organisation, Site
from collector.settings.cases import CasesOptions

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
WORDS = {
    "zh-hans": {
        "freeze": "冻结并预览",
        "frozen": "已冻结快照",
        "word": "中文 DOCX",
        "send": "提交举报",
        "in": "举报已收到",
        "ask": "查询",
        "save": "保存",
        "accepted": "已受理",
        "name": "视图名称",
        "keep": "保存当前条件为视图",
        "drop": "删除视图",
        "commit": "导入",
        "upload": "上传并检查",
        "note": "并入线索",
        "vote": "申诉表决",
        "yours": "您已表决",
        "no leads": "没有符合条件的线索",
    },
    "en": {
        "freeze": "Freeze and preview",
        "frozen": "Snapshot frozen",
        "word": "Chinese DOCX",
        "send": "Send",
        "in": "Your tip-off is in",
        "ask": "Ask",
        "save": "Save",
        "accepted": "Accepted",
        "name": "Name of the view",
        "keep": "Save these filters as a view",
        "drop": "Delete the view",
        "commit": "Import",
        "upload": "Upload and check",
        "note": "Note with the lead",
        "vote": "Decide on the appeal",
        "yours": "You have voted",
        "no leads": "No lead fits",
    },
}


@pytest.fixture
def stranger(browser: Browser, live_server: Any, world: datetime) -> Iterator[Callable[[str], Page]]:
    """A browser of somebody without an account; afterwards nothing was asked of another host, and no fault told."""
    contexts, faults = [], []
    Office.objects.get_or_create(name="嘉兴市网信办", division_code=console_world.CITY)

    def arrive(language: str) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="zh-CN")
        contexts.append(context)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("request", lambda one: None if one.url.startswith(live_server.url) else faults.append(one.url))
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_bulletin_is_frozen_looked_at_and_fetched(enter: Enter, world: datetime, language: str) -> None:
    words = WORDS[language]
    page = enter("city", language)
    page.goto("/bulletins/")
    # On a Monday what was seen a day ago is last week's.
    page.select_option("#week", str(week_of(world - timedelta(hours=26))))
    page.get_by_role("button", name=words["freeze"]).click()
    expect(page.get_by_role("status").first).to_contain_text(words["frozen"])
    with page.expect_download() as waiting:
        page.get_by_role("link", name=words["word"]).click()
    with zipfile.ZipFile(waiting.value.path()) as files:
        assert "word/document.xml" in files.namelist()
    told = page.locator(".ranked tr").filter(has=page.get_by_role("link", name="BTC", exact=True))
    count = told.locator(".number").inner_text()
    told.get_by_role("link").click()
    expect(page.locator("#results tbody tr")).to_have_count(int(count))
    page.go_back()
    page.locator(".calendar a").last.click()
    expect(page).to_have_url(re.compile(r"/leads/\?day=\d{4}-\d\d-\d\d&division=330400$"))
    expect(page.locator("#results tbody tr").first).to_be_visible()


def test_a_bulletin_prints_on_paper(enter: Enter, tmp_path: Path) -> None:
    page = enter("city")
    page.goto("/bulletins/")
    page.get_by_role("button", name=WORDS["zh-hans"]["freeze"]).click()
    page.emulate_media(media="print")
    expect(page.locator(".menu")).to_be_hidden()
    expect(page.locator("form").first).to_be_hidden()
    expect(page.locator(".calendar")).to_be_visible()
    paper = page.pdf(path=tmp_path / "bulletin.pdf", prefer_css_page_size=True)
    assert 0 < len(re.findall(rb"/Type\s*/Page\b", paper)) <= 6


@pytest.mark.parametrize("language", sorted(WORDS))
def test_anybody_tells_and_the_office_answers(enter: Enter, stranger: Callable[[str], Page], language: str) -> None:
    words, public = WORDS[language], stranger(language)
    public.goto("/login/")
    public.locator('a[href="/report/"]').click()
    public.select_option("#division", "330481")
    public.fill("#address", "海宁市海昌路8号二楼")
    public.fill("#unit_name", "海宁精工")
    public.fill("#text", "夜里很吵\n<script>alert(1)</script>")
    public.fill("#contact", "13800001111")
    public.get_by_role("button", name=words["send"]).click()
    expect(public.get_by_role("heading", level=1)).to_have_text(words["in"])
    code = public.locator(".big .mono").inner_text()

    office = enter("city", language)
    office.get_by_role("link", name=re.compile("举报|Tip-offs nobody")).last.click()
    office.locator("#results tbody a").first.click()
    expect(office.get_by_text("<script>alert(1)</script>")).to_be_visible()
    expect(office.get_by_text("13800001111")).to_have_count(0)
    office.select_option("#progress", "accepted")
    office.fill("#answer", "已派人核查 <b>谢谢</b>")
    office.fill("#lead", Lead.objects.get(ip="203.0.113.20").no)
    office.get_by_role("button", name=words["save"]).click()
    expect(office.get_by_role("status").first).to_contain_text(words["accepted"])
    assert LeadSource.objects.filter(kind="tip-off", lead__ip="203.0.113.20").count() == 1

    public.fill("#code", code.lower())
    public.get_by_role("button", name=words["ask"], exact=True).click()
    expect(public.get_by_text("已派人核查 <b>谢谢</b>")).to_be_visible()


def test_a_field_that_nobody_sees_catches_programs(stranger: Callable[[str], Page]) -> None:
    public = stranger("en")
    public.goto("/report/")
    trap = public.locator("#homepage")
    box = trap.bounding_box()
    assert box is not None and box["x"] + box["width"] <= 0
    public.select_option("#division", index=1)
    public.fill("#address", "somewhere")
    trap.evaluate("field => { field.value = 'https://spam.example' }")
    public.get_by_role("button", name="Send").click()
    public.wait_for_url("**/report/status/")
    assert not TipOff.objects.exists()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_meters_are_imported_suspected_and_noted(enter: Enter, world: datetime, tmp_path: Path, language: str) -> None:
    words = WORDS[language]
    unit = Organisation.objects.get(division_code="330481")
    Site.objects.create(organisation=unit, address=unit.address, division_code="330481", meter_no="0573000007")
    start = (world - timedelta(days=15)).replace(hour=16, minute=0, second=0, microsecond=0)
    moments = [(start + timedelta(hours=8 + hour)).strftime("%Y-%m-%d %H:%M") for hour in range(14 * 24)]
    rows = [["户号", "时间", "电量", "间隔"], *(["0573000007", moment, "50", "60"] for moment in moments)]
    page = enter("city", language)
    page.goto("/electricity/")
    page.locator("a.button").click()
    expect(page.locator("#kind")).to_have_value("meter-readings")
    page.set_input_files("#file", console_world.write_csv(tmp_path / "meters.csv", rows))
    page.get_by_role("button", name=words["upload"]).click()
    page.locator("button[name=commit]").click()
    page.wait_for_url(re.compile(r"/imports/$"))
    page.goto("/electricity/")
    page.get_by_role("link", name="0573000007").click()
    expect(page.locator(".curve .load")).to_have_count(1)
    expect(page.locator(".reasons .met")).to_have_count(5)
    page.get_by_role("button", name=words["note"]).click()
    expect(page.get_by_role("status").first).to_contain_text(Lead.objects.get(ip="203.0.113.20").no)
    assert LeadSource.objects.get(kind="electricity").reference == "0573000007"


@pytest.mark.parametrize("language", sorted(WORDS))
def test_two_persons_decide_on_an_appeal(enter: Enter, world: datetime, language: str) -> None:
    words = WORDS[language]
    made = open_case(Lead.objects.get(ip="203.0.113.9").no, "li", world)
    acts = (
        (Action.ASSIGN, Said(division_code="330402", department="culture", reason="net bar")),
        (Action.DISPATCH, Said()),
        (Action.APPEAL, Said(reason="公共出口")),
    )
    for action, said in acts:
        perform(made.no, action, said, Who("li", world), CasesOptions())
    office = ("嘉兴市发展改革委", console_world.CITY, Role.MANAGER, OfficeKind.REFORM)
    console_world.PEOPLE["second"] = console_world.Person("second", *office)
    try:
        for name in ("city", "second"):
            page = enter(name, language)
            page.goto(f"/cases/{made.no}/")
            appeal = page.locator("#appeal")
            expect(appeal).to_contain_text("公共出口")
            appeal.locator("#vote-verdict").select_option("uphold")
            appeal.locator("#vote-reason").fill("出口属实")
            appeal.get_by_role("button", name=words["vote"]).click()
            if name == "city":
                expect(page.locator("#appeal")).to_contain_text(words["yours"])
    finally:
        del console_world.PEOPLE["second"]
    assert Case.objects.get(no=made.no).cause == "false-alarm"


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_view_is_kept_found_again_and_dropped(enter: Enter, language: str) -> None:
    words = WORDS[language]
    page = enter("city", language)
    page.goto("/leads/")
    expect(page.get_by_role("button", name=words["keep"])).to_have_count(0)
    page.select_option("#f-division", "330481")
    page.wait_for_url("**division=330481**")
    page.get_by_label(words["name"]).fill("海宁 <i>")
    page.get_by_role("button", name=words["keep"]).click()
    page.goto("/leads/?q=nothing-like-it")
    expect(page.get_by_text(words["no leads"])).to_be_visible()
    page.get_by_role("link", name="海宁 <i>").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=words["drop"]).click()
    expect(page.get_by_role("link", name="海宁 <i>")).to_have_count(0)

"""Do the administrators and a newcomer get along, click by click: account, password, role, key, tariff?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from collector.lists.week import CHINA
from collector.registry.parameters import Tariff

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
PASSWORD = "weir-otter-lamp-7"
WORDS = {
    "zh-hans": {
        "make": "建立并生成登录链接",
        "set": "设置",
        "grant": "授予",
        "issue": "签发",
        "approve": "批准",
        "keep": "保存",
        "change": "修改",
    },
    "en": {
        "make": "Make it, with a sign-in link",
        "set": "Set",
        "grant": "Grant",
        "issue": "Issue",
        "approve": "Approve",
        "keep": "Keep",
        "change": "Change",
    },
}


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_newcomer_gets_in_and_gets_a_role(enter: Enter, language: str) -> None:
    words = WORDS[language]
    enter("city")
    keeper = enter("keeper", language)
    keeper.locator('.menu a[href="/people/"]').click()
    keeper.fill("#name", "newcomer")
    keeper.get_by_role("button", name=words["make"]).click()
    link = keeper.locator(".mono", has_text="/account/welcome/").inner_text()

    # The newcomer's own browser: whoever made the account never sees the password.
    browser = keeper.context.browser
    assert browser is not None
    newcomer = browser.new_context().new_page()
    newcomer.goto(link)
    newcomer.fill("#id_new_password1", PASSWORD)
    newcomer.fill("#id_new_password2", PASSWORD)
    newcomer.locator("main form button").click()
    newcomer.wait_for_url("**/login/")

    warden = enter("warden", language)
    warden.goto("/people/?q=newcomer")
    warden.get_by_role("link", name="newcomer").click()
    warden.select_option('select[name="role"]', "officer")
    warden.fill('input[name="reason"]', "任命文件 12 号")
    warden.get_by_role("button", name=words["grant"]).click()
    expect(warden.locator(".message.success")).to_be_visible()

    newcomer.fill("#id_username", "newcomer")
    newcomer.fill("#id_password", PASSWORD)
    newcomer.press("#id_password", "Enter")
    expect(newcomer.locator('.menu a[href="/leads/"]')).to_be_visible()
    newcomer.context.close()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_key_is_shown_once_and_waits_for_a_second_person(enter: Enter, language: str) -> None:
    keeper = enter("keeper", language)
    keeper.goto("/keys/")
    keeper.fill("#name", "态势平台")
    keeper.get_by_role("button", name=WORDS[language]["issue"]).click()
    key = keeper.locator(".mono", has_text="mw_").first.inner_text()
    assert re.fullmatch(r"mw_[\w-]{40,}", key)
    keeper.goto("/keys/")
    expect(keeper.get_by_role("cell", name="态势平台")).to_be_visible()
    assert key not in keeper.content()

    warden = enter("warden", language)
    warden.locator('.menu a[href="/keys/"]').click()
    warden.fill('input[name="reason"]', "数据共享函 7 号")
    warden.get_by_role("button", name=WORDS[language]["approve"]).click()
    expect(warden.locator(".message.success")).to_be_visible()
    expect(warden.locator(".tag.confirmed")).to_be_visible()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_tariff_is_set_and_succeeded(enter: Enter, language: str) -> None:
    words, today = WORDS[language], timezone.now().astimezone(CHINA).date()
    head = enter("head", language)
    head.goto("/rules/")
    for yuan, day in (("0.3", today), ("0.8", today + timedelta(days=40))):
        head.fill("#r-surcharge_yuan_per_kwh", yuan)
        head.fill("#r-valid_from", day.isoformat())
        head.fill("#r-basis", "嘉发改〔2026〕9号")
        head.locator("#rule button").click()
        expect(head.locator(".message.success")).to_be_visible()
        head.get_by_role("row").filter(has_text=f"{yuan}").get_by_role("link", name=words["change"]).first.click()
    rows = Tariff.objects.filter(division_code="330400").order_by("valid_from")
    assert [(row.valid_from, row.valid_to) for row in rows] == [
        (today, today + timedelta(days=40)),
        (today + timedelta(days=40), None),
    ]

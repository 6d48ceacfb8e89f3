"""Do rows, menus and folds behave as one expects of them: ticked, counted, reached by keys, fitting their window?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.cases.tables import Case
from collector.lists.services import freeze
from collector.lists.week import week_of

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_rows_are_chosen_counted_and_acted_on(enter: Enter) -> None:
    page = enter("city", "en")
    page.goto("/leads/")
    boxes, button = page.locator("input[name=pick]"), page.get_by_role("button", name="Open cases")
    expect(button).to_be_disabled()
    page.locator(".all").check()
    expect(page.locator(".picked")).to_have_text(str(boxes.count()))
    boxes.first.uncheck()
    assert page.locator(".all").evaluate("box => box.indeterminate")
    expect(button).to_be_enabled()
    # Other rows come unticked.
    page.select_option("#f-division", "330481")
    page.wait_for_url("**division=330481**")
    expect(boxes).to_have_count(1)
    expect(button).to_be_disabled()
    expect(page.locator(".picked")).to_have_text("")
    boxes.check()
    button.click()
    page.wait_for_url("**/cases/?sort=-opened")
    assert Case.objects.count() == 1


def test_rows_are_chosen_by_keys(enter: Enter) -> None:
    page = enter("city", "en")
    page.goto("/leads/?sort=no")
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator(".picked")).to_have_text("2")
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Open cases")).to_be_focused()


@pytest.mark.parametrize(("letter", "address"), [("b", "/bulletins/"), ("x", "/tip-offs/"), ("u", "/units/")])
def test_a_letter_after_g_is_a_page_and_alone_is_none(enter: Enter, letter: str, address: str) -> None:
    page = enter("city")
    page.goto("/leads/")
    page.keyboard.press(letter)
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r".*/leads/$"))
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"**{address}")


def test_who_signed_out_elsewhere_gets_the_whole_sign_in_page(enter: Enter) -> None:
    page = enter("city", "en")
    page.goto("/leads/")
    page.context.clear_cookies(name="sessionid")
    page.select_option("#f-division", "330481")
    page.wait_for_url("**/login/**")
    expect(page.locator("#results")).to_have_count(0)


def test_the_language_changes_on_a_page_that_a_form_made(enter: Enter) -> None:
    page = enter("city", "en")
    page.goto("/leads/?q=198.51.100.77")
    page.locator("#results tbody a").first.click()
    page.fill("#id_reason", "letter 2026-11")
    page.get_by_role("button", name="Unmask").click()
    expect(page.get_by_text("In clear").first).to_be_visible()
    page.get_by_role("button", name="中文").click()
    page.wait_for_url("**/leads/L*/")
    expect(page.get_by_role("button", name="查看明文")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_table_is_wider_than_a_desk_s_window(enter: Enter, world: datetime, language: str) -> None:
    week = week_of(world - timedelta(hours=26))
    number = freeze(week, "330400", world).issue.number
    page = enter("city", language, viewport={"width": 1360, "height": 850})
    wide = {}
    for address in ("/leads/", "/cases/", "/lists/", f"/lists/{number}/", f"/lists/preview/?week={week}", "/sensors/"):
        page.goto(address)
        found = page.evaluate("[...document.querySelectorAll('.scroll')].map(one => one.scrollWidth - one.clientWidth)")
        if any(beyond > 0 for beyond in found):
            wide[address] = found
    assert wide == {}


def test_days_and_places_fit_a_finger_on_a_telephone(enter: Enter, world: datetime) -> None:
    page = enter("city", viewport={"width": 360, "height": 740}, has_touch=True)
    case = open_case(Lead.objects.get(ip="203.0.113.9").no, "city", world).no
    for address in ("/", f"/cases/{case}/", "/?map=clearance"):
        page.goto(address)
        found = page.locator(".calendar a, .calendar i, .tilemap a")
        sizes = found.evaluate_all("all => all.map(one => [one.offsetWidth, one.offsetHeight])")
        assert len(sizes) > 80, address
        assert min(min(size) for size in sizes) >= 24, address
        assert page.evaluate("document.documentElement.scrollWidth") == 360

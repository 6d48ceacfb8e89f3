"""How does a real browser look at the collector? Debian's Chromium; what it complains of fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import console_world
import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from collector.cases import guard
from collector.cases.tables import CaseEvent

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """Chromium without a window; skipped where none is installed, a failure where CI is set.

    For one module: while Playwright's event loop runs in this thread, no other test could run one of its own.
    """
    program = shutil.which("chromium")
    if program is None:
        told = "no browser: install the package chromium"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    kept = connection._test_serialized_contents
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread; the tests' own questions to the database are still blocking.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # Beside a running loop Django has another connection; it too must bring back what the migrations brought.
        connection._test_serialized_contents = kept
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield chromium
        chromium.close()


@pytest.fixture
def bait() -> str:
    """What stands in every field that a miner fills; a test of hostile texts replaces it."""
    return "rig1"


@pytest.fixture
def world(_django_db_helper: None, tmp_path: Path, settings: Any, bait: str) -> Iterator[datetime]:
    """The city's data, beside what the migrations bring; answers the moment it was made.

    The ledger lets nobody empty it: afterwards its guard stands aside once.
    """
    settings.COLLECTOR = settings.COLLECTOR.model_copy(update={"data_dir": tmp_path / "data"})
    now = datetime.now(UTC)
    console_world.build(tmp_path, now, bait, unit=bait if bait != "rig1" else "")
    yield now
    guard.remove(connection)
    CaseEvent.objects.all().delete()
    guard.install(connection)


@pytest.fixture
def enter(browser: Browser, live_server: Any, world: datetime) -> Iterator[Enter]:
    """Sign in as one of the world's people. Afterwards: no fault in any console, nothing asked of another host."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def sign_in(name: str, language: str = "zh-hans", **view: Any) -> Page:
        console_world.sign_up(console_world.PEOPLE[name])
        context = browser.new_context(base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Tokyo", **view)
        contexts.append(context)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        _watch(page, live_server.url, faults)
        page.goto("/login/")
        page.fill("#id_username", name)
        page.fill("#id_password", console_world.PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert faults == []


def _watch(page: Page, home: str, faults: list[str]) -> None:
    def heard(message: ConsoleMessage) -> None:
        # A page that answers 4xx is told as an error, too: what it shows is the test's business.
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            faults.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith((home, "data:")):
            faults.append(f"foreign request: {request.url}")

    page.on("console", heard)
    page.on("pageerror", lambda fault: faults.append(f"script: {fault}"))
    page.on("request", asked)

"""How do the pictures of the guides come about? The demo's data, its users at work in a browser, one shot per page.

``make screenshots`` plays the demo into a folder of its own and runs this on it: the pictures go to ``docs/images``, in
Chinese (``-zh``) and in English (``-en``), with 64 colours, which keeps each below ``MAX_BYTES``.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from sensor.cli.demo.registry import LINES, SCHOOL
from sensor.cli.demo.stage import Stage, free_port

IMAGES = Path(__file__).resolve().parent / "images"
MAX_BYTES = 200_000
COLOURS = 64
LANGUAGES = {"zh": "zh-hans", "en": "en"}
WINDOW: ViewportSize = {"width": 1360, "height": 850}
_ASSETS = "设备名称,资产编号,机柜位置,IP地址,部门,责任人\ngpu-07,ZC-2024-0007,实验楼-302-01柜,{ip},信息中心,王工\n"


def main(folder: Path) -> None:
    """Take every picture from the demo that lies in ``folder``."""
    stage, port = Stage(folder), free_port()
    logins = dict(line.split()[::2] for line in stage.login.read_text("utf-8").splitlines())
    with stage.serving(port), _worker(stage), sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        program = shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=program, args=sandbox)
        home = f"http://127.0.0.1:{port}"
        places = _day(chromium, home, logins, stage)
        for suffix, language in LANGUAGES.items():
            for name, (person, address) in places.items():
                page = _enter(chromium, home, person, logins[person], language)
                page.goto(address)
                _keep(page, IMAGES / f"{name}-{suffix}.png")
                page.context.close()
        chromium.close()


def _day(chromium: Browser, home: str, logins: dict[str, str], stage: Stage) -> dict[str, tuple[str, str]]:
    """Do what the office and the unit do in a week; answers who shows which page."""
    office = _enter(chromium, home, "demo", logins["demo"], "zh-hans")
    office.goto("/leads/?status=auto")
    boxes = office.locator("input[name=pick]")
    for number in range(min(4, boxes.count())):
        boxes.nth(number).check()
    office.locator("#bulk button").first.click()
    case = _first_link(office, "/cases/C")
    office.goto(case)
    for action in ("dispatch", "receive", "check"):
        button = office.locator(f'form:has(input[name="action"][value="{action}"]) button')
        if button.count():
            button.click()
    office.goto("/traces/")
    office.locator("main form button").first.click()
    trace = _first_link(office, "/traces/T")
    office.goto("/leads/")
    lead = _first_link(office, "/leads/L")
    week = _week_with_leads(office)
    office.goto(f"/lists/preview/?week={week}")
    office.locator('form[action="/lists/freeze/"] button').click()
    issue = _first_link(office, "/lists/MW-")
    audit = _self_audit(chromium, home, logins, stage)
    return {
        "overview": ("demo", f"/?week={week}"),
        "lead": ("demo", lead),
        "case": ("demo", case),
        "list": ("demo", issue),
        "trace": ("demo-carrier", trace),
        "self-audit": ("demo-unit", audit),
    }


def _self_audit(chromium: Browser, home: str, logins: dict[str, str], stage: Stage) -> str:
    """The unit has the demo's capture looked at, and waits for the end."""
    unit = _enter(chromium, home, "demo-unit", logins["demo-unit"], "zh-hans")
    unit.goto("/self-audits/")
    table = stage.folder / "assets.csv"
    machine = next(line.network for line in LINES if line.unit is SCHOOL)
    table.write_text(_ASSETS.format(ip=machine), encoding="utf-8")
    unit.fill("#networks", machine)
    unit.set_input_files("#capture", stage.capture)
    unit.set_input_files("#assets", table)
    unit.locator("main form button").first.click()
    unit.wait_for_selector("#selfaudit .message", timeout=300_000)
    return unit.url.removeprefix(home)


def _week_with_leads(office: Page) -> str:
    """The demo's day is yesterday: on a Monday that is last week."""
    for week in office.locator("#f-week option").evaluate_all("all => all.map(one => one.value)"):
        if week:
            office.goto(f"/leads/?week={week}")
            if office.locator("#results tbody tr").count():
                return str(week)
    raise SystemExit("the demo has no leads")


def _first_link(page: Page, begin: str) -> str:
    links: list[str] = page.locator("main a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return next(link for link in links if link and link.startswith(begin) and link.endswith("/"))


def _enter(chromium: Browser, home: str, name: str, password: str, language: str) -> Page:
    context = chromium.new_context(base_url=home, viewport=WINDOW, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.add_cookies([{"name": "django_language", "value": language, "url": home}])
    page = context.new_page()
    page.goto("/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.press("#id_password", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def _keep(page: Page, path: Path) -> None:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path}: {path.stat().st_size} bytes, more than {MAX_BYTES}")


@contextmanager
def _worker(stage: Stage) -> Iterator[None]:
    """The collector's worker: it does the self-audit."""
    own = ["collector", "--config", str(stage.collector_config), "worker"]
    with subprocess.Popen([sys.executable, "-m", "sensor.cli.main", *own], stdout=subprocess.DEVNULL) as worker:  # noqa: S603 - own command
        try:
            yield
        finally:
            worker.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

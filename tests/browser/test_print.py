"""Do list, case sheet and bulletin come out on paper: all of the content, nothing of the screen?"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from collector.bulletin.services import take
from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.lists.services import freeze
from collector.lists.week import week_of

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
ON_SCREEN_ONLY = {
    "zh-hans": ("退出", "数据导入", "查看明文", "搜索"),
    "en": ("Sign out", "Imports", "Unmask", "Search"),
}


def printed(page: Page, folder: Path) -> str:
    """The words on paper, as a reader of the PDF gets them."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("no reader of PDF: install the package poppler-utils")
    path = folder / "page.pdf"
    path.write_bytes(page.pdf(prefer_css_page_size=True))
    told = subprocess.run([program, "-layout", path, "-"], capture_output=True, check=True)
    return told.stdout.decode()


@pytest.mark.parametrize("language", sorted(ON_SCREEN_ONLY))
@pytest.mark.parametrize("kind", ["list", "case", "sheet", "bulletin"])
def test_on_paper(enter: Enter, world: datetime, tmp_path: Path, kind: str, language: str) -> None:
    case = open_case(Lead.objects.get(ip="203.0.113.9").no, "city", world).no
    # On a Monday what was seen a day ago is last week's.
    week = week_of(world - timedelta(hours=26))
    issue = freeze(week, "330400", world).issue.number
    bulletin = take(week, "330400", world)[0].number
    places = {
        "list": (f"/lists/{issue}/", issue),
        "case": (f"/cases/{case}/", case),
        "sheet": (f"/cases/{case}/sheet/", case),
        "bulletin": (f"/bulletins/{bulletin}/", bulletin),
    }
    address, number = places[kind]
    page = enter("city", language)
    page.goto(address)
    text = printed(page, tmp_path)
    assert number in text
    if kind != "bulletin":
        assert "南湖区星云网吧" in text
    assert [word for word in ON_SCREEN_ONLY[language] if word in text] == []

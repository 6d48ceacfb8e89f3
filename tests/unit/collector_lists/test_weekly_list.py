"""Is a weekly list complete, frozen, and the same bytes each time?"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import moment
from jiaxing import WEEK, tell

from collector.faults import CollectorError
from collector.lists.models import ListIssue
from collector.lists.render.bundle import bundle
from collector.lists.services import freeze
from collector.lists.week import parse_week

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "lists"
MONDAY_AFTER = moment("2026-11-23 08:30")

pytestmark = pytest.mark.usefixtures("divisions")


@pytest.fixture
def jiaxing(own: Callable[..., Any], detect: Callable[..., Any]) -> None:
    tell(own, detect)


def frozen(division: str = "330400", now: datetime = MONDAY_AFTER) -> ListIssue:
    return freeze(parse_week(WEEK), division, now).issue


def unzip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
def test_golden(jiaxing: None, lang: Any, suffix: str) -> None:
    files = unzip(bundle(frozen(), lang).data)
    (text,) = (data for name, data in files.items() if name.endswith(f".{suffix}"))
    assert text == (GOLDEN / f"jiaxing.{lang}.{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("division", "addresses"),
    [
        ("330402", {"203.0.113.9", "203.0.113.30", "203.0.113.40", "198.18.7.7"}),
        ("330481", {"203.0.113.20"}),
        ("330400", {"203.0.113.9", "203.0.113.20", "203.0.113.30", "203.0.113.40", "203.0.113.50", "198.18.7.7",
                    "2001:db8:5:1::77"}),
        ("330100", {"203.0.113.60"}),
        ("330000", {"203.0.113.9", "203.0.113.20", "203.0.113.30", "203.0.113.40", "203.0.113.50", "198.18.7.7",
                    "2001:db8:5:1::77", "203.0.113.60"}),
        ("320000", set()),
    ],
)  # fmt: skip
def test_a_list_is_its_division_and_all_below(jiaxing: None, division: str, addresses: set[str]) -> None:
    if division == "320000":
        with pytest.raises(CollectorError, match="not in the register"):
            frozen(division)
        return
    assert {row.snapshot["ip"] for row in frozen(division).rows.all()} == addresses

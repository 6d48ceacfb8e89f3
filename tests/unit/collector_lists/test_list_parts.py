"""Are the small parts of a list right: guard, masks, hash rates, weeks, divisions, columns?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from collector.lists.choices import ListKind
from collector.lists.divisions import DivisionTree, Names
from collector.lists.hashrate import Bounds, Run, hash_rate_text, peaks
from collector.lists.masking import is_person, mask_account, mask_address, mask_name, shown_address
from collector.lists.render.guard import MAX_CELL_CHARS, harmless
from collector.lists.render.layouts import LAYOUTS
from collector.lists.render.words import ports
from collector.lists.week import parse_week, week_of
from collector.registry.models import Division
from collector.resolve.units import normal_name

START = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("甲公司", "甲 公司", True),
        ("甲(集团)公司", "甲\uff08集团\uff09公司", True),
        ("ABC Ltd.", "\uff21bc ltd", True),
        ("甲公司", "乙公司", False),
    ],
)
def test_the_same_name_written_otherwise(one: str, other: str, same: bool) -> None:
    assert (normal_name(one) == normal_name(other)) is same


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("", ""),
        ("pool.example.org", "pool.example.org"),
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a\x00b\x1b", "a\ufffdb\ufffd"),
        ("\ud800", "\ufffd"),
        ("x" * 3000, "x" * (MAX_CELL_CHARS - 1) + "…"),
    ],
)
def test_harmless(text: str, cell: str) -> None:
    assert harmless(text) == cell


@pytest.mark.parametrize(
    ("name", "uscc", "nature", "person"),
    [
        ("张三", "", "", True),
        ("欧阳修文", "", "", True),
        ("张三先生", "", "", True),
        ("李四", "91350100M000100Y43", "", False),
        ("李四", "", "sole-trader", False),
        ("某某家", "", "resident", True),
        ("嘉兴一中", "", "", False),
        ("星云网吧", "", "", False),
        ("嘉兴市某某有限公司", "", "", False),
        ("", "", "", False),
    ],
)
def test_who_is_a_person(name: str, uscc: str, nature: str, person: bool) -> None:
    assert is_person(name, uscc, nature) is person


@pytest.mark.parametrize(
    ("name", "uscc", "nature", "shown"),
    [
        ("张三", "", "", "紫阳街**号*幢"),
        ("某某家", "", "resident", "紫阳街**号*幢"),
        ("", "", "", "紫阳街**号*幢"),
        ("星云网吧", "", "", "紫阳街12号3幢"),
        ("", "91350100M000100Y43", "", "紫阳街12号3幢"),
    ],
    ids=["person", "resident", "account alone", "unit", "code alone"],
)
def test_whose_house_number_is_shown(name: str, uscc: str, nature: str, shown: str) -> None:
    assert shown_address("紫阳街12号3幢", name, uscc, nature) == shown


def test_masks() -> None:
    assert (mask_name("张三丰"), mask_name("李")) == ("张**", "李")
    assert mask_address("中山路12号\uff13幢") == "中山路**号*幢"
    assert (mask_account("0573123456"), mask_account("12"), mask_account("")) == ("******3456", "**", "")


def run(start_h: float, end_h: float, low: float, high: float, unit: str = "H/s") -> Run:
    return Run(START + timedelta(hours=start_h), START + timedelta(hours=end_h), unit, low, high)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], []),
        ([run(0, 1, 1, 2)], [Bounds("H/s", 1, 2)]),
        ([run(0, 1, 1, 2), run(2, 3, 3, 4)], [Bounds("H/s", 3, 4)]),
        ([run(0, 2, 1, 2), run(1, 3, 3, 4)], [Bounds("H/s", 4, 6)]),
        ([run(0, 2, 1, 2), run(1, 3, 3, 4, "Sol/s")], [Bounds("H/s", 1, 2), Bounds("Sol/s", 3, 4)]),
    ],
    ids=["none", "one", "in turn", "at once", "two units"],
)
def test_hash_rate_is_what_ran_at_once(runs: list[Run], expected: list[Bounds]) -> None:
    assert peaks(runs) == expected


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds("H/s", 9e13, 1.3e14), "90–130 TH/s"),
        (Bounds("H/s", 800, 1200), "0.8–1.2 kH/s"),
        (Bounds("Sol/s", 10, 20), "10–20 Sol/s"),
        (Bounds("H/s", 0, 0), "0–0 H/s"),
        (Bounds("H/s", 1.234e18, 5e18), "1.23–5 EH/s"),
    ],
)
def test_hash_rate_text(bounds: Bounds, text: str) -> None:
    assert hash_rate_text(bounds) == text


@pytest.mark.parametrize(
    ("seen", "more", "text"),
    [([], 0, ""), ([5], 0, "5"), ([1, 2, 3, 7, 9, 10], 0, "1-3, 7, 9-10"), ([1, 2], 4, "1-2 and 4 more")],
)
def test_ports(seen: list[int], more: int, text: str) -> None:
    assert ports({"ports": seen, "more_ports": more}, "en") == text


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2026-11-15T15:59:59Z", "2026-W46"),
        ("2026-11-15T16:00:00Z", "2026-W47"),
        ("2026-12-31T16:00:00Z", "2026-W53"),
        ("2027-01-03T16:00:00Z", "2027-W01"),
    ],
)
def test_a_week_begins_on_monday_in_china(moment: str, week: str) -> None:
    at = datetime.fromisoformat(moment)
    assert str(week_of(at)) == week
    assert parse_week(week).start <= at < parse_week(week).end


@pytest.mark.parametrize(
    ("code", "root", "within"),
    [
        ("330402", "330400", True),
        ("330402", "330000", True),
        ("330402", "330402", True),
        ("330400", "330402", False),
        ("330100", "330400", False),
        ("330492", "330400", True),
        ("990001", "330481", True),
        ("990001", "330402", False),
        ("", "330000", False),
        ("330402", "", False),
        ("330402", "33", False),
        ("330402", "000000", True),
        ("", "000000", True),
    ],
)
def test_within(divisions: None, code: str, root: str, within: bool) -> None:
    Division.objects.create(code="990001", name="开发区", level="county", parent="330481")
    assert DivisionTree(date(2026, 11, 16)).within(code, root) is within


def test_names_are_those_of_the_day(divisions: None) -> None:
    Division.objects.create(code="330482", name="平湖县", level="county", valid_to=date(2000, 1, 1))
    Division.objects.create(code="330482", name="平湖市", level="county", valid_from=date(2000, 1, 1))
    assert DivisionTree(date(1999, 1, 1)).names("330482") == Names("浙江省", "嘉兴市", "平湖县")
    assert DivisionTree(date(2026, 1, 1)).names("330482") == Names("浙江省", "嘉兴市", "平湖市")
    assert DivisionTree(date(2026, 1, 1)).names("330400") == Names("浙江省", "嘉兴市", "")


@pytest.mark.parametrize("kind", ListKind.values)
def test_every_column_stands_on_its_printed_page(kind: str) -> None:
    """A landscape A4 page takes so many characters at 100 %: measured on rendered pages."""
    layout = LAYOUTS[kind]
    shown = [column for column in layout.columns if not column.is_hidden]
    repeated = sum(column.width for column in shown[: layout.repeated])
    for page in {column.page for column in shown}:
        width = sum(column.width for column in shown if column.page == page) + (repeated if page > 1 else 0)
        assert width * layout.print_scale / 100 <= 111, (kind, page, width)

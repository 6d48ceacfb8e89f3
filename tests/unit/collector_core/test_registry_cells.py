"""Does a cell mean what an office means by it?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collector.registry.addresses import covering_los, ip_key, network_keys, parse_blocks
from collector.registry.imports import cells
from collector.registry.imports.faults import CellFault
from collector.registry.imports.table import clean, normalise

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 28, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01 12:00:00", NOON),
        ("2026-03-01T12:00:00", NOON),
        ("2026-03-01T04:00:00Z", NOON),
        ("2026-03-01T12:00:00+08:00", NOON),
        ("2026/3/1 12:00", NOON),
        ("2026年3月1日 12时0分0秒", NOON),
        ("２０２６-03-01 12:00:00", NOON),
        ("20260301120000", NOON),
        ("1772337600", NOON),
        ("1772337600000", NOON),
        ("46082.5", NOON),
        ("2026-03-01", MIDNIGHT),
        ("2026.3.1", MIDNIGHT),
        ("2026年3月1日", MIDNIGHT),
        ("20260301", MIDNIGHT),
        ("46082", MIDNIGHT),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert cells.moment(text) == moment


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-02-30", "12:00", "99999999999999", "-1", "1e9"])
def test_no_moments(text: str) -> None:
    with pytest.raises(CellFault):
        cells.moment(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        pytest.param("2026-02-28", MIDNIGHT, id="the day belongs to it"),
        pytest.param("2026年2月28日", MIDNIGHT, id="the day belongs to it, in Chinese"),
        pytest.param("46081", MIDNIGHT, id="the day belongs to it, from Excel"),
        pytest.param("2026-03-01 12:00:00", NOON, id="a moment is exact"),
        pytest.param("9999-12-31", None, id="far off"),
        pytest.param("长期", None, id="a word"),
    ],
)
def test_ends(text: str, end: datetime | None) -> None:
    assert cells.end_moment(text) == end


@pytest.mark.parametrize(
    ("text", "code"),
    [("330402", "330402"), ("330402.0", "330402"), ("330402001000", "330402"), ("３３０４０２", "330402")],
)
def test_division_codes(text: str, code: str) -> None:
    assert cells.division_code(text) == code


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (' ="330402" ', "330402"),
        ("'0573", "0573"),
        ("\u3000甲\t", "甲"),
        ("=1+1", "=1+1"),
        ("'", "'"),
    ],
)
def test_clean(text: str, plain: str) -> None:
    assert clean(text) == plain


@pytest.mark.parametrize(("one", "other"), [("IP 地址（段）", "ip地址段"), ("Unit_Name", "unit name")])
def test_headers_compare_plain(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_keys_sort_as_addresses_do() -> None:
    texts = ["0.0.0.0", "9.255.0.1", "10.0.0.1", "203.0.113.7", "2001:db8::1"]
    assert sorted(texts, key=ip_key) == texts
    assert ip_key("::ffff:10.0.0.1") == ip_key("10.0.0.1")
    assert {len(ip_key(text)) for text in texts} == {16}


@pytest.mark.parametrize(
    ("ip", "most"), [("203.0.113.7", 33), ("2001:db8::7", 129), ("255.255.255.255", 33), ("0.0.0.0", 33), ("::", 129)]
)
def test_covering_blocks_are_distinct_and_few(ip: str, most: int) -> None:
    los = covering_los(ip)
    assert los[0] == ip_key(ip)
    assert len(set(los)) == len(los) <= most
    assert sorted(los, reverse=True) == los


def test_the_covering_blocks_hold_every_block_of_the_address() -> None:
    for prefix in range(33):
        (block,) = parse_blocks("203.0.113.7") if prefix == 32 else parse_blocks(f"{_masked(prefix)}/{prefix}")
        assert network_keys(block)[0] in covering_los("203.0.113.7")


def _masked(prefix: int) -> str:
    number = int.from_bytes(ip_key("203.0.113.7")[12:]) >> (32 - prefix) << (32 - prefix)
    return ".".join(map(str, number.to_bytes(4)))

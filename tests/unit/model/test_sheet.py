"""Text from the network in a spreadsheet cell."""

from __future__ import annotations

import pytest

from sensor.model.sheet import MAX_CELL_CHARS, guard

CELLS = [
    ("rig1", "rig1"),
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("@SUM(1)", "'@SUM(1)"),
    ("\t=1", "'\t=1"),
    ("＝1", "'＝1"),
    ("a=1", "a=1"),
    ("a\x00b\x7f", "a\ufffdb\ufffd"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "cell"), CELLS)
def test_guard(text: str, cell: str) -> None:
    assert guard(text) == cell


def test_a_cell_is_bounded() -> None:
    assert len(guard("x" * 100_000)) == MAX_CELL_CHARS
    assert guard("abcdef", 4) == "abc…"

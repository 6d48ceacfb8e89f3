"""Framing: what arrives in which pieces, and which values come out."""

from __future__ import annotations

import pytest

from sensor.dissect.json_lines import MAX_VALUE_BYTES, JsonFramer

ONE, TWO = b'{"id":1}', b'{"id":2}'

CASES = [
    ("one line", [ONE + b"\n"], [1]),
    ("CRLF", [ONE + b"\r\n"], [1]),
    ("blank lines before and between", [b"\n\r\n" + ONE + b"\n\n" + TWO + b"\n\n"], [1, 2]),
    ("two lines in a segment", [ONE + b"\n" + TWO + b"\n"], [1, 2]),
    ("merged without a line end", [ONE + TWO + b"\n"], [1, 2]),
    ("merged with spaces", [ONE + b"  " + TWO], [1, 2]),
    ("no line end at all", [ONE], [1]),
    ("split in the middle", [ONE[:4], ONE[4:] + b"\n"], [1]),
    ("byte by byte", [bytes([byte]) for byte in ONE + b"\n" + TWO + b"\n"], [1, 2]),
    ("pretty-printed over lines", [b'{\n "id": 1\n', b"}\n"], [1]),
    ("cut line, then a good one", [b'{"id":1,\n' + TWO + b"\n"], [2]),
    ("noise line between", [ONE + b"\nnot json\n" + TWO + b"\n"], [1, 2]),
    ("rest of a line that began before", [b'ef"]}\n' + ONE + b"\n"], [1]),
    ("escaped name and value", [b'{"\\u0069d": 1}\n'], [1]),
    ("broken value, then a good one", [b'{"id":}\n' + TWO + b"\n"], [2]),
    ("bare numbers and words are no messages", [b'1\n"a"\ntrue\n'], []),
    ("an array is", [b'[{"id":1}]\n'], [None]),
]


@pytest.mark.parametrize(("segments", "ids"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_values_come_out_whatever_the_segments(segments: list[bytes], ids: list[int | None]) -> None:
    framer = JsonFramer()
    values = [value for segment in segments for value, _ in framer.feed(segment)]
    assert [value["id"] if isinstance(value, dict) else None for value in values] == ids


def test_a_gap_throws_away_the_cut_value_only() -> None:
    framer = JsonFramer()
    assert framer.feed(b'{"id":1,') == []
    assert [value for value, _ in framer.feed(b'"x":2}\n{"id":2}\n', gap=True)] == [{"id": 2}]
    assert framer.discarded_bytes >= len(b'{"id":1,')


def test_a_value_without_end_does_not_grow_memory() -> None:
    framer = JsonFramer()
    for _ in range(100):
        assert framer.feed(b'{"a":"' + b"x" * 10_000) == []
        assert len(framer._tail) <= MAX_VALUE_BYTES + 10_006
    assert [value for value, _ in framer.feed(b"\n" + ONE + b"\n")] == [{"id": 1}]


def test_deep_nesting_is_no_fault() -> None:
    framer = JsonFramer()
    assert framer.feed(b"[" * 60_000 + b"\n" + ONE + b"\n")[-1][0] == {"id": 1}

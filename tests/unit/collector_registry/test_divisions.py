"""How do division codes nest, and does no empty or strange scope ever mean everything?"""

from __future__ import annotations

import pytest

from collector.registry.divisions import is_within, level_of, parent_of, subtree_prefix


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [("330000", "province", ""), ("330400", "city", "330000"), ("330402", "county", "330400")],
)
def test_codes_nest(code: str, level: str, parent: str) -> None:
    assert (level_of(code), parent_of(code)) == (level, parent)


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("000000", ""),
        ("330000", "33"),
        ("330400", "3304"),
        ("330402", "330402"),
        ("330402001", "330402001"),
        ("330402001002", "330402001002"),
        ("330402001000", "330402001"),
        ("330400000000", "3304"),
        ("330000000", "33"),
        ("003304", "003304"),
        ("000000000", "00"),
    ],
)
def test_what_lies_below_a_code_begins_with(code: str, prefix: str) -> None:
    assert subtree_prefix(code) == prefix


@pytest.mark.parametrize(
    "code", ["", "0", "33", "3304", "33040a", "3304021", " 330402", "330402\n", "３３０４０２", "浙江省"]
)
def test_what_is_no_code_is_no_scope(code: str) -> None:
    with pytest.raises(ValueError, match="is no division code"):
        subtree_prefix(code)
    with pytest.raises(ValueError, match="is no division code"):
        is_within("330402", code)


@pytest.mark.parametrize(
    ("code", "scope", "is_in"),
    [
        ("330402", "330400", True),
        ("330402001", "330402", True),
        ("330402001", "330402001", True),
        ("330402", "330402001", False),
        ("330502", "330400", False),
        ("330402", "330000", True),
        ("330402", "330402", True),
        ("330402", "330411", False),
        ("330400", "330402", False),
        ("310000", "330000", False),
        ("330402", "000000", True),
        ("", "000000", True),
        ("", "330000", False),
        ("", "330400", False),
    ],
)
def test_what_lies_within(code: str, scope: str, is_in: bool) -> None:
    assert is_within(code, scope) is is_in

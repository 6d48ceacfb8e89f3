"""Does every modifier hold exactly when the format says?"""

from __future__ import annotations

from typing import Any

import pytest

from sensor.model.observation import MISSING
from sensor.signature.modifiers import compile_test

HOLDS = [
    ("", "a", "a"),
    ("", ("a", "b"), "b"),
    ("", 1, 1.0),
    ("", None, None),
    ("", True, True),
    ("exists", True, None),
    ("exists", True, 0),
    ("exists", False, MISSING),
    ("type", "string", ""),
    ("type", "number", 1.5),
    ("type", "integer", 10**30),
    ("type", "boolean", False),
    ("type", "array", []),
    ("type", "object", {}),
    ("type", "null", None),
    ("type", ("string", "null"), None),
    ("startswith", "ab", "abc"),
    ("startswith", ("x", "ab"), "abc"),
    ("endswith", "bc", "abc"),
    ("re", "a+b?", "aab"),
    ("len", 2, "ab"),
    ("len", "2-3", [1, 2, 3]),
    ("len", "1-", {"a": 1}),
    ("hex", 4, "00fF"),
    ("hex", "0-4", ""),
    ("hex0x", "1-64", "0x1"),
    ("min", 3, 3),
    ("max", 3.5, 3),
    ("min", 3.5, 10**400),
    ("max", 3, float("-inf")),
    ("contains", "longpoll", ["a", "longpoll"]),
    ("contains", 1, [1]),
]
HOLDS_NOT = [
    ("", "a", "A"),
    ("", "1", 1),
    ("", 1, True),
    ("", 0, False),
    ("", 0, None),
    ("", "a", MISSING),
    ("", None, MISSING),
    ("", "a", ["a"]),
    ("exists", True, MISSING),
    ("exists", False, None),
    ("type", "number", True),
    ("type", "integer", 1.0),
    ("type", "integer", False),
    ("type", "null", MISSING),
    ("startswith", "ab", MISSING),
    ("startswith", "ab", ["ab"]),
    ("endswith", "c", 1),
    ("re", "a+", "aab"),
    ("re", "a", "ba"),
    ("re", ".*", "x" * 4097),
    ("len", "2-3", "a"),
    ("len", 2, 22),
    ("len", 0, MISSING),
    ("hex", 4, "00fg"),
    ("hex", 4, "00f"),
    ("hex", 4, "0x00"),
    ("hex", 2, "１２"),
    ("hex0x", 4, "0000ff"),
    ("hex0x", 4, 255),
    ("min", 3, 2.9),
    ("min", 3, "4"),
    ("min", 0, True),
    ("max", 3, float("nan")),
    ("contains", "a", "abc"),
    ("contains", 1, [True]),
    ("contains", "a", {"a": 1}),
]
FAULTY = [
    ("like", "a", "unknown modifier 'like'"),
    ("exists", "yes", "exists takes true or false"),
    ("type", "text", "unknown type 'text'"),
    ("startswith", "", "startswith takes a string"),
    ("endswith", 1, "endswith takes a string"),
    ("re", "(", "is not a regular expression"),
    ("len", "many", "len takes a length or a range"),
    ("len", True, "len takes a length or a range"),
    ("len", "9-2", "is empty"),
    ("hex", -1, "hex takes a length or a range"),
    ("min", "1", "min takes a number"),
    ("max", True, "max takes a number"),
    ("", (), "an empty list never holds"),
    ("len", (), "an empty list never holds"),
]


@pytest.mark.parametrize(("modifier", "value", "found"), HOLDS)
def test_holds(modifier: str, value: Any, found: Any) -> None:
    assert compile_test(modifier, value)(found)


@pytest.mark.parametrize(("modifier", "value", "found"), HOLDS_NOT)
def test_holds_not(modifier: str, value: Any, found: Any) -> None:
    assert not compile_test(modifier, value)(found)


@pytest.mark.parametrize(("modifier", "value", "what"), FAULTY)
def test_fault_says_what_and_what_to_do(modifier: str, value: Any, what: str) -> None:
    with pytest.raises(ValueError, match=r".+; .+") as caught:
        compile_test(modifier, value)
    assert what in str(caught.value)

"""Are expressions that could hang the sensor refused?"""

from __future__ import annotations

import time

import pytest

from sensor.signature.regex import MAX_TEXT, full_matcher


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"[48][0-9A-Za-z]{94}(\.[^.]+)?", "4" + "A" * 94 + ".rig"),
        (r"XMRig/[\d.]{1,12} \(.{1,200}\) .*", "XMRig/6.26.0 (Linux x86_64) libuv/1.51.0"),
        (r"(?:bitcoincash:)?[qp][a-z0-9]{41}", "q" + "a" * 41),
        (r"(ab){3}|c", "ababab"),
        (r"(?i)abc", "ABC"),
    ],
)
def test_safe_expressions_match_whole(pattern: str, text: str) -> None:
    matches = full_matcher(pattern)
    assert matches(text)
    assert not matches(f"{text}\n.!")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*b",
        "(a|ab)*c",
        "(a?){30}a{30}",
        r"(\d{1,3}\.){3}",
        r"(a)\1",
        "(?P<x>a)(?P=x)",
        "(?=a)a",
        "(?<!a)b",
        "(a)?(?(1)b|c)",
        ".*.*.*",
        "a*a*a*b",
        "(",
        "[z-a]",
        "[[a]]",
        "[a||b]",
    ],
)
def test_unsafe_expressions_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"not allowed|not a regular expression|too many ways"):
        full_matcher(pattern)


@pytest.mark.parametrize("pattern", [".*a.*b", "a*a*b", "[^x]*x[^y]*y", ".*.*[bc]"])
def test_the_slowest_allowed_expression_answers_soon(pattern: str) -> None:
    matches = full_matcher(pattern)
    start = time.perf_counter()
    assert not matches("a" * MAX_TEXT)
    assert time.perf_counter() - start < 3.0

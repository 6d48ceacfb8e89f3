"""Does matching answer for any message, and does it answer the same with and without the index?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.detect.samples import run_sample
from sensor.model.flow import Direction as Way
from sensor.model.observation import MISSING, Observation
from sensor.model.yamlfile import YamlError, lines_of, parse_yaml
from sensor.signature import Direction, Sender, SignatureSet, load
from sensor.signature.condition import ConditionError, parse_condition
from sensor.signature.modifiers import MODIFIERS, compile_test
from sensor.signature.regex import full_matcher

SIGNATURES = load()
RULES = [each.rule for each in SIGNATURES.signatures if each.rule is not None]
LITERALS = sorted({value for rule in RULES for values in rule.keys.values() for value in values})
NAMES = ["kind", "method", "id", "params", "result", "error", "reply_to", "message", "headers", "uri"]
MEMBERS = ["login", "pass", "agent", "id", "job_id", "nonce", "result", "0"]
WORDS = ["a", "b", "and", "or", "not", "(", ")", "1 of them"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.sampled_from(LITERALS)
HEX = st.builds(lambda digit, size: digit * size, st.sampled_from("09afFgx"), st.sampled_from([2, 8, 16, 17, 64, 152]))


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Arrays and objects of ``inner``, so few that no draw has to be given up for its size."""
    objects = st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5)
    return st.lists(inner, max_size=3) | st.lists(inner, min_size=4, max_size=10) | objects


LEAVES = SCALARS | HEX
FLAT = LEAVES | containers(LEAVES)
JSON = FLAT | st.lists(FLAT, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS), FLAT, max_size=3)
FIELDS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5)
REQUESTS = st.fixed_dictionaries({"method": st.sampled_from(LITERALS), "params": JSON})
MESSAGES = st.dictionaries(st.sampled_from(["jsonrpc", "http", "tls", "dns"]), REQUESTS | FIELDS | FLAT, max_size=2)


REAL = [
    match.observation.fields
    for each in SIGNATURES.signatures
    if each.scope is not None
    for sample in each.samples
    for match in run_sample(SIGNATURES, sample, each.scope.direction)
]


def altered(fields: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """A real message with another value in one field."""
    return {protocol: {**message, name: value} for protocol, message in fields.items()}


ALTERED = st.sampled_from(REAL).map(dict) | st.builds(altered, st.sampled_from(REAL), st.sampled_from(NAMES), FLAT)


def brute_force(signatures: SignatureSet, fields: dict[str, Any], sender: Sender | None) -> set[str]:
    """What match should find, one signature after the other."""
    return {
        each.name
        for each in signatures.signatures
        if each.rule is not None
        and each.scope is not None
        and isinstance(fields.get(each.scope.protocol), dict)
        and not (sender is Sender.SERVER and each.scope.direction is Direction.TO_SERVER)
        and not (sender is Sender.CLIENT and each.scope.direction is Direction.TO_CLIENT)
        and each.rule.holds(fields)
    }


@given(MESSAGES | ALTERED, st.sampled_from([None, *Sender]))
def test_match_is_total_and_the_index_changes_nothing(fields: dict[str, Any], sender: Sender | None) -> None:
    matches = SIGNATURES.match(Observation(Way.ORIG, 0, fields), sender)
    assert {match.signature.name for match in matches} == brute_force(SIGNATURES, fields, sender)
    assert len({match.signature.name for match in matches}) == len(matches)
    for match in matches:
        assert len(match.excerpt()) <= 512
        assert match.excerpt().isprintable()
        assert all(isinstance(fact, str | int | float) for fact in match.facts.values())
        assert all(len(fact) <= 512 for fact in match.facts.values() if isinstance(fact, str))


@given(st.text(max_size=300))
def test_names_are_total(host: str) -> None:
    hit = SIGNATURES.name(host)
    assert hit is None or host.lower().rstrip(".").endswith(hit.entry.value)


@given(st.text(max_size=60) | st.ip_addresses().map(str), st.integers(0, 65535))
def test_addresses_are_total(ip: str, port: int) -> None:
    hit = SIGNATURES.address(ip, port)
    assert hit is None or not hit.entry.ports or port in hit.entry.ports


@pytest.mark.parametrize("modifier", ["", *MODIFIERS])
@given(value=SCALARS, found=JSON | st.just(MISSING))
def test_tests_are_total_or_refused(modifier: str, value: Any, found: Any) -> None:
    try:
        holds = compile_test(modifier, value)
    except ValueError:
        return
    assert holds(found) in {True, False}


@given(st.text("()[]{}|*+?.\\abc123-,^$:=!<P>", max_size=24))
def test_an_expression_is_safe_or_refused(pattern: str) -> None:
    try:
        matches = full_matcher(pattern)
    except ValueError:
        return
    assert matches("abcabc123" * 8) in {True, False}


@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_a_condition_is_read_or_refused(text: str) -> None:
    try:
        parse_condition(text, ("a", "b"))
    except ConditionError as error:
        assert "; " in str(error)


@given(st.text(max_size=200) | st.text("abc:-[]{}'\"|>&*!# \n", max_size=80))
def test_yaml_is_read_or_refused(text: str) -> None:
    try:
        value = parse_yaml(text)
    except YamlError as error:
        assert 1 <= error.line <= max(1, len(text.splitlines()))
        return
    if isinstance(value, dict):
        assert {(key,) for key in value} <= set(lines_of(text))

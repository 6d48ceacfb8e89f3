"""Which signatures hold for a message, and what do they tell of the session?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sensor.model.flow import Direction as Way
from sensor.model.observation import Observation
from sensor.signature import Match, Sender, SignatureSet, load

SUBSCRIBE = {"kind": "request", "method": "mining.subscribe", "id": 1, "params": ["cgminer/4.11.1", None]}


def see(**jsonrpc: Any) -> Observation:
    return Observation(Way.ORIG, 0, {"jsonrpc": SUBSCRIBE | jsonrpc})


def match_one(signatures: SignatureSet, observation: Observation) -> Match:
    (match,) = signatures.match(observation)
    return match


@pytest.fixture
def signatures(folder) -> SignatureSet:
    return load(folder())


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"params": []}, True),
        ({"params": {}}, False),
        ({"params": ["a", "EthereumStratum/1.0.0"]}, False),
        ({"params": ["a", ["EthereumStratum/1"]]}, True),
        ({"method": "mining.authorize"}, False),
        ({"method": "MINING.SUBSCRIBE"}, False),
        ({"method": ["mining.subscribe"]}, False),
        ({"method": None}, False),
    ],
)
def test_holds(signatures: SignatureSet, change: dict[str, Any], holds: bool) -> None:
    assert bool(signatures.match(see(**change))) is holds


@pytest.mark.parametrize("fields", [{}, {"jsonrpc": None}, {"jsonrpc": []}, {"http": SUBSCRIBE}, {"jsonrpc": "x"}])
def test_other_messages_never_match(signatures: SignatureSet, fields: dict[str, Any]) -> None:
    assert signatures.match(Observation(Way.ORIG, 0, fields)) == []


@pytest.mark.parametrize(
    ("direction", "sender", "holds"),
    [
        ("to_server", None, True),
        ("to_server", Sender.CLIENT, True),
        ("to_server", Sender.SERVER, False),
        ("to_client", Sender.CLIENT, False),
        ("to_client", Sender.SERVER, True),
        ("to_client", None, True),
        ("either", Sender.CLIENT, True),
        ("either", Sender.SERVER, True),
    ],
)
def test_direction(folder, direction: str, sender: Sender | None, holds: bool) -> None:
    signatures = load(folder(("direction: to_server", f"direction: {direction}")))
    assert bool(signatures.match(see(), sender)) is holds


@pytest.mark.parametrize(
    ("found", "fact"),
    [
        ("cgminer/4.11.1", "cgminer/4.11.1"),
        ("x" * 600, "x" * 512),
        (3.5, 3.5),
        (0, 0),
        ("", None),
        (None, None),
        (True, None),
        (["a"], None),
        ({"a": 1}, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
    ],
)
def test_facts_are_sane(signatures: SignatureSet, found: Any, fact: Any) -> None:
    assert match_one(signatures, see(params=[found])).facts.get("agent") == fact


def test_the_first_sane_path_wins(folder) -> None:
    signatures = load(folder(("agent: jsonrpc.params.0", "agent: [jsonrpc.params.7, jsonrpc.params.1, jsonrpc.id]")))
    assert match_one(signatures, see(params=[])).facts == {"agent": 1}
    assert match_one(signatures, see(params=["a", "b"])).facts == {"agent": "b"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("cgminer/4.11.1", "cgminer/4.11.1"),
        ("矿机", "矿机"),
        ("a\n\x1b[31m\u202eb", "a��[31m�b"),
        (["a", {"b": [1, None, True]}], "[a,{b:[1,null,true]}]"),
        (10**400, "(huge)"),
        ([[[[["deep"]]]]], "[[[[…]]]]"),
    ],
)
def test_excerpt(signatures: SignatureSet, value: Any, shown: str) -> None:
    excerpt = match_one(signatures, see(params=[value])).excerpt()
    assert excerpt == f"jsonrpc.method=mining.subscribe, jsonrpc.params.0={shown}"


@pytest.mark.parametrize("value", ["x" * 10**6, ["x"] * 10**6, [[["x"] * 1000] * 1000] * 1000, {"x" * 10**6: 1}])
def test_excerpt_is_bounded(signatures: SignatureSet, value: Any) -> None:
    assert len(match_one(signatures, see(params=[value])).excerpt()) <= 512


def test_a_field_that_is_not_there_is_left_out(signatures: SignatureSet) -> None:
    assert match_one(signatures, see(params=[])).excerpt() == "jsonrpc.method=mining.subscribe"


@pytest.mark.parametrize(
    "condition",
    [
        "subscribe",
        "subscribe and other",
        "subscribe or other",
        "not subscribe",
        "not (subscribe or other)",
        "1 of them",
    ],
)
@pytest.mark.parametrize("method", ["mining.subscribe", "x", None])
@pytest.mark.parametrize("params", [[], ["a", "EthereumStratum/1"]])
def test_the_index_changes_nothing(folder, condition: str, method: str | None, params: list[str]) -> None:
    unused = "" if "other" in condition or "them" in condition else " and (other or not other)"
    signatures = load(folder(("condition: subscribe and not other", f"condition: ({condition}){unused}")))
    rule = signatures.signatures[1].rule
    assert rule is not None
    observation = see(method=method, params=params)
    assert bool(signatures.match(observation)) is rule.holds(observation.fields)


def test_the_program_of_an_engine(signatures: SignatureSet) -> None:
    assert signatures.anchors == (b'"mining.', b"\\u00")
    assert signatures.name_suffixes == {"a.example.net", "b.example.net"}
    assert signatures.names == frozenset()
    assert signatures.addresses == ()


def test_fingerprint_follows_content_only(folder, tmp_path: Path) -> None:
    plain = load(folder()).fingerprint
    assert load(folder(("level: high", "level: high  # as agreed"))).fingerprint == plain
    reordered = (("status: test\nlevel: high\n", "level: high\nstatus: test\n"),)
    assert load(folder(*reordered)).fingerprint == plain
    assert load(folder(("level: high", "level: medium"))).fingerprint != plain
    assert load(folder(("ports: [3333]", "ports: [3334]"))).fingerprint != plain


def test_short_fingerprint_begins_the_long_one(signatures: SignatureSet) -> None:
    assert signatures.fingerprint.startswith(signatures.short_fingerprint)
    assert (len(signatures.fingerprint), len(signatures.short_fingerprint)) == (64, 16)

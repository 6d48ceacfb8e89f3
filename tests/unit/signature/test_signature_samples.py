"""Does the check of samples notice a signature that is wrong?"""

from __future__ import annotations

import base64
import json

import pytest

from sensor.detect.samples import run_sample
from sensor.model.errors import SignatureError
from sensor.signature import check_samples, load
from sensor.signature.samples import nest


def failures(folder) -> list[str]:
    return [str(failure) for failure in check_samples(load(folder), run_sample)]


def test_sound_signatures_pass(folder) -> None:
    assert failures(folder()) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("jsonrpc.params|type: array", "jsonrpc.params|len: 1", ["demo_subscribe: positive 2: it is not matched"]),
        (
            "subscribe and not other",
            "subscribe or other",
            ["demo_subscribe: negative 2: demo_subscribe matches it"],
        ),
        (
            "agent: cgminer/4.11.1}",
            "agent: bfgminer}",
            ["demo_subscribe: positive 1: agent is 'cgminer/4.11.1', not 'bfgminer'"],
        ),
        (
            "{jsonrpc.id: 1,",
            "{jsonrpc.id: 2, jsonrpc.reply_to: x,",
            [
                "demo_subscribe: positive 1: jsonrpc.id is 1, not 2",
                "demo_subscribe: positive 1: jsonrpc.reply_to is nothing, not 'x'",
            ],
        ),
        ("tls.sni: x.a.example.net", "tls.sni: a.example.org", ["demo_pools: positive 1: it is not matched"]),
        ("dns.query: example.net", "dns.query: x.b.example.net", ["demo_pools: negative 2: demo_pools matches it"]),
        ("- fields: {tls.sni: x.a.example.net}", "- {fields: {tls.sni: x.a.example.net}, expect: {coin: XMR}}", []),
        (
            "- fields: {tls.sni: x.a.example.net}",
            "- {fields: {tls.sni: x.a.example.net}, expect: {coin: ETH, who: x}}",
            [
                "demo_pools: positive 1: coin is 'XMR', not 'ETH'",
                "demo_pools: positive 1: who is nothing, not 'x'",
            ],
        ),
        # A negative of one signature is tried on all of them.
        (
            "- fields: {tls.sni: xa.example.net}",
            "- fields: {jsonrpc.method: mining.subscribe, jsonrpc.params: []}",
            ["demo_pools: negative 1: demo_subscribe matches it"],
        ),
        (
            "- fields: {tls.sni: xa.example.net}",
            "- {fields: {jsonrpc.method: mining.subscribe, jsonrpc.params: []}, allow: [demo_subscribe]}",
            [],
        ),
        # A negative that only the pool could send is not tried as the miner's.
        (
            "- fields: {tls.sni: xa.example.net}",
            "- {fields: {jsonrpc.method: mining.subscribe, jsonrpc.params: []}, from: server}",
            [],
        ),
    ],
)
def test_wrong_signatures_fail(folder, old: str, new: str, expected: list[str]) -> None:
    assert failures(folder((old, new))) == expected


@pytest.mark.parametrize("spelling", ["hex", "base64"])
def test_spellings_of_bytes(folder, spelling: str) -> None:
    data = json.dumps({"id": 1, "method": "mining.subscribe", "params": ["cgminer/4.11.1"]}).encode() + b"\n"
    text = data.hex() if spelling == "hex" else base64.b64encode(data).decode()
    old = "- fields: {jsonrpc.method: mining.subscribe, jsonrpc.params: []}"
    signatures = load(folder((old, f"- {spelling}: {text}")))
    (sample,) = [sample for sample in signatures.signatures[1].samples if sample.positive and sample.index == 1]
    assert sample.payload == data
    assert list(check_samples(signatures, run_sample)) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("- fields: {tls.sni: x.a.example.net}", "- note: x", "give exactly one"),
        ("- fields: {tls.sni: x.a.example.net}", "- {text: a, hex: '00'}", "give exactly one"),
        ("- fields: {tls.sni: x.a.example.net}", "- hex: 0x1", "[format] samples.positive.0.hex is 1"),
        ("- fields: {tls.sni: x.a.example.net}", "- hex: abc", "[sample] non-hexadecimal"),
        ("- fields: {tls.sni: x.a.example.net}", "- base64: a!", "[sample]"),
        ("- fields: {tls.sni: x.a.example.net}", "- {text: a, from: client}", "'from' is for negative samples"),
        ("- fields: {tls.sni: x.a.example.net}", "- fields: {a: 1, a.b: 2}", "'a.b' does not go with"),
    ],
)
def test_samples_that_cannot_be_read(folder, old: str, new: str, what: str) -> None:
    with pytest.raises(SignatureError) as caught:
        load(folder((old, new)))
    assert f"demo_pools.yml:25: {'' if '[' in what else '[sample] '}" in str(caught.value)
    assert what in str(caught.value)


def test_nest() -> None:
    assert nest({"a.b": 1, "a.c.d": 2, "e": 3}) == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}

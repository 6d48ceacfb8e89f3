"""Which indicator does a host name or an address belong to?"""

from __future__ import annotations

import pytest

from sensor.model.errors import SignatureError
from sensor.signature import Kind, SignatureSet, load

ROW = "{{value: {value}, ports: {ports}, source: t/list, licence: MIT, added: 2026-11-22, verified: 2026}}"


def indicators(number: int, kind: str, type_: str, match: str, *entries: tuple[str, list[int]]) -> dict[str, str]:
    rows = "".join(f"        - {ROW.format(value=value, ports=ports)}\n" for value, ports in entries)
    name = f"demo_{kind.replace('-', '_')}_{type_}_{match}"
    text = f"""\
id: 0f0c6b5e-6d0e-4b52-9d9c-5d4f6e0a2b0{number}
name: {name}
title: T
revision: 1
status: test
level: low
description: D
author: Test
date: 2026-11-22
references: []
falsepositives: []
tags: [kind.{kind}]
indicators:
    kind: {kind}
    type: {type_}
    match: {match}
    entries:
{rows}evidence: {{class: indicator, strength: ambiguous}}
"""
    return {f"pools/{name}.yml": text}


@pytest.fixture
def signatures(folder) -> SignatureSet:
    files = (
        indicators(1, "pool", "domain", "suffix", ("pool.example", []), ("eu.pool.example", [])),
        indicators(2, "pool", "domain", "exact", ("only.example", []), ("eu.pool.example", [])),
        indicators(3, "site", "domain", "exact", ("www.pool.example", []), ("only.example", [])),
        indicators(4, "pool", "address", "exact", ("192.0.2.1", [3333, 4444]), ("192.0.2.2", []), ("2001:db8::1", [])),
        indicators(
            5, "proxy", "address", "cidr", ("192.0.2.0/24", [9000]), ("198.51.100.0/25", []), ("2001:db8::/32", [])
        ),
    )
    return load(folder(files={name: text for each in files for name, text in each.items()}))


@pytest.mark.parametrize(
    ("host", "value", "counts"),
    [
        ("pool.example", "pool.example", True),
        ("x.y.pool.example", "pool.example", True),
        ("POOL.Example.", "pool.example", True),
        ("a.eu.pool.example", "eu.pool.example", True),
        ("eu.pool.example", "eu.pool.example", True),
        ("www.pool.example", "www.pool.example", False),
        ("a.www.pool.example", "pool.example", True),
        ("only.example", "only.example", True),
        ("a.only.example", None, None),
        ("xpool.example", None, None),
        ("pool.example.org", None, None),
        ("example", None, None),
        ("", None, None),
        (".", None, None),
        ("..", None, None),
        (".pool.example", "pool.example", True),
        ("a." * 200 + "pool.example", None, None),
    ],
)
def test_names(signatures: SignatureSet, host: str, value: str | None, counts: bool | None) -> None:
    hit = signatures.name(host)
    assert (hit.entry.value, hit.counts) == (value, counts) if hit is not None else value is None


@pytest.mark.parametrize(
    ("ip", "port", "value"),
    [
        ("192.0.2.1", 3333, "192.0.2.1"),
        ("192.0.2.1", 1, None),
        ("192.0.2.1", 9000, "192.0.2.0/24"),
        ("192.0.2.2", 1, "192.0.2.2"),
        ("192.0.2.3", 9000, "192.0.2.0/24"),
        ("192.0.2.3", 9001, None),
        ("198.51.100.127", 1, "198.51.100.0/25"),
        ("198.51.100.128", 1, None),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("2001:DB8:0::1", 1, "2001:db8::1"),
        ("2001:db8:ffff::", 1, "2001:db8::/32"),
        ("2001:db9::1", 1, None),
        ("::ffff:192.0.2.2", 1, "192.0.2.2"),
        ("0.0.0.1", 1, None),
        ("pool.example", 1, None),
        ("", 1, None),
    ],
)
def test_addresses(signatures: SignatureSet, ip: str, port: int, value: str | None) -> None:
    hit = signatures.address(ip, port)
    assert (hit.entry.value if hit is not None else None) == value


def test_a_hit_tells_its_signature_and_kind(signatures: SignatureSet) -> None:
    hit = signatures.address("198.51.100.1", 1)
    assert hit is not None
    assert (hit.kind, hit.signature.name, hit.counts) == (Kind.PROXY, "demo_proxy_address_cidr", True)


def test_what_an_engine_is_given(signatures: SignatureSet) -> None:
    assert signatures.names == {"only.example", "eu.pool.example"}
    assert "www.pool.example" not in signatures.name_suffixes | signatures.names
    assert ("192.0.2.1", frozenset({3333, 4444})) in signatures.addresses
    assert ("198.51.100.0/25", frozenset()) in signatures.addresses
    assert len(signatures.addresses) == 6


@pytest.mark.parametrize(
    ("host", "coin"),
    [
        ("eu1-zcash.b.example.net", "ZEC"),
        ("zec.eu.b.example.net", "ZEC"),
        ("ZEC-zcash.b.example.net", "ZEC"),
        ("zec.eth.b.example.net", None),
        ("zecs.b.example.net", None),
        ("b.example.net", None),
        ("eth.a.example.net", "XMR"),
    ],
)
def test_labels_tell_the_coin(folder, host: str, coin: str | None) -> None:
    labels = "match: suffix\n    coin_labels: {eth: ETH, zcash: ZEC, zec: ZEC}"
    hit = load(folder(("match: suffix", labels))).name(host)
    assert hit is not None
    assert hit.coin == coin


def test_labels_go_with_suffixes_only(folder) -> None:
    root = folder(("match: suffix", "match: exact\n    coin_labels: {eth: ETH}"))
    with pytest.raises(SignatureError, match=r":17: \[format\] coin_labels do not go with match exact; remove them"):
        load(root)


def test_names_are_ascii(folder) -> None:
    root = folder(("a.example.net, coin", "矿.example.net, coin"))
    with pytest.raises(SignatureError, match=r":18: \[name\] '矿.example.net' is not ASCII; write it in punycode"):
        load(root)

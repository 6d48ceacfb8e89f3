"""A sound signature of each kind, and a folder to change them in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PROTOCOL = """\
id: 0f0c6b5e-6d0e-4b52-9d9c-5d4f6e0a1b01
name: demo_subscribe
title: A miner opens a session
revision: 1
status: test
level: high
description: The first message of a session.
author: Test
date: 2026-11-22
references: ['https://example.org/spec']
falsepositives: [none known]
tags: [attack.impact, attack.t1496, dialect.stratum-v1]
scope:
    transport: tcp
    protocol: jsonrpc
    direction: to_server
anchor:
    any: ['"mining.']
detect:
    subscribe:
        jsonrpc.method: mining.subscribe
        jsonrpc.params|type: array
    other:
        jsonrpc.params.1|startswith: 'EthereumStratum/1'
    condition: subscribe and not other
evidence:
    class: protocol
    dialect: stratum-v1
    strength: unique
    specific: false
    excerpt: [jsonrpc.method, jsonrpc.params.0]
session:
    event: subscribe
    agent: jsonrpc.params.0
samples:
    positive:
        - text: "{\\"id\\":1,\\"method\\":\\"mining.subscribe\\",\\"params\\":[\\"cgminer/4.11.1\\"]}\\n"
          expect: {jsonrpc.id: 1, agent: cgminer/4.11.1}
        - fields: {jsonrpc.method: mining.subscribe, jsonrpc.params: []}
    negative:
        - text: "{\\"id\\":1,\\"method\\":\\"mining.authorize\\",\\"params\\":[\\"a\\",\\"b\\"]}\\n"
        - fields: {jsonrpc.method: mining.subscribe, jsonrpc.params: [a, EthereumStratum/1.0.0]}
"""

INDICATOR = """\
id: 0f0c6b5e-6d0e-4b52-9d9c-5d4f6e0a1b02
name: demo_pools
title: Pools
revision: 1
status: test
level: low
description: Names of pools.
author: Test
date: 2026-11-22
references: []
falsepositives: [visiting a web site]
tags: [attack.impact, kind.pool]
indicators:
    kind: pool
    type: domain
    match: suffix
    entries:
        - {value: a.example.net, coin: XMR, source: t/list, licence: MIT, added: 2026-11-22, verified: 2026}
        - {value: b.example.net, ports: [3333], source: t/list, licence: MIT, added: 2026-11-22, verified: 2026}
evidence:
    class: indicator
    strength: ambiguous
samples:
    positive:
        - fields: {tls.sni: x.a.example.net}
        - fields: {dns.query: b.example.net}
    negative:
        - fields: {tls.sni: xa.example.net}
        - fields: {dns.query: example.net}
"""

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Writes both signatures below ``tmp_path``; each change is ``(old text, new text)`` and must apply."""

    def write(*changes: tuple[str, str], files: dict[str, str] | None = None) -> Path:
        texts = {"protocols/stratum-v1/demo_subscribe.yml": PROTOCOL, "pools/demo_pools.yml": INDICATOR}
        for old, new in changes:
            assert any(old in text for text in texts.values()), old
            texts = {name: text.replace(old, new) for name, text in texts.items()}
        for name, text in (texts | (files or {})).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write

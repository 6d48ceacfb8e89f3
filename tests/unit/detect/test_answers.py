"""Pools' answers to a share, dialect by dialect."""

from __future__ import annotations

import pytest

from sensor.detect.flow import is_accepted
from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.model.flow import Direction

ACCEPTED = [
    '{"id":4,"result":true,"error":null}',
    '{"id":4,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}',
    '{"id":4,"jsonrpc":"2.0","result":{"status":"OK"}}',
    '{"id":31}',
    '{"id":"9","method":"submit","result":"ok","error":null}',
    '{"id":4,"result":true,"error":[]}',
    '{"id":4,"result":["true"]}',
]
REJECTED = [
    '{"id":4,"result":null,"error":[21,"Job not found",null]}',
    '{"id":4,"result":false,"error":null}',
    '{"id":4,"jsonrpc":"2.0","error":{"code":-1,"message":"Low difficulty share"}}',
    '{"id":4,"result":["false","stale"]}',
    '{"id":4,"result":{"status":"STALE"}}',
    '{"id":4,"error":"duplicate"}',
]


@pytest.mark.parametrize(
    ("line", "accepted"), [(line, True) for line in ACCEPTED] + [(line, False) for line in REJECTED]
)
def test_answer(line: str, accepted: bool) -> None:
    (answer,) = JsonRpcLines().parse(Direction.RESP, 0, line.encode() + b"\n", gap=False)
    assert is_accepted(answer) is accepted

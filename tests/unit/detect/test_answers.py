"""Pools' answers to a share, dialect by dialect."""

from __future__ import annotations

import pytest

from sensor.detect.shares import ShareBook, ShareCount, is_accepted
from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.model.flow import Direction
from sensor.signature import load

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


SUBMIT = (
    '{"id":7,"jsonrpc":"2.0","method":"submit","params":{"id":"1","job_id":"4","nonce":"a70a0000","result":"%s"}}'
    % ("9c" * 32)
)
TAKEN = '{"id":7,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}'
REFUSED = '{"id":7,"jsonrpc":"2.0","error":{"code":-1,"message":"Low difficulty share"}}'
BEAM_SUBMIT = '{"jsonrpc":"2.0","id":"3","method":"solution","nonce":"a70a000000000000","output":"%s"}' % ("9c" * 104)
BEAM_TAKEN = '{"jsonrpc":"2.0","id":"3","method":"result","code":1,"description":"accepted"}'
BEAM_REFUSED = '{"jsonrpc":"2.0","id":"3","method":"result","code":2,"description":"rejected"}'
FISH_SUBMIT = '{"id":5,"method":"mining.submit","body":{"miningRequestId":2,"randomness":"a70a000000000000"}}'
FISH_TAKEN = '{"id":9,"method":"mining.submitted","body":{"id":5,"result":true}}'
FISH_REFUSED = '{"id":9,"method":"mining.submitted","body":{"id":5,"result":false,"message":"stale"}}'
UP, DOWN = Direction.ORIG, Direction.RESP

COUNTS = [
    ("submit and answer", [(UP, SUBMIT), (DOWN, TAKEN)], ShareCount(1, 1, 0)),
    ("refused", [(UP, SUBMIT), (DOWN, REFUSED)], ShareCount(1, 0, 1)),
    ("one id for every submit", [(UP, SUBMIT), (DOWN, TAKEN), (UP, SUBMIT), (DOWN, REFUSED)], ShareCount(2, 1, 1)),
    ("answer not seen", [(UP, SUBMIT)], ShareCount(1, 0, 0)),
    ("only the miner's side is seen", [(UP, SUBMIT), (UP, SUBMIT)], ShareCount(2, 0, 0)),
    ("only the pool's side is seen", [(DOWN, TAKEN), (DOWN, TAKEN)], ShareCount(0, 2, 0)),
    ("a message is the answer", [(UP, BEAM_SUBMIT), (DOWN, BEAM_TAKEN)], ShareCount(1, 1, 0)),
    ("a message is the refusal", [(UP, BEAM_SUBMIT), (DOWN, BEAM_REFUSED)], ShareCount(1, 0, 1)),
    ("the answer is in a body", [(UP, FISH_SUBMIT), (DOWN, FISH_TAKEN)], ShareCount(1, 1, 0)),
    ("the refusal is in a body", [(UP, FISH_SUBMIT), (DOWN, FISH_REFUSED)], ShareCount(1, 0, 1)),
    ("messages of the pool's side alone", [(DOWN, BEAM_TAKEN), (DOWN, FISH_REFUSED)], ShareCount(0, 1, 1)),
    ("the greeting of a browser miner", [(DOWN, '{"type":"authed","params":{"hashes":0}}')], ShareCount(0, 0, 0)),
    ("joined between submit and answer", [(UP, SUBMIT), (DOWN, TAKEN), (DOWN, TAKEN)], ShareCount(1, 1, 0)),
]


@pytest.mark.parametrize(("said", "count"), [row[1:] for row in COUNTS], ids=[row[0] for row in COUNTS])
def test_shares(said: list[tuple[Direction, str]], count: ShareCount) -> None:
    signatures, dissector, book, shares = load(), JsonRpcLines(), ShareBook(), ShareCount()
    for direction, line in said:
        for seen in dissector.parse(direction, 0, line.encode() + b"\n", gap=False):
            book.note(seen, {match.event for match in signatures.match(seen)}, shares)
    assert shares == count

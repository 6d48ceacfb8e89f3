"""Pools' answers to a share, dialect by dialect."""

from __future__ import annotations

import pytest

from sensor.detect.shares import MAX_KNOWN_SHARES, ShareBook, ShareCount, is_accepted, refusal_of
from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.estimate.ledger import WorkLedger
from sensor.estimate.work import Work
from sensor.model.flow import Direction
from sensor.model.wire import Dialect
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
OTHER = SUBMIT.replace("a70a0000", "a70a0001")
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
    ("refused", [(UP, SUBMIT), (DOWN, REFUSED)], ShareCount(1, 0, 1, low_difficulty=1)),
    (
        "one id for every submit",
        [(UP, SUBMIT), (DOWN, TAKEN), (UP, OTHER), (DOWN, REFUSED)],
        ShareCount(2, 1, 1, low_difficulty=1),
    ),
    ("answer not seen", [(UP, SUBMIT)], ShareCount(1, 0, 0)),
    ("only the miner's side is seen", [(UP, SUBMIT), (UP, OTHER)], ShareCount(2, 0, 0)),
    ("handed in again", [(UP, SUBMIT), (DOWN, TAKEN), (UP, SUBMIT), (DOWN, TAKEN)], ShareCount(2, 2, 0, resubmitted=1)),
    ("only the pool's side is seen", [(DOWN, TAKEN), (DOWN, TAKEN)], ShareCount(0, 2, 0)),
    ("a message is the answer", [(UP, BEAM_SUBMIT), (DOWN, BEAM_TAKEN)], ShareCount(1, 1, 0)),
    ("a message is the refusal", [(UP, BEAM_SUBMIT), (DOWN, BEAM_REFUSED)], ShareCount(1, 0, 1)),
    ("the answer is in a body", [(UP, FISH_SUBMIT), (DOWN, FISH_TAKEN)], ShareCount(1, 1, 0)),
    ("the refusal is in a body", [(UP, FISH_SUBMIT), (DOWN, FISH_REFUSED)], ShareCount(1, 0, 1, stale=1)),
    ("messages of the pool's side alone", [(DOWN, BEAM_TAKEN), (DOWN, FISH_REFUSED)], ShareCount(0, 1, 1, stale=1)),
    ("the greeting of a browser miner", [(DOWN, '{"type":"authed","params":{"hashes":0}}')], ShareCount(0, 0, 0)),
    ("joined between submit and answer", [(UP, SUBMIT), (DOWN, TAKEN), (DOWN, TAKEN)], ShareCount(1, 1, 0)),
]


@pytest.mark.parametrize(("said", "count"), [row[1:] for row in COUNTS], ids=[row[0] for row in COUNTS])
def test_shares(said: list[tuple[Direction, str]], count: ShareCount) -> None:
    assert replay(said)[0] == count


def replay(said: list[tuple[Direction, str]], *more: list[tuple[Direction, str]]) -> tuple[ShareCount, WorkLedger]:
    """One flow of a session, and then ``more`` flows, each share worth 100."""
    signatures, shares, ledger = load(), ShareCount(), WorkLedger()
    for one in (said, *more):
        dissector, book = JsonRpcLines(), ShareBook()
        for direction, line in one:
            for seen in dissector.parse(direction, 0, line.encode() + b"\n", gap=False):
                events = {match.event for match in signatures.match(seen)}
                why = lambda answer: refusal_of(answer, signatures.refusals, None)  # noqa: E731
                book.note(seen, events, shares, Work(100.0), ledger, why)
    return shares, ledger


AGAIN = [(UP, SUBMIT), (DOWN, TAKEN)]
OTHER_SESSION = [(UP, SUBMIT.replace('"id":"1"', '"id":"2"')), (DOWN, TAKEN)]
WORKS = [
    ("two shares", [[*AGAIN, (UP, OTHER), (DOWN, TAKEN)]], 2),
    ("the same one twice", [AGAIN * 2], 1),
    ("the same one after a reconnect", [AGAIN, AGAIN], 1),
    ("the same one in another session of the pool", [AGAIN, OTHER_SESSION], 1),
    ("refused, and taken at the second try", [[(UP, SUBMIT), (DOWN, REFUSED), *AGAIN]], 1),
]


@pytest.mark.parametrize(("flows", "taken"), [row[1:] for row in WORKS], ids=[row[0] for row in WORKS])
def test_a_share_is_work_once(flows: list[list[tuple[Direction, str]]], taken: int) -> None:
    assert replay(*flows)[1].whole.plain.count == taken


def test_the_pool_owes_an_answer() -> None:
    assert replay([(UP, SUBMIT)])[1].waits
    assert not replay([(UP, SUBMIT), (DOWN, REFUSED)])[1].waits


def test_known_shares_are_bounded() -> None:
    said = [(UP, SUBMIT.replace("a70a0000", f"{number:08x}")) for number in range(3 * MAX_KNOWN_SHARES)]
    shares = replay(said)[0]
    assert MAX_KNOWN_SHARES // 2 <= len(shares.known) + len(shares.older) <= MAX_KNOWN_SHARES
    assert replay([*said, *said[-MAX_KNOWN_SHARES // 2 :]])[0].resubmitted == MAX_KNOWN_SHARES // 2


V1, ETH_2, GRIN, BEAM = Dialect.STRATUM_V1, Dialect.ETHEREUMSTRATUM_2, Dialect.GRIN, Dialect.BEAM
REASONS = [
    # (the answer, its dialect, what it means)
    ('{"id":4,"result":null,"error":[21,"Job not found",null]}', V1, "stale"),
    ('{"id":4,"result":null,"error":[21,null,null]}', V1, "stale"),
    ('{"id":4,"result":null,"error":[22,"Duplicate share",null]}', V1, "duplicate"),
    ('{"id":4,"result":null,"error":[22,"",null]}', None, "duplicate"),
    ('{"id":4,"result":null,"error":[23,"Low difficulty share",null]}', V1, "low-difficulty"),
    ('{"id":4,"result":null,"error":[23,"Stale share",null]}', V1, "stale"),
    ('{"id":4,"result":null,"error":[24,"Unauthorized worker",null]}', V1, "other"),
    ('{"id":4,"result":false,"error":null}', V1, "other"),
    ('{"id":4,"error":"duplicate"}', V1, "duplicate"),
    ('{"id":4,"jsonrpc":"2.0","error":{"code":-1,"message":"Duplicate share"}}', Dialect.CRYPTONOTE, "duplicate"),
    ('{"id":4,"jsonrpc":"2.0","error":{"code":-1,"message":"Block expired"}}', Dialect.CRYPTONOTE, "stale"),
    ('{"id":4,"jsonrpc":"2.0","error":{"code":-1,"message":"Invalid job id"}}', Dialect.CRYPTONOTE, "stale"),
    ('{"id":4,"jsonrpc":"2.0","error":{"code":-1,"message":"Unauthenticated"}}', Dialect.CRYPTONOTE, "other"),
    ('{"id":4,"result":{"status":"STALE"}}', Dialect.CRYPTONOTE, "stale"),
    ('{"id":4,"result":["false","stale"]}', Dialect.CONFLUX, "stale"),
    ('{"id":4,"error":{"code":202,"message":""}}', ETH_2, "stale"),
    ('{"id":4,"error":{"code":202,"message":""}}', V1, "other"),
    ('{"id":"0","method":"submit","error":{"code":-32503,"message":"Solution submitted..."}}', GRIN, "stale"),
    ('{"id":"0","method":"submit","error":{"code":-32501,"message":""}}', GRIN, "low-difficulty"),
    ('{"jsonrpc":"2.0","id":"3","method":"result","code":3,"description":"expired"}', BEAM, "stale"),
    ('{"jsonrpc":"2.0","id":"3","method":"result","code":2,"description":"rejected"}', BEAM, "other"),
    (FISH_REFUSED, Dialect.IRON_FISH, "stale"),
]


@pytest.mark.parametrize(("line", "dialect", "reason"), REASONS)
def test_why_a_share_is_refused(line: str, dialect: Dialect | None, reason: str) -> None:
    (answer,) = JsonRpcLines().parse(Direction.RESP, 0, line.encode() + b"\n", gap=False)
    assert refusal_of(answer, load().refusals, dialect) == reason

"""Which work has a share whose target nobody told, or that nobody answers? And what is a shape worth?"""

from __future__ import annotations

import pytest

from sensor.detect.shares import ShareBook, ShareCount
from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.estimate.jobs import JobBook
from sensor.estimate.ledger import WorkLedger
from sensor.estimate.work import Work
from sensor.model.flow import Direction
from sensor.model.observation import Observation
from sensor.signature import SessionEvent, SignatureSet, load

JOB = b'{"method":"mining.notify","params":["bf04","6526d5","b2f8c8149edce2e2d86cc5775cbf2993","0"]}\n'
SET = b'{"method":"mining.set","params":{"target":"0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba"}}\n'
NO_TARGET = b'{"method":"mining.set","params":{"extranonce":"af4c"}}\n'
SHARE = b'{"id":9,"method":"mining.submit","params":["bf04","68765fccd712","w-123"]}\n'


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.mark.parametrize(
    ("said", "hashes"),
    [
        (JOB, 2**32 * 65536 / 65535),
        (NO_TARGET + JOB, 2**32 * 65536 / 65535),
        (SET + JOB, 4.0e9),
        (JOB + SET + JOB, 4.0e9),
    ],
)
def test_a_job_has_the_target_of_its_specification_until_one_is_told(
    said: bytes, hashes: float, signatures: SignatureSet
) -> None:
    lines, jobs, ledger, work = JsonRpcLines(), JobBook(), WorkLedger(), None
    for way, data in ((Direction.RESP, said), (Direction.ORIG, SHARE)):
        for seen in lines.parse(way, 0, data, gap=False):
            matches = signatures.match(seen)
            jobs.hear(matches, 0, ledger)
            work = jobs.work_of(matches)
    assert work is not None
    assert work.amount == pytest.approx(hashes, rel=1e-3)


def test_the_work_of_a_share_that_is_never_answered_counts() -> None:
    book, shares, ledger = ShareBook(), ShareCount(), WorkLedger()
    for serial in (1, 2):
        book.note(
            Observation(Direction.ORIG, 0, {}, serial=serial), {SessionEvent.UNANSWERED}, shares, Work(5.0), ledger
        )
    assert (shares.submitted, shares.accepted, ledger.whole.plain.total) == (2, 0, 10.0)


def test_an_answer_that_is_called_a_refusal_takes_no_share() -> None:
    book, shares = ShareBook(), ShareCount()
    book.note(Observation(Direction.ORIG, 0, {}, serial=1), {SessionEvent.SUBMIT}, shares)
    book.note(Observation(Direction.RESP, 0, {}, serial=2, answers=1), {SessionEvent.REJECTED}, shares)
    assert (shares.submitted, shares.accepted, shares.rejected) == (1, 0, 1)

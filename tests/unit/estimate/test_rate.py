"""From a conversation to a hash rate: real messages through the real dissector and signatures."""

from __future__ import annotations

import json

import pytest

from sensor.detect.flow import FlowTracker
from sensor.detect.names import LearnedNames
from sensor.engine.api import Candidate, Reason, StreamChunk
from sensor.estimate.algorithms import algorithm_of
from sensor.estimate.ledger import WorkLedger
from sensor.estimate.rate import rate_of, reported_of
from sensor.estimate.work import Work
from sensor.model.flow import Direction, Endpoint, FiveTuple
from sensor.signature import SignatureSet, load

UP, DOWN = Direction.ORIG, Direction.RESP
S = 1_000_000_000
T0 = 1_700_000_000 * S
HASH = "9c" * 32
TARGETS = {"10k": "b88d0600", "20k": "dc460300"}


def line(what: str, *words: str) -> dict[str, object]:
    """A message of a conversation, as it goes over the wire: CryptoNote, or Stratum V1 where it begins with ``v1``."""
    if what == "job":
        params = {"blob": "10" * 76, "job_id": words[0], "target": TARGETS[words[1]], "algo": "rx/0", "height": 3000000}
        return {"jsonrpc": "2.0", "method": "job", "params": params}
    if what == "submit":
        params = {"id": "1", "job_id": words[1], "nonce": f"{int(words[0]):08x}", "result": HASH}
        return {"id": int(words[0]), "jsonrpc": "2.0", "method": "submit", "params": params}
    if what == "good":
        return {"id": int(words[0]), "jsonrpc": "2.0", "error": None, "result": {"status": "OK"}}
    if what == "bad":
        return {"id": int(words[0]), "jsonrpc": "2.0", "error": {"code": -1, "message": "Low difficulty share"}}
    if what == "v1set":
        return {"id": None, "method": "mining.set_difficulty", "params": [float(words[0])]}
    if what == "v1job":
        rest = ["4d" * 32, "0100", "0200", [], "20000000", "1703a30c", "6741f3aa", True]
        return {"id": None, "method": "mining.notify", "params": [words[0], *rest]}
    if what == "v1submit":
        params = ["u.w", words[1], "00000001", "6741f3aa", f"{int(words[0]):08x}"]
        return {"id": int(words[0]), "method": "mining.submit", "params": params}
    assert what == "v1good"
    return {"id": int(words[0]), "result": True, "error": None}


def talk(text: str) -> list[tuple[float, Direction, str]]:
    """``SECOND what words`` for each message, between semicolons."""
    said = []
    for part in text.split(";"):
        second, what, *words = part.split()
        way = UP if what.endswith("submit") else DOWN
        said.append((float(second), way, json.dumps(line(what, *words))))
    return said


CONVERSATIONS = [
    ("shares of one target", "0 job a 10k; 50 submit 1 a; 50 good 1; 99 submit 2 a; 100 good 2", 200),
    ("a refused share does not count", "0 job a 10k; 50 submit 1 a; 51 bad 1; 99 submit 2 a; 100 good 2", 100),
    ("the target of the share's own job", "0 job a 10k; 40 job b 20k; 50 submit 1 a; 100 good 1", 100),
    ("an unknown job has the last target", "0 job a 10k; 40 job b 20k; 50 submit 1 zz; 100 good 1", 200),
    ("an answer is for the target at submit", "0 job a 10k; 40 submit 1 a; 50 job a 20k; 100 good 1", 100),
    ("only the pool's side is seen", "0 job a 10k; 50 good 1; 100 good 2", 200),
    ("joined before any job", "0 submit 1 x; 1 good 1; 10 job a 10k; 50 submit 2 a; 110 good 2", 100),
    (
        "a new difficulty holds from the next job on",
        "0 v1set 1; 0 v1job a; 10 v1set 9; 50 v1submit 4 a; 100 v1good 4",
        2**32 / 100,
    ),
    (
        "the job after it has the new one",
        "0 v1set 1; 0 v1job a; 10 v1set 4; 20 v1job b; 50 v1submit 4 b; 100 v1good 4",
        4 * 2**32 / 100,
    ),
    ("no share", "0 job a 10k; 100 job b 10k", None),
    ("no target", "0 submit 1 a; 50 good 1; 60 submit 2 a; 100 good 2", None),
]


NAMES = [row[0] for row in CONVERSATIONS]


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def hear(said: list[tuple[float, Direction, str]], signatures: SignatureSet) -> FlowTracker:
    ends = FiveTuple(Endpoint("192.0.2.1", 40000), Endpoint("198.51.100.1", 3333), "tcp")
    learned = LearnedNames(signatures, max_entries=8, min_ttl_s=300, max_ttl_s=86400)
    tracker = FlowTracker(Candidate(1, ends, T0, T0, Reason.ANCHOR, "", True), signatures, learned)
    for second, way, line in said:
        tracker.read(StreamChunk(1, way, T0 + int(second * S), line.encode() + b"\n", gap=False))
    return tracker


@pytest.mark.parametrize(
    ("said", "expected"), [row[1:] for row in CONVERSATIONS], ids=[row[0] for row in CONVERSATIONS]
)
def test_hash_rate_of_a_conversation(said, expected, signatures) -> None:
    facts = hear(talk(said), signatures).facts
    rate = rate_of(facts.work, algorithm_of(["sha256d"], (), None, 2026))
    assert (rate and rate.value) == (expected and pytest.approx(expected, rel=1e-9))


def test_difficulty_of_unknown_algorithm_tells_no_rate(signatures) -> None:
    said = talk("0 v1set 1; 0 v1job a; 50 v1submit 4 a; 100 v1good 4")
    work = hear(said, signatures).facts.work
    assert work.whole.scaled.count == 1
    assert rate_of(work, None) is None
    assert rate_of(work, algorithm_of(["groestl"], (), None, 2026)) is None


def test_interval_of_equal_shares_is_that_of_the_count(signatures) -> None:
    said = talk("0 job a 10k; " + "; ".join(f"{n}0 submit {n} a; {n}0 good {n}" for n in range(1, 11)))
    rate = rate_of(hear(said, signatures).facts.work, None)
    assert rate is not None and rate.last_15m is not None
    assert (rate.low, rate.value, rate.high) == pytest.approx((480, 1000, 1839), rel=2e-3)
    assert (rate.unit, rate.method) == ("H/s", "accepted-shares")


def test_unequal_shares_widen_the_interval() -> None:
    equal, unequal = WorkLedger(), WorkLedger()
    for ledger, works in ((equal, [100.0] * 20), (unequal, [10.0] * 10 + [190.0] * 10)):
        ledger.start(T0)
        for number, work in enumerate(works, 1):
            ledger.go_on(T0 + number * 10 * S)
            ledger.take(Work(work), T0 + number * 10 * S)
    one, other = rate_of(equal, None), rate_of(unequal, None)
    assert one is not None and other is not None
    assert one.value == other.value
    assert other.low < one.low and one.high < other.high


CLAIMS = [
    ({"method": "eth_submitHashrate", "params": ["0x1dcd6500", "0x" + HASH], "worker": "r1"}, 500e6),
    ({"method": "mining.hashrate", "params": ["1dcd6500", "w-123"]}, 500e6),
    ({"method": "eth_submitHashrate", "params": ["0x" + "f" * 64, "0x" + HASH]}, None),
]


@pytest.mark.parametrize(("message", "expected"), CLAIMS)
def test_a_claim_is_kept_apart(message, expected, signatures) -> None:
    work = hear([(0, UP, json.dumps({"id": 6, **message}))], signatures).facts.work
    claim = reported_of(work, None)
    assert (claim and claim.value) == expected
    assert rate_of(work, None) is None


def test_jobs_without_end_take_no_room(signatures) -> None:
    tracker = hear(talk("; ".join(f"{number} job j{number} 10k" for number in range(500))), signatures)
    assert len(tracker._jobs._jobs) == 64

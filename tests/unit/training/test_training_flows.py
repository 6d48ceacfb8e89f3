"""Is what the model learns from what the sensor would see?"""

import itertools
import random
import ssl
import statistics
from collections.abc import Callable, Iterator

import pytest

from sensor.behaviour.evidence import as_they_come
from sensor.behaviour.judge import Judge
from sensor.behaviour.model import load_model, logistic
from sensor.model.flow import Direction, Endpoint
from sensor.signature.location import shipped_folder
from sensor.simulate.wraps.base import Place
from training.benign.line import DURATION_S, Line
from training.benign.table import KINDS, benign_flows
from training.clocks import arrivals, beats, capped, skipped, stretches, uniform, volleys
from training.flows import Labelled, Sent, rows_of
from training.madeup import Habits, made_up_flows, pool
from training.mining import Setting, session
from training.tls import OVERHEAD_BYTES, buckets, tls

MINER = Setting("stratum", "cryptonote")
PLACE = Place(Endpoint("192.0.2.1", 40_000), Endpoint("198.51.100.1", 443), "pool.example.org")


@pytest.mark.parametrize(
    ("version", "name"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
@pytest.mark.parametrize("size_bytes", [1, 63, 255, 1400])
def test_a_write_grows_by_what_is_reckoned_with(version: ssl.TLSVersion, name: str, size_bytes: int) -> None:
    wrap = tls(version)(PLACE, random.Random(1))
    assert {direction for direction, _ in wrap.greeting()} == set(Direction)
    # In TLS 1.3 the server's session tickets come with its first write.
    wrap.pack(Direction.RESP, b"x")
    for direction in Direction:
        (sealed,) = wrap.pack(direction, b"x" * size_bytes)
        assert len(sealed) - size_bytes == OVERHEAD_BYTES[name]
        assert (sealed[0], int.from_bytes(sealed[3:5])) == (23, len(sealed) - 5)


@pytest.mark.parametrize(("size_bytes", "padded_bytes"), [(1, 258), (256, 258), (257, 514)])
def test_a_relay_fills_up(size_bytes: int, padded_bytes: int) -> None:
    (packed,) = buckets(256)(PLACE, random.Random(1)).pack(Direction.ORIG, b"x" * size_bytes)
    assert len(packed) == padded_bytes


def test_records_are_the_same_with_bytes_and_without() -> None:
    real = session("cryptonote", MINER, "test")
    # What is sealed write by write is one record a write.
    whole = [Sent(one.at_ns, one.sender, one.size_bytes) for one in real.sent if one.push and one.size_bytes < 1460]
    late = [one for one in whole if one.at_ns - real.first_ns > 30 * 10**9]
    bare = Labelled(real.source, real.family, True, False, "bare", late, real.first_ns, real.server)
    assert rows_of(bare)[2:] == rows_of(real)[2:] != []


def test_flows_repeat_with_their_seed() -> None:
    for make in (benign_flows, made_up_flows):
        assert [flow.sent for flow in make(1, 5)] == [flow.sent for flow in make(1, 5)]
        assert [flow.sent for flow in make(1, 5)] != [flow.sent for flow in make(1, 6)]


@pytest.mark.parametrize(
    ("habits", "answered", "is_even"),
    [
        pytest.param(Habits(beats=(0,)), (0.9, 1.0), False, id="every share is answered"),
        pytest.param(Habits(answers=(0,), beats=(0,)), (0.0, 0.2), False, id="none is"),
        pytest.param(Habits(answers=(5,), beats=(0,)), (0.1, 0.4), False, id="five are at once"),
        pytest.param(Habits(answer=None, beats=(0,)), (0.9, 1.0), True, id="answers are as long as shares"),
    ],
)
def test_a_made_up_pool_has_its_habits(habits: Habits, answered: tuple[float, float], is_even: bool) -> None:
    shares, of_those, even = 0, 0, 0
    for number in range(20):
        line = Line(random.Random(number))
        pool(line, habits)
        for before, after in itertools.pairwise(line.sent()):
            is_answer = after.sender is Direction.RESP and after.at_ns - before.at_ns < 10**9
            shares += before.sender is Direction.ORIG
            of_those += before.sender is Direction.ORIG and is_answer
            even += before.sender is Direction.ORIG and is_answer and abs(after.size_bytes - before.size_bytes) < 40
    assert answered[0] <= of_those / shares <= answered[1]
    assert (even > 0.8 * of_those) is is_even


@pytest.mark.parametrize("clock", [arrivals, beats, capped, skipped, stretches, uniform, volleys])
def test_clocks_end(clock: Callable[[Line], Iterator[float]]) -> None:
    for number in range(20):
        assert all(0 <= at_s < DURATION_S + 1 for at_s in clock(Line(random.Random(number))))


def test_jobs_come_on_a_timer_or_for_blocks_alone_minutes_apart() -> None:
    times = [list(capped(Line(random.Random(number)))) for number in range(200)]
    pauses_s = [[after - before for before, after in itertools.pairwise(one)] for one in times if len(one) > 4]
    assert sum(10 < max(one) < 64 for one in pauses_s) > 80
    assert sum(statistics.median(one) > 120 for one in pauses_s) > 5


def test_a_skipped_beat_is_still_one() -> None:
    times = list(skipped(Line(random.Random(3))))
    pauses = [after - before for before, after in itertools.pairwise(times)]
    beat_s = min(pauses)
    assert len({round(pause / beat_s) for pause in pauses}) > 1
    assert all(abs(pause / beat_s - round(pause / beat_s)) < 0.3 for pause in pauses)


def test_benign_kinds_are_named_once() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_the_shipped_model_tells_a_miner_from_a_mail_client() -> None:
    path = shipped_folder() / "models" / "behaviour-5.json"
    assert path.stat().st_size < 3_000_000
    model = load_model(path)
    judge = Judge(model)
    miner = session("cryptonote", MINER, "shipped")
    mail = next(flow for flow in benign_flows(1, 99) if flow.source == "imap-idle")
    odds = [[judge.odds(row.values) for row in rows_of(flow)] for flow in (miner, mail)]
    best = [logistic(max(as_they_come(one, model.doubt))) for one in odds]
    assert best[0] >= model.threshold > best[1]

"""Do the features say of a conversation what a person would say?"""

import math
from collections.abc import Sequence

import pytest

from sensor.behaviour.classes import gap_class, size_class
from sensor.behaviour.features import FEATURES, UNKNOWN, features
from sensor.behaviour.record import RESP_BIT, Behaviour
from sensor.model.flow import Direction

Said = tuple[float, str, int]
"""Seconds of pause before, ``up`` or ``down``, bytes."""


def record(said: Sequence[Said], server: Direction = Direction.RESP) -> Behaviour:
    down_bit = RESP_BIT if server is Direction.RESP else 0
    up_bit = RESP_BIT - down_bit
    pairs = [
        (size_class(size) | (down_bit if who == "down" else up_bit), gap_class(round(pause_s * 1000)))
        for pause_s, who, size in said
    ]
    return Behaviour(bytes(byte for pair in pairs for byte in pair), len(said), server)


def told(said: Sequence[Said], server: Direction = Direction.RESP) -> dict[str, float]:
    return dict(zip((feature.name for feature in FEATURES), features(record(said, server)), strict=True))


JOBS: list[Said] = [(22.0, "down", 406)] * 6 + [(9.0, "down", 406)] + [(22.0, "down", 408)] * 3
SHARES: list[Said] = [(14.0, "up", 255), (0.1, "down", 85), (30.0, "up", 256), (0.1, "down", 85), (2.0, "up", 255)]
PINGED: list[Said] = [(20.0, "down", 31), (0.1, "up", 35)] * 8


@pytest.mark.parametrize(
    ("said", "name", "expected"),
    [
        pytest.param(JOBS, "pushes", 1.0, id="jobs answer nothing"),
        pytest.param(JOBS, "push_alike", 1.0, id="jobs are of one length"),
        pytest.param(JOBS, "push_kinds", 1.0, id="a digit more is no other kind"),
        pytest.param(JOBS, "asks", 0.0, id="no asks"),
        pytest.param(JOBS, "ask_bytes", UNKNOWN, id="no asks, no length"),
        pytest.param(JOBS, "silence", 1.0, id="between jobs is silence"),
        pytest.param(SHARES, "answered_asks", 2 / 3, id="two of three shares are answered"),
        pytest.param(SHARES, "answer_alike", 1.0, id="answers are of one length"),
        pytest.param(SHARES, "pushes", 0.0, id="an answer is no push"),
        pytest.param(PINGED, "replied_pushes", 1.0, id="pings are answered by the client"),
        pytest.param(PINGED, "asks", 0.0, id="a reply is no ask"),
        pytest.param([(0.0, "down", 50), (0.01, "down", 50), (9.0, "up", 3000)], "bursts", 1 / 3, id="a burst"),
        pytest.param([(0.0, "down", 50), (0.01, "down", 50), (9.0, "up", 3000)], "long", 1 / 3, id="a long message"),
        pytest.param(JOBS, "messages", 10.0, id="messages are counted"),
        pytest.param(JOBS, "push_same", 1.0, id="a digit more, and still the same class"),
        pytest.param(SHARES, "ask_same", 2 / 3, id="a digit more, and another class"),
        pytest.param(SHARES, "up_bits", 0.918, id="two of three in one class"),
        pytest.param(SHARES, "main_answered", 2 / 3, id="shares that are answered"),
        pytest.param(SHARES, "main_answer_alike", 1.0, id="with answers of one length"),
        pytest.param(SHARES, "main_answer_bits", 0.0, id="which takes no bit to tell"),
        pytest.param(SHARES, "ups", 3 / 5, id="the client's part"),
        pytest.param(SHARES, "delay_spread", 0.0, id="a steady delay"),
        pytest.param([*SHARES, (60.0, "up", 35)], "main_ups", 3 / 4, id="a keepalive is of another length"),
        pytest.param([*SHARES, (60.0, "up", 35)], "main_asks", 1 / 2, id="and no main ask"),
        pytest.param(SHARES, "all_alike", 3 / 5, id="one length of two"),
        pytest.param(SHARES, "all_top_three", 1.0, id="three classes hold all"),
        pytest.param(JOBS, "longest_alike", 8.0, id="a timer ends eight pauses"),
        pytest.param(JOBS, "longest", float(gap_class(22_000)), id="at 22 s"),
        pytest.param(JOBS, "main_ask_bytes", UNKNOWN, id="no ask, no main one"),
        pytest.param(JOBS, "ask_drawn", UNKNOWN, id="no ask, none drawn"),
    ],
)
def test_what_is_said(said: list[Said], name: str, expected: float) -> None:
    assert told(said)[name] == pytest.approx(expected, abs=5e-4)


def test_shares_come_at_random_and_pings_on_a_beat() -> None:
    shares = [(pause_s, "up", 255) for pause_s in (1.2, 33.0, 4.0, 80.0, 9.0, 2.0, 51.0, 17.0)]
    pings = [(30.0, "up", 35)] * 8
    assert told(shares)["ask_variation"] > 0.7 > 0.1 > told(pings)["ask_variation"]
    assert told(pings)["ask_beat"] == 1.0


def test_shares_are_found_beside_polls_that_are_more() -> None:
    polls = [(at_s, "up", 81) for at_s in range(0, 200, 5)]
    shares = [(at_s + 0.5, "up", 205) for at_s in (2, 35, 39, 80, 88, 90, 141, 158)]
    answers = [(at_s + 0.05, "down", 40) for at_s, _, _ in shares]
    at_s, said = 0.0, []
    for when_s, side, size in sorted([*polls, *shares, *answers]):
        said.append((when_s - at_s, side, size))
        at_s = when_s
    found = told(said)
    assert found["random_ups"] == pytest.approx(8 / 48)
    assert found["random_bytes"] == pytest.approx(math.log2(205), abs=0.05)
    assert found["random_answered"] == 1.0
    assert found["random_memory"] < 1.1 < found["main_up_memory"]


def test_news_draws_asks_and_a_job_draws_no_share() -> None:
    drawn = [(60.0, "down", 400), (2.0, "up", 120)] * 6
    chance = [(31.0, "down", 400), (29.0, "up", 120)] * 6
    assert told(drawn)["ask_drawn"] > 2 > 0 > told(chance)["ask_drawn"]


def test_people_come_in_stretches_and_shares_do_not() -> None:
    people = [(0.5, "up", 120)] * 20 + [(900.0, "up", 120)]
    machine = [(40.0, "up", 120)] * 21
    assert told(people)["ask_stretches"] > 3 > -2 > told(machine)["ask_stretches"]


def test_who_is_the_server_decides_and_not_who_spoke_first() -> None:
    assert told(JOBS, Direction.ORIG) == told(JOBS, Direction.RESP)


def test_an_empty_record_gives_no_grounds() -> None:
    assert set(features(Behaviour(b"", 0, Direction.RESP))) == {UNKNOWN}


def test_names_are_unique_and_every_feature_has_words() -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert all(feature.words.zh and feature.words.en for feature in FEATURES)

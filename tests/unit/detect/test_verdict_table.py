"""What does each combination of supports amount to? The verdict table, and what no table may ever say."""

from __future__ import annotations

from itertools import combinations

import pytest

from sensor.detect.score import RULES
from sensor.detect.supports import LISTED, RELATED, SUPPORT_WORDS, Support
from sensor.model.evidence import Verdict

C, P, S = Verdict.CONFIRMED, Verdict.PROBABLE, Verdict.SUSPECTED
ORDER = [None, S, P, C]


def verdict(supports: frozenset[Support]) -> Verdict | None:
    return next((rule.verdict for rule in RULES if rule.carries(supports)), None)


@pytest.mark.parametrize(
    ("supports", "expected"),
    [
        ("unique", C),
        ("strong", P),
        ("message", S),
        ("message name", P),
        ("message address", P),
        ("message certificate", P),
        ("message behaviour", S),
        ("message probe", C),
        ("strong probe", C),
        ("name", S),
        ("address", S),
        ("certificate", S),
        ("probe", S),
        ("probe name", S),
        ("name address certificate", S),
        ("behaviour", None),
        ("behaviour name", P),
        ("behaviour address", P),
        ("behaviour certificate", P),
        ("behaviour fee", P),
        ("behaviour cluster", P),
        ("behaviour synchronous", P),
        ("behaviour spoke-miner", P),
        ("behaviour spoke-server", C),
        ("behaviour probe", C),
        ("behaviour name probe", C),
        ("fee", None),
        ("cluster", None),
        ("synchronous", None),
        ("spoke-miner", None),
        ("spoke-server", None),
        ("fee cluster synchronous spoke-miner spoke-server", None),
        ("fee name", S),
        ("spoke-server name", S),
    ],
)
def test_the_verdict_of(supports: str, expected: Verdict | None) -> None:
    assert verdict(frozenset(map(Support, supports.split()))) is expected


ALL = [frozenset(each) for size in range(len(Support) + 1) for each in combinations(Support, size)]


def test_more_support_never_makes_a_verdict_weaker() -> None:
    known = {each: ORDER.index(verdict(each)) for each in ALL}
    assert all(known[each] <= known[each | {more}] for each in ALL for more in Support)


def test_behaviour_is_in_no_claim_without_something_independent() -> None:
    read = {Support.UNIQUE, Support.STRONG, Support.MESSAGE}
    independent = LISTED | RELATED | {Support.PROBE, Support.SPOKE_SERVER}
    claims = [each for each in ALL if (found := verdict(each)) is not None and found.is_claim]
    assert all(each & read or (Support.BEHAVIOUR in each and each & independent) for each in claims)


def test_what_other_sessions_tell_is_nothing_without_behaviour() -> None:
    assert all(verdict(frozenset(each)) is None for size in (1, 2) for each in combinations(RELATED, size))


def test_every_support_has_words_in_both_languages() -> None:
    assert set(SUPPORT_WORDS) == set(Support)
    assert all(words.zh and words.en and words.zh != words.en for words in SUPPORT_WORDS.values())

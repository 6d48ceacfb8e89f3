"""What holds for every set of records? Bounded scores, no dependence on order, nobody named against a strong rival."""

from __future__ import annotations

import ipaddress
import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.lists.render.guard import harmless
from collector.registry.addresses import ip_key, network_keys
from collector.resolve.choices import Status
from collector.resolve.fuse import Judgement
from collector.resolve.holding import Claim, Question
from collector.resolve.options import BASE_SCORES, ResolveOptions
from collector.resolve.services import judge

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
IP = "203.0.113.9"
OPTIONS = ResolveOptions()


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    return [_claim(draw, number) for number in range(draw(st.integers(0, 8)))]


def _claim(draw: st.DrawFn, number: int) -> Claim:
    bits = draw(st.sampled_from([8, 16, 24, 29, 32]))
    low, high = network_keys(ipaddress.ip_network(f"{IP}/{bits}", strict=False))
    since = NOON + timedelta(seconds=draw(st.integers(-7200, 7200)))
    lasts = draw(st.one_of(st.none(), st.integers(0, 14400)))
    block = draw(st.one_of(st.none(), st.sampled_from([(1024, 2047), (2048, 4095)])))
    return Claim(
        record_id=number,
        source=draw(st.sampled_from(sorted(BASE_SCORES))),
        reference=f"#{number}",
        network=f"/{bits}",
        ip_lo=low,
        ip_hi=high,
        valid_from=since,
        valid_to=None if lasts is None else since + timedelta(seconds=lasts),
        imported_at=NOON - timedelta(days=draw(st.integers(-1, 200))),
        port_lo=block[0] if block else None,
        port_hi=block[1] if block else None,
        subscriber=draw(st.sampled_from(["", "s1", "s2"])),
        unit_name=draw(st.sampled_from(["", "甲公司", "甲 公司", "乙公司"])),
        uscc=draw(st.sampled_from(["", "91350100M000100Y43"])),
    )


questions = st.builds(
    lambda length_s, ports: Question(
        ip_key(IP), frozenset(ports), NOON, NOON + timedelta(seconds=length_s), timedelta(seconds=5)
    ),
    st.integers(0, 7200),
    st.sets(st.sampled_from([1100, 2100, 50000]), max_size=2),
)


def outcome(judgement: Judgement) -> tuple[str, str, list[tuple[str, float]]]:
    winner = judgement.winner.identity if judgement.winner else ""
    return judgement.status, winner, [(group.identity, group.confidence) for group in judgement.groups]


@settings(max_examples=150, deadline=None)
@given(questions, claims(), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_scores_are_bounded(
    question: Question, given_claims: list[Claim], chance: random.Random
) -> None:
    judgement = judge(question, given_claims, OPTIONS)
    shuffled = list(given_claims)
    chance.shuffle(shuffled)
    assert outcome(judge(question, shuffled, OPTIONS)) == outcome(judgement)
    for group in judgement.groups:
        assert 0.0 <= group.confidence <= 1.0
        assert all(0.0 <= one.score <= one.base and one.reasons for one in group.members)


@settings(max_examples=150, deadline=None)
@given(questions, claims())
def test_nobody_is_named_against_a_strong_rival(question: Question, given_claims: list[Claim]) -> None:
    judgement = judge(question, given_claims, OPTIONS)
    units = [group for group in judgement.groups if group.identity.startswith(("uscc:", "name:"))]
    strong = [group for group in units if group.confidence >= OPTIONS.strong]
    assert (len(strong) > 1) <= (judgement.status == Status.CONFLICT)
    if judgement.winner:
        assert judgement.status == Status.AUTO
        assert judgement.winner.confidence >= OPTIONS.name_at


@given(st.text())
def test_a_cell_is_never_a_formula(text: str) -> None:
    cell = harmless(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    cell.encode()

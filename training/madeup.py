"""Which protocols could there be besides those we know? Made-up ones, on both sides, so that a model learns shapes.

A made-up pool has what all pools have and nothing else in common with any dialect: jobs pushed when there are blocks
or a timer ends, shares that come without memory, short answers of one length, or none, or one for many. Lengths, beats,
keepalives, reports of hash rate, polls, padding, and how much is mined over the connection are drawn. A made-up service
is any mixture of pushes and requests that is not of that shape. Both serve training only: no result counts them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from training.benign.line import Line, any_padding
from training.clocks import arrivals, beats, capped, keep_alive, skipped, stretches, uniform, volleys
from training.flows import Labelled, random_server

FAMILY = "made-up"
SERVICES = 16
"""Sources of made-up services."""
PADDED = 0.1
"""The share of their connections that pass a relay which pads: some protocols pad by themselves."""
Range: TypeAlias = tuple[float, float]
_EVEN = 0.03
"""Lengths that spread less count as of one length."""


def made_up_flows(flows: int, seed: int, place: int = 0, split: int = 1) -> Iterator[Labelled]:
    """``flows`` of every made-up source; every ``split``-th from ``place``."""
    sources = [("pool", number, True) for number in range(len(POOL_HABITS))]
    sources += [("service", number, False) for number in range(SERVICES)]
    for (name, source, is_mining), number in itertools.product(sources, range(place, flows, split)):
        rng = random.Random(f"{name}/{source}/{seed}/{number}")  # noqa: S311 - repeatable, not secret
        line, padded = Line(rng), PADDED
        if name == "pool":
            padded = POOL_HABITS[source].padded
            pool(line, POOL_HABITS[source])
        else:
            service(line)
        filled = any_padding(rng) if rng.random() < padded else None
        if sent := line.sent(filled=filled):
            title = f"made-up-{name}-{source}"
            full = f"{title}/{seed}/{number}"
            yield Labelled(title, FAMILY, is_mining, False, full, sent, sent[0].at_ns, random_server(rng))


@dataclass(frozen=True, slots=True)
class Habits:
    """What the pools of a made-up source have in common; all else is drawn for each connection."""

    share: Range = (90, 420)
    """Lengths in bytes, before TLS."""
    answer: Range | None = (20, 120)
    """None: answers are as long as the shares."""
    job: Range = (100, 1600)
    share_s: Range = (4, 60)
    """Mean pause between shares."""
    padded: float = 0.25
    """The share of connections that pass a relay which pads."""
    answers: tuple[int, ...] = (1,)
    """For how many shares there is one answer; 0: for none."""
    polls: bool = False
    """True: the client asks for work on a beat besides."""
    beats: tuple[int, ...] = (0, 1)
    """Keepalives and reports of hash rate besides."""
    chains: tuple[int, ...] = (1,)
    """Jobs that are handed out at once."""


_FRAMES, _WIDE, _BATCHES = (18, 100), (18, 1500), (0, 2, 3, 5, 8, 12)
POOL_HABITS = (
    Habits(),
    Habits(share_s=(60, 900)),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 3000), share_s=(40, 900)),
    Habits(beats=(0,), share_s=(30, 600)),
    Habits(share_s=(0.4, 5)),
    Habits(beats=(1, 2, 3)),
    Habits(polls=True),
    Habits(polls=True, share=_WIDE, beats=(1, 2), chains=(1, 1, 2)),
    Habits(share=_FRAMES, answer=(8, 60), job=(30, 300)),
    Habits(share=_FRAMES, answer=(8, 60), job=(30, 300), answers=_BATCHES),
    Habits(share=_FRAMES, answer=None, job=(30, 1600), beats=(0, 1, 2)),
    Habits(share=_FRAMES, answer=(8, 60), job=(300, 2500)),
    Habits(share=(150, 3500), job=(700, 5000)),
    Habits(share=_WIDE, job=(100, 1600), answers=(0,), beats=(0,)),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 3000), answers=_BATCHES),
    Habits(share=_WIDE, answer=None, job=(30, 3000)),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 1600), chains=(2, 4, 16)),
    Habits(padded=1.0),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 3000), padded=1.0, share_s=(4, 300)),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 3000), padded=1.0, beats=(0,)),
    Habits(share=_FRAMES, answer=(8, 60), job=(30, 1600), padded=1.0),
    Habits(share=_WIDE, answer=(8, 140), job=(100, 1600), padded=1.0, share_s=(0.4, 8)),
    Habits(polls=True, padded=1.0, beats=(0, 1, 2)),
)
"""One made-up source each."""


def pool(line: Line, habits: Habits) -> None:
    """A pool, and a miner or a few behind a proxy."""
    rng = line.rng
    share = line.log_uniform(*habits.share)
    answer = line.log_uniform(*habits.answer) if habits.answer else share
    think_s, share_s = line.log_uniform(0.0005, 0.05), line.log_uniform(*habits.share_s)
    every, refused = rng.choice(habits.answers), rng.uniform(0, 0.03)
    longer, answer_longer = _growth(rng), _growth(rng)
    for number, at_s in enumerate(line.now_and_then(share_s)):
        if every and number % every == 0:
            back = 1.4 * answer if rng.random() < refused else answer + answer_longer(number)
            line.ask(at_s, share + longer(number), back, think_s)
        else:
            line.up(at_s, share + longer(number))
    _tell_jobs(line, habits)
    for _ in range(rng.choice(habits.beats)):
        keep_alive(line, think_s)
    if rng.random() < 0.4:
        size = rng.uniform(20, 110)
        for at_s in line.now_and_then(line.log_uniform(60, 600)):
            line.down(at_s, size)


def _growth(rng: random.Random) -> Callable[[int], int]:
    """Bytes by which the messages of one sort differ: none, a counter's digits, or what numbers happen to have."""
    start, most, wide = rng.randrange(1000), rng.randrange(2, 5), rng.uniform(2, 12)
    choices: tuple[Callable[[int], int], ...] = (
        lambda _: 0,
        lambda _: 0,
        lambda number: len(str(start + number)),
        lambda number: len(str(number)),
        lambda _: rng.randrange(most),
        lambda _: round(rng.gauss(0, wide)),
    )
    return rng.choice(choices)


@dataclass(frozen=True, slots=True)
class _Part:
    """Something that a made-up service says again and again."""

    is_push: bool
    clock: Callable[[Line], Iterator[float]]
    spread: float
    back: float
    """The spread of what answers it."""
    lengths: int
    """Lengths that it may have, each with an answer of its own."""


def service(line: Line) -> None:
    """Pushes and requests of any kind, drawn anew until they are not those of a pool."""
    while True:
        parts = [_part(line.rng) for _ in range(line.rng.choice((1, 2, 2, 3, 4)))]
        if not _like_a_pool(parts):
            break
    for part in parts:
        _play(line, part)


def _play(line: Line, part: _Part) -> None:
    rng = line.rng
    sizes = [(line.log_uniform(4, 4000), line.log_uniform(4, 2000)) for _ in range(part.lengths)]
    is_answered = rng.random() < (0.4 if part.is_push else 0.85)
    think_s = line.log_uniform(0.001, 0.5)
    alone, answered = (line.down, line.push) if part.is_push else (line.up, line.ask)
    for at_s in part.clock(line):
        size, answer = rng.choice(sizes)
        if is_answered:
            answered(at_s, line.size(size, part.spread), line.size(answer, part.back), think_s)
        else:
            alone(at_s, line.size(size, part.spread))


def _tell_jobs(line: Line, habits: Habits) -> None:
    rng = line.rng
    job, spread = line.log_uniform(*habits.job), rng.choice((0, 0, 0.003, 0.01, 0.04))
    if habits.polls:
        ask = line.log_uniform(50, 200)
        for at_s in line.every(rng.choice((5, 10, 10, 15, 30)), 0.01):
            line.ask(at_s, ask, line.size(job, spread))
    before, chains = rng.choice((0, 0, 0, 0, 0, rng.uniform(20, 110))), rng.choice(habits.chains)
    for at_s in capped(line):
        if before:
            line.down(at_s - 0.0005, before)
        for number in range(chains):
            line.down(at_s + number * 0.0002, line.size(job, spread))


_CLOCKS = (beats, arrivals, stretches, volleys, skipped, uniform, capped)
_SPREADS = (0, 0, 0.005, 0.02, 0.05, 0.1, 0.3, 0.6, 1.0)


def _part(rng: random.Random) -> _Part:
    return _Part(
        rng.random() < 0.5, rng.choice(_CLOCKS), rng.choice(_SPREADS), rng.choice(_SPREADS), rng.choice((1, 1, 1, 2, 3))
    )


def _like_a_pool(parts: list[_Part]) -> bool:
    """Even pushes at random or against a timer, and nothing else than even requests with even answers beside them."""
    uneven = any(part.lengths > 1 or part.spread > _EVEN or (not part.is_push and part.back > _EVEN) for part in parts)
    return not uneven and any(part.is_push and part.clock in (arrivals, capped) for part in parts)

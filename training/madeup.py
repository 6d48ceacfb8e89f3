"""Which protocols could there be besides those we know? Made-up ones, on both sides, so that a model learns shapes.

A made-up pool has what all pools have and nothing else in common with any dialect: jobs pushed when there are blocks
or a timer ends, shares that come without memory, short answers of one length, or none, or one for many. Lengths, beats,
keepalives, reports of hash rate, polls, padding, and how much is mined over the connection are drawn. A made-up service
is any mixture of pushes and requests that is not of that shape. Both serve training only: no result counts them.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from training.benign.line import Line, any_padding
from training.flows import Labelled, random_server

FAMILY = "made-up"
SERVICES = 8
"""Sources of made-up services."""
PADDED = 0.4
"""The share of their connections that pass a relay which pads."""
Range: TypeAlias = tuple[float, float]
_EVEN = 0.03
"""Lengths that spread less count as of one length."""
_Part: TypeAlias = tuple[str, Callable[[Line], Iterator[float]], float, float]
"""A push or an ask, its clock, and how lengths spread: its own, and those that answer it."""


def made_up_flows(flows: int, seed: int, place: int = 0, split: int = 1) -> Iterator[Labelled]:
    """``flows`` of every made-up source; every ``split``-th from ``place``."""
    sources = [("pool", number, True) for number in range(len(POOL_HABITS))]
    sources += [("service", number, False) for number in range(SERVICES)]
    for (name, source, is_mining), number in itertools.product(sources, range(place, flows, split)):
        rng = random.Random(f"{name}/{source}/{seed}/{number}")  # noqa: S311 - repeatable, not secret
        line, padded = Line(rng), PADDED
        if is_mining:
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
    answer: Range = (20, 120)
    job: Range = (100, 1600)
    share_s: Range = (4, 60)
    """Mean pause between shares."""
    padded: float = 0.25
    """The share of connections that pass a relay which pads."""
    answered: bool = True
    """False: shares are answered in batches, or never."""
    polls: bool = False
    """True: the client asks for work on a beat besides."""
    chains: tuple[int, ...] = (1,)
    """Jobs that are handed out at once."""


_FRAMES, _WIDE = (18, 100), (18, 1500)
POOL_HABITS = (
    Habits(),
    Habits(share_s=(60, 900)),
    Habits(share_s=(0.4, 5)),
    Habits(polls=True),
    Habits(polls=True, chains=(1, 1, 2)),
    Habits(share=_FRAMES, answer=(8, 60), job=(30, 300)),
    Habits(share=_FRAMES, answer=(8, 60), job=(300, 1600)),
    Habits(share=(150, 3500), job=(700, 5000)),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 3000), answered=False),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 1600), chains=(2, 4, 16)),
    Habits(padded=1.0),
    Habits(share=_WIDE, answer=(8, 140), job=(30, 3000), padded=1.0, share_s=(4, 300)),
)
"""One made-up source each."""


def pool(line: Line, habits: Habits) -> None:
    """A pool, and a miner or a few behind a proxy."""
    rng = line.rng
    share, answer = line.log_uniform(*habits.share), line.log_uniform(*habits.answer)
    think_s, share_s = line.log_uniform(0.0005, 0.05), line.log_uniform(*habits.share_s)
    answered_every = 1 if habits.answered else rng.choice((0, rng.randrange(2, 12)))
    for number, at_s in enumerate(line.now_and_then(share_s)):
        if answered_every and number % answered_every == 0:
            line.ask(at_s, share + rng.randrange(3), answer + rng.randrange(2), think_s)
        else:
            line.up(at_s, share + rng.randrange(3))
    _tell_jobs(line, habits)
    if rng.random() < 0.45:
        size = rng.uniform(20, 130)
        for at_s in line.every(rng.choice((20, 30, 60)), 0.05):
            line.ask(at_s, size, size * rng.uniform(0.4, 0.8), think_s)
    if rng.random() < 0.4:
        size = rng.uniform(20, 110)
        for at_s in line.now_and_then(line.log_uniform(60, 600)):
            line.down(at_s, size)


def service(line: Line) -> None:
    """Pushes and requests of any kind, drawn anew until they are not those of a pool."""
    rng = line.rng
    while True:
        parts = [_part(rng) for _ in range(rng.choice((1, 2, 2, 3, 4)))]
        if not _like_a_pool(parts):
            break
    for kind, clock, spread, back in parts:
        size, answer = line.log_uniform(4, 4000), line.log_uniform(4, 2000)
        is_answered = rng.random() < (0.85 if kind == "ask" else 0.4)
        think_s = line.log_uniform(0.001, 0.5)
        for at_s in clock(line):
            here, there = line.size(size, spread), line.size(answer, back)
            if kind == "ask":
                line.ask(at_s, here, there, think_s) if is_answered else line.up(at_s, here)
            else:
                line.push(at_s, here, there, think_s) if is_answered else line.down(at_s, here)


def _tell_jobs(line: Line, habits: Habits) -> None:
    rng = line.rng
    job, spread = line.log_uniform(*habits.job), rng.choice((0, 0.003, 0.01, 0.04))
    if habits.polls:
        ask = line.log_uniform(50, 200)
        for at_s in line.every(rng.choice((5, 10, 10, 15, 30)), 0.01):
            line.ask(at_s, ask, line.size(job, spread))
    before, chains = rng.choice((0, 0, 0, 0, 0, rng.uniform(20, 110))), rng.choice(habits.chains)
    for at_s in _capped(line):
        if before:
            line.down(at_s - 0.0005, before)
        for number in range(chains):
            line.down(at_s + number * 0.0002, line.size(job, spread))


def _capped(line: Line) -> Iterator[float]:
    """A beat that blocks without memory come before, or blocks alone."""
    rng = line.rng
    block_s = line.log_uniform(1, 600) if rng.random() < 0.5 else line.log_uniform(20, 600)
    refresh_s = math.inf if block_s < 120 and rng.random() < 0.5 else rng.uniform(10, 60)
    wobble = rng.choice((0.0005, 0.01, 0.05))
    at_s = rng.expovariate(1 / min(block_s, refresh_s))
    while at_s < 1_800:
        yield at_s
        at_s += max(min(refresh_s * (1 + rng.uniform(-wobble, wobble)), rng.expovariate(1 / block_s)), 0.01)


def _beats(line: Line) -> Iterator[float]:
    return line.every(line.log_uniform(0.5, 300), line.rng.choice((0.001, 0.02, 0.1, 0.3)))


def _arrivals(line: Line) -> Iterator[float]:
    return line.now_and_then(line.log_uniform(0.5, 300))


def _stretches(line: Line) -> Iterator[float]:
    """Dense while somebody is there, nothing otherwise."""
    is_there = line.active(line.log_uniform(10, 300), line.log_uniform(30, 900))
    return (at_s for at_s in line.now_and_then(line.log_uniform(0.3, 20)) if is_there(at_s))


def _volleys(line: Line) -> Iterator[float]:
    for at_s in line.now_and_then(line.log_uniform(5, 300)):
        for number in range(line.rng.choice((2, 3, 5, 8))):
            yield at_s + number * line.rng.choice((0.002, 0.05))


_CLOCKS = (_beats, _arrivals, _stretches, _volleys, _capped)


def _part(rng: random.Random) -> _Part:
    return rng.choice(("push", "ask")), rng.choice(_CLOCKS), _spread(rng), _spread(rng)


def _spread(rng: random.Random) -> float:
    return rng.choice((0, 0.005, 0.02, 0.05, 0.1, 0.3, 0.6, 1.0))


def _like_a_pool(parts: list[_Part]) -> bool:
    """Even pushes at random or against a timer, and nothing else than even requests with even answers beside them."""
    random_like = (_arrivals, _capped)
    uneven = [part for part in parts if part[2] > _EVEN or (part[0] == "ask" and part[3] > _EVEN)]
    pushed = any(kind == "push" and clock in random_like for kind, clock, _, _ in parts)
    return pushed and not uneven

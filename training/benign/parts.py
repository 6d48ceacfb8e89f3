"""How is a protocol told in a few rows? Parts that go on side by side: who begins, by which clock, and how long.

Every range is drawn from once for a connection, any order of magnitude as likely as another; a spread is the log-normal
one of the single message. So two connections of one protocol are as unlike as two installations of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from training.benign.line import DURATION_S, Line

Clock: TypeAlias = Callable[[Line], Iterator[float]]
Tell: TypeAlias = Callable[[Line], None]
_BEHIND_S = 0.0003
"""Between the records of one answer."""
_NEARLY, _EXACTLY = 0.02, 0.4
"""What spreads no more than this is of one length to the byte in that share of the connections: programs that name the
same things every time do so in as many bytes."""


@dataclass(frozen=True, slots=True)
class Size:
    """A length in bytes: its middle is drawn for the connection, its spread for the connection up to ``spread``."""

    low: float
    high: float
    spread: float = 0.0


Sizes: TypeAlias = tuple[Size, ...]
"""Several records in a row."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that happens again and again."""

    clock: Clock
    by_server: bool
    out: Sizes
    back: Sizes = ()
    """Empty: there is no answer."""
    think_s: float = 0.005
    replied: float = 1.0
    """The share of messages that are answered."""
    odds: float = 1.0
    """The share of connections that have this part at all."""


def told(*parts: Part) -> Tell:
    """A conversation of these parts."""

    def tell(line: Line) -> None:
        for part in parts:
            if line.rng.random() < part.odds:
                _play(line, part)

    return tell


def one_of(*tells: Tell) -> Tell:
    """One of several ways to talk, each as likely."""
    return lambda line: line.rng.choice(tells)(line)


def size(low: float, high: float | None = None, spread: float = 0.0) -> Sizes:
    """One record."""
    return (Size(low, low if high is None else high, spread),)


def ask(clock: Clock, out: Sizes, back: Sizes, **more: float) -> Part:
    """The client asks, the server answers."""
    return replace(Part(clock, False, out, back), **more)  # type: ignore[arg-type]


def push(clock: Clock, out: Sizes, back: Sizes, **more: float) -> Part:
    """The server tells, the client answers."""
    return replace(Part(clock, True, out, back), **more)  # type: ignore[arg-type]


def up(clock: Clock, out: Sizes, **more: float) -> Part:
    """The client tells."""
    return replace(Part(clock, False, out), **more)  # type: ignore[arg-type]


def down(clock: Clock, out: Sizes, **more: float) -> Part:
    """The server tells."""
    return replace(Part(clock, True, out), **more)  # type: ignore[arg-type]


def beat(*gaps_s: float, wobble: float = 0.01) -> Clock:
    """A steady beat of one of these."""
    return lambda line: line.every(line.rng.choice(gaps_s), line.rng.uniform(0.0005, wobble))


def chance(low_s: float, high_s: float) -> Clock:
    """Moments without memory, so far apart on average."""
    return lambda line: line.now_and_then(line.log_uniform(low_s, high_s))


def between(low_s: float, high_s: float) -> Clock:
    """Pauses of any length between these, as clients make that do not want to be known by their beat."""

    def clock(line: Line) -> Iterator[float]:
        at_s = line.rng.uniform(0, high_s)
        while at_s < DURATION_S:
            yield at_s
            at_s += line.rng.uniform(low_s, high_s)

    return clock


def either(*clocks: Clock) -> Clock:
    """One of these clocks."""
    return lambda line: line.rng.choice(clocks)(line)


def used(low_s: float, high_s: float, busy_s: float = 120.0, idle_s: float = 600.0) -> Clock:
    """Moments without memory while somebody is there, nothing while nobody is."""

    def clock(line: Line) -> Iterator[float]:
        is_there = line.active(busy_s * line.log_uniform(0.5, 2), idle_s * line.log_uniform(0.3, 2))
        return (at_s for at_s in line.now_and_then(line.log_uniform(low_s, high_s)) if is_there(at_s))

    return clock


def volleys(low_s: float, high_s: float, most: int = 6) -> Clock:
    """Some at once, and then a pause."""

    def clock(line: Line) -> Iterator[float]:
        step_s = line.log_uniform(0.002, 0.5)
        for at_s in line.now_and_then(line.log_uniform(low_s, high_s)):
            yield from (at_s + number * step_s for number in range(line.rng.randint(1, most)))

    return clock


def hanging(patience_s: tuple[float, ...], news_s: tuple[float, float], out: Sizes, none: Sizes, news: Sizes) -> Tell:
    """The client asks; the server answers with news, or with none when its patience ends; the client asks again."""

    def tell(line: Line) -> None:
        patience, mean_s = line.rng.choice(patience_s), line.log_uniform(*news_s)
        asked, empty, full = (_drawn(line, sizes) for sizes in (out, none, news))
        at_s = line.rng.uniform(0, 5)
        while at_s < DURATION_S:
            _write(line, at_s, asked, by_server=False)
            wait_s = line.rng.expovariate(1 / mean_s)
            at_s += line.delay(0.003) + min(wait_s, patience)
            _write(line, at_s, full if wait_s < patience else empty, by_server=True)
            at_s += line.delay(0.005)

    return tell


def both(*tells: Tell) -> Tell:
    """Side by side."""

    def tell(line: Line) -> None:
        for one in tells:
            one(line)

    return tell


_Drawn: TypeAlias = list[tuple[float, float]]
"""Middle and spread of each record."""


def _play(line: Line, part: Part) -> None:
    out, back = _drawn(line, part.out), _drawn(line, part.back)
    think_s = part.think_s * line.log_uniform(0.2, 5)
    for at_s in part.clock(line):
        _write(line, at_s, out, by_server=part.by_server)
        if back and line.rng.random() < part.replied:
            _write(line, at_s + line.delay(think_s), back, by_server=not part.by_server)


def _drawn(line: Line, sizes: Sizes) -> _Drawn:
    found = []
    for one in sizes:
        middle = line.log_uniform(one.low, one.high) if one.high > one.low else one.low
        found.append((middle, _spread(line, one.spread)))
    return found


def _spread(line: Line, most: float) -> float:
    if not most or (most <= _NEARLY and line.rng.random() < _EXACTLY):
        return 0.0
    return line.log_uniform(most / 8, most)


def _write(line: Line, at_s: float, sizes: _Drawn, *, by_server: bool) -> None:
    for number, (middle, spread) in enumerate(sizes):
        length = line.size(middle, spread) if spread else middle
        (line.down if by_server else line.up)(at_s + number * _BEHIND_S, length)

"""When do made-up pools and services say something? Clocks of all sorts, and what goes on beside them on a beat."""

from __future__ import annotations

import math
from collections.abc import Iterator

from training.benign.line import DURATION_S, Line


def capped(line: Line) -> Iterator[float]:
    """A beat that blocks without memory come before, or blocks alone."""
    rng = line.rng
    block_s = line.log_uniform(0.3, 600) if rng.random() < 0.5 else line.log_uniform(20, 600)
    refresh_s = math.inf if rng.random() < (0.5 if block_s < 120 else 0.3) else rng.uniform(10, 60)
    wobble = rng.choice((0.0005, 0.01, 0.05))
    at_s = rng.expovariate(1 / min(block_s, refresh_s))
    while at_s < DURATION_S:
        yield at_s
        at_s += max(min(refresh_s * (1 + rng.uniform(-wobble, wobble)), rng.expovariate(1 / block_s)), 0.01)


def beats(line: Line) -> Iterator[float]:
    """A beat of any length, steady or not."""
    return line.every(line.log_uniform(0.5, 300), line.rng.choice((0.001, 0.02, 0.1, 0.3)))


def arrivals(line: Line) -> Iterator[float]:
    """Moments without memory."""
    return line.now_and_then(line.log_uniform(0.5, 300))


def stretches(line: Line) -> Iterator[float]:
    """Dense while somebody is there, nothing otherwise."""
    is_there = line.active(line.log_uniform(10, 300), line.log_uniform(30, 900))
    return (at_s for at_s in line.now_and_then(line.log_uniform(0.3, 20)) if is_there(at_s))


def volleys(line: Line) -> Iterator[float]:
    """Some at once, and then a pause."""
    for at_s in line.now_and_then(line.log_uniform(5, 300)):
        for number in range(line.rng.choice((2, 3, 5, 8))):
            yield at_s + number * line.rng.choice((0.002, 0.05))


def skipped(line: Line) -> Iterator[float]:
    """A beat that is left out now and then."""
    kept = line.rng.uniform(0.2, 0.9)
    return (
        at_s for at_s in line.every(line.log_uniform(1, 60), line.rng.choice((0.001, 0.02))) if line.rng.random() < kept
    )


def uniform(line: Line) -> Iterator[float]:
    """Pauses of any length up to a longest one."""
    most_s = line.log_uniform(2, 300)
    least_s, at_s = line.rng.uniform(0, 0.5) * most_s, line.rng.uniform(0, most_s)
    while at_s < DURATION_S:
        yield at_s
        at_s += line.rng.uniform(least_s, most_s) + 0.01


def keep_alive(line: Line, think_s: float) -> None:
    """A sign of life or a report, on a beat, of either side."""
    rng = line.rng
    size, back = line.log_uniform(4, 220), line.log_uniform(4, 110)
    clock = line.every(rng.choice((5, 10, 15, 20, 30, 30, 60, 60, 120)), rng.choice((0.001, 0.01, 0.05)))
    tell = rng.choice(("ask", "ask", "ask", "up", "down", "push"))
    for at_s in clock:
        if tell == "ask":
            line.ask(at_s, size, back, think_s)
        elif tell == "push":
            line.push(at_s, back, size, think_s)
        else:
            (line.up if tell == "up" else line.down)(at_s, back)

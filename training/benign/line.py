"""How is a generated conversation told? As writes with a time, a sender and a length; TLS's overhead comes on top."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sensor.model.flow import Direction
from training.flows import START_NS, Sent
from training.tls import OVERHEAD_BYTES

DURATION_S = 1_800.0
MAX_WRITES = 6_000
"""A conversation that says more within half an hour is cut here."""
_NS = 10**9
_RECORD_BYTES = 16_384
Padder: TypeAlias = Callable[[int], int]
"""The length that a write is padded to."""


class Line:
    """One generated connection: its round trip and the writes so far."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.rtt_s = math.exp(rng.uniform(math.log(0.005), math.log(0.3)))
        self._writes: list[tuple[float, Direction, int]] = []

    def up(self, at_s: float, size_bytes: float) -> None:
        """The client writes."""
        self._write(at_s, Direction.ORIG, size_bytes)

    def down(self, at_s: float, size_bytes: float) -> None:
        """The server writes."""
        self._write(at_s, Direction.RESP, size_bytes)

    def ask(self, at_s: float, up_bytes: float, down_bytes: float, think_s: float = 0.002) -> None:
        """The client writes and the server answers."""
        self.up(at_s, up_bytes)
        self.down(at_s + self.delay(think_s), down_bytes)

    def push(self, at_s: float, down_bytes: float, up_bytes: float, think_s: float = 0.001) -> None:
        """The server writes and the client answers."""
        self.down(at_s, down_bytes)
        self.up(at_s + self.delay(think_s), up_bytes)

    def delay(self, think_s: float) -> float:
        """A round trip with its jitter, and a moment's thought."""
        return self.rtt_s * self.rng.uniform(0.95, 1.3) + self.rng.expovariate(1 / think_s)

    def every(self, gap_s: float, wobble: float = 0.002) -> Iterator[float]:
        """A beat from a random moment on."""
        at_s = self.rng.uniform(0, gap_s)
        while at_s < DURATION_S:
            yield at_s
            at_s += max(gap_s * (1 + self.rng.uniform(-wobble, wobble)), 0.01)

    def now_and_then(self, mean_s: float) -> Iterator[float]:
        """Moments without memory."""
        at_s = self.rng.expovariate(1 / mean_s)
        while at_s < DURATION_S:
            yield at_s
            at_s += max(self.rng.expovariate(1 / mean_s), 0.01)

    def active(self, busy_s: float, idle_s: float) -> Callable[[float], bool]:
        """When somebody is there: stretches of use and of rest, without memory."""
        edges, at_s, is_busy = [0.0], 0.0, self.rng.random() < busy_s / (busy_s + idle_s)
        first = is_busy
        while at_s < DURATION_S:
            at_s += self.rng.expovariate(1 / (busy_s if is_busy else idle_s))
            edges.append(at_s)
            is_busy = not is_busy
        return lambda when: (sum(edge <= when for edge in edges) % 2 == 1) is first

    def log_uniform(self, low: float, high: float) -> float:
        """Any order of magnitude is as likely as another."""
        return math.exp(self.rng.uniform(math.log(low), math.log(high)))

    def size(self, middle_bytes: float, spread: float) -> float:
        """A length around ``middle_bytes``, log-normal."""
        return middle_bytes * math.exp(self.rng.gauss(0, spread))

    def sent(self, *, is_tls: bool = True, filled: Padder | None = None) -> list[Sent]:
        """What was written, as records or as bare writes; with ``filled`` every write is padded before."""
        fill = filled or (lambda size: size)
        overhead = self.rng.choice((*OVERHEAD_BYTES.values(), 21)) if is_tls else 0
        start_ns = START_NS + self.rng.randrange(3_600 * _NS)
        ordered = sorted(self._writes)[:MAX_WRITES]
        return [
            Sent(start_ns + round(at_s * _NS), sender, part + overhead)
            for at_s, sender, size in ordered
            for part in _records(fill(size))
        ]

    def _write(self, at_s: float, sender: Direction, size_bytes: float) -> None:
        if at_s < DURATION_S:
            self._writes.append((at_s, sender, max(round(size_bytes), 1)))


@dataclass(frozen=True, slots=True)
class Kind:
    """A protocol, and how its conversations are told. ``is_tls`` False: it seals its bytes itself."""

    name: str
    tell: Callable[[Line], None]
    is_tls: bool = True


def any_padding(rng: random.Random) -> Padder:
    """A relay's rule: up to a multiple, or by a random amount."""
    if rng.random() < 0.5:
        step = rng.choice((16, 32, 64, 128, 200, 256, 400, 512, 800, 1024, 1300))
        return lambda size: -(-size // step) * step
    most = round(math.exp(rng.uniform(math.log(20), math.log(800))))
    return lambda size: size + rng.randrange(most + 1)


def _records(size_bytes: int) -> list[int]:
    whole, rest = divmod(size_bytes, _RECORD_BYTES)
    return [_RECORD_BYTES] * whole + ([rest] if rest else [])

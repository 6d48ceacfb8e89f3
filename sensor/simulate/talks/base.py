"""How does a conversation run through its time? Kinds of events, each with its own seeded clock."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sensor.simulate.session import TcpSession

Clock: TypeAlias = Callable[[], float]
"""The seconds until the next event of a kind."""


@dataclass(frozen=True, slots=True)
class Rig:
    """Who mines, and how much. Difficulty follows from ``hashrate_hs`` × ``share_gap_s``."""

    account: str
    worker: str
    agent: str
    coin: str | None
    hashrate_hs: float
    share_gap_s: float
    job_gap_s: float
    reject_rate: float = 0.0
    spaced: bool = False
    """True: a blank after ``:`` and ``,`` in every message, as some software writes."""

    @property
    def hashes_per_share(self) -> float:
        """Expected hashes (or solutions) behind one share."""
        return self.hashrate_hs * self.share_gap_s


@dataclass(slots=True)
class Tally:
    """The shares of one conversation."""

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0


class Talk(Protocol):
    """A conversation of one protocol over one session."""

    @property
    def tally(self) -> Tally:
        """The shares so far."""

    def open(self) -> None:
        """Say what comes first."""

    def clocks(self) -> Mapping[str, Clock]:
        """The kinds of events that follow, and when."""

    def act(self, kind: str) -> None:
        """Say what one event makes the two sides say."""


def play(talk: Talk, session: TcpSession, end_ns: int) -> None:
    """Run a conversation from the session's present to ``end_ns`` and close the connection."""
    talk.open()
    for at_ns, kind in timeline(talk.clocks(), session.now_ns, end_ns):
        session.wait_until(at_ns)
        talk.act(kind)
    session.wait_until(end_ns)
    session.close()


def timeline(clocks: Mapping[str, Clock], start_ns: int, end_ns: int) -> Iterator[tuple[int, str]]:
    """The events of all clocks in order, from one gap after ``start_ns`` until ``end_ns``."""
    queue = [(start_ns + round(clock() * 1e9), kind) for kind, clock in clocks.items()]
    heapq.heapify(queue)
    while queue and queue[0][0] < end_ns:
        at_ns, kind = queue[0]
        yield at_ns, kind
        heapq.heapreplace(queue, (at_ns + max(round(clocks[kind]() * 1e9), 1_000_000), kind))


def exponential(rng: random.Random, mean_s: float) -> Clock:
    """A memoryless clock: shares come so."""
    return lambda: rng.expovariate(1 / mean_s)


def steady(rng: random.Random, gap_s: float, wobble: float = 0.002) -> Clock:
    """A clock that keeps its beat but for a little wobble: polls and refreshes come so."""
    return lambda: gap_s * (1 + rng.uniform(-wobble, wobble))


def line(message: Mapping[str, Any], *, spaced: bool = False) -> bytes:
    """One JSON object and a line feed, compact or with blanks."""
    return json.dumps(message, separators=(", ", ": ") if spaced else (",", ":")).encode() + b"\n"


def hex_digits(rng: random.Random, digits: int) -> str:
    """That many random lower-case hex digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def target_256(hashes_per_share: float) -> str:
    """The 64-digit target that a share meets once in ``hashes_per_share``."""
    return f"{min(int(2**256 / max(hashes_per_share, 1.0)), 2**256 - 1):064x}"


def compact_target(target: float) -> int:
    """A target as block headers have it: its size in bytes above its 23 leading bits."""
    size = int(target).bit_length() // 8 + 1
    return size << 24 | int(target / 2.0 ** (8 * (size - 3)))

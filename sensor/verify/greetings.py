"""What does a miner say first in each dialect? Its greeting up to the login, from the cast of the simulator.

No greeting hands in work; the worker's name says what it is for.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from sensor.model.flow import Direction, Endpoint
from sensor.model.wire import Dialect
from sensor.simulate.cast import CASTS
from sensor.simulate.session import TcpSession

WORKER = "minewatch-verify"
_LEFT_OUT = {"nicehash", "monero-daemon", "eth-getwork", "alephium-node"}
"""Variants whose greeting somebody else would have to sign, and those that any node of the chain answers."""
_FIRST_TURN_ONLY = {"stratum-v2-noise"}
"""What follows would have to be encrypted with what the server answers; its length tells enough."""
_COMMON = (
    Dialect.STRATUM_V1,
    Dialect.CRYPTONOTE,
    Dialect.ETHEREUMSTRATUM_1,
    Dialect.ETH_PROXY,
    Dialect.ZIP_301,
    Dialect.STRATUM_V2,
    Dialect.PROGPOW,
)
"""Asked first: most pools answer one of these."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """One way to greet. After each of ``turns`` the client waits for an answer."""

    name: str
    dialect: Dialect
    turns: tuple[bytes, ...]
    is_web: bool
    """Its software speaks inside a WebSocket only."""


def greetings(server: Endpoint, host: str, rng: random.Random, order: tuple[Dialect, ...] = ()) -> list[Greeting]:
    """All greetings for ``server``, in ``order``; the most common ones first where no order is given."""
    wanted = list(dict.fromkeys(order or (*_COMMON, *Dialect)))
    names = [name for name, cast in CASTS.items() if cast.dialect in wanted and name not in _LEFT_OUT]
    # A stable sort: variants of a dialect stay in the order of the cast, behind its own name.
    names.sort(key=lambda name: wanted.index(CASTS[name].dialect))
    made = [_greeting(name, server, host, rng) for name in names]
    return [one for place, one in enumerate(made) if one.turns not in [each.turns for each in made[:place]]]


def _greeting(name: str, server: Endpoint, host: str, rng: random.Random) -> Greeting:
    cast = CASTS[name]
    session = TcpSession(Endpoint("192.0.2.1", 49_152), server, 0, rng)
    rig = replace(cast.rig, worker=WORKER if cast.rig.worker else "")
    cast.maker(session, rig, rng, host).open()
    turns: list[bytes] = []
    is_ours = False
    for segment in session.segments:
        if segment.payload and segment.direction is Direction.ORIG:
            if is_ours:
                turns[-1] += segment.payload
            else:
                turns.append(segment.payload)
        if segment.payload:
            is_ours = segment.direction is Direction.ORIG
    kept = turns[:1] if name in _FIRST_TURN_ONLY else turns
    return Greeting(name, cast.dialect, tuple(kept), bool(cast.wraps))

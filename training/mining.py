"""How do miners and pools talk over TLS? Every dialect's simulation, with a pool's habits drawn anew for every session.

What is drawn, and from where: a block on average every 1 to 600 s and jobs refreshed every 10 to 60 s whether there was
a block or not (pool software's defaults); shares without memory, most every 5 to 60 s as pools aim at, one machine in
seven slow at a fixed difficulty with 60 to 900 s; round trips of 5 to 300 ms; TLS 1.2 or 1.3, half of them.
"""

from __future__ import annotations

import math
import random
import ssl
from collections.abc import Iterator
from dataclasses import replace

from sensor.model.flow import Endpoint
from sensor.simulate.cast import CASTS
from sensor.simulate.frames import PSH
from sensor.simulate.session import SessionOptions, TcpSession
from sensor.simulate.talks.base import Clock, Rig, Talk, timeline
from sensor.simulate.wraps import websocket
from sensor.simulate.wraps.base import Place, WrapMaker
from training.flows import START_NS, Labelled, Sent, random_server
from training.tls import at_random, buckets, tls

POLLED = frozenset({"getwork", "getblocktemplate", "monero-daemon", "eth-getwork"})
"""Dialects over HTTP: the client polls, nothing is pushed."""
DURATION_S = 1_800
RELAYS: dict[str, WrapMaker] = {
    "relay-pad-64": buckets(64),
    "relay-pad-256": buckets(256),
    "relay-pad-512": buckets(512),
    "relay-pad-1024": buckets(1024),
    "relay-fill-100": at_random(100),
    "relay-fill-400": at_random(400),
}
RELAYED = ("stratum-v1", "cryptonote", "progpow", "ethereumstratum-1", "kaspa", "zip-301")
"""Dialects that are played behind each relay."""
_BLOCK_S = (1, 2, 12, 13, 15, 16, 60, 75, 120, 150, 600)


def mining_flows(sessions: int, seed: int) -> Iterator[Labelled]:
    """``sessions`` of every dialect over TLS, of some over WebSocket, and of some behind every relay."""
    for name in CASTS:
        family = "http" if name in POLLED else "stratum"
        for number in range(sessions):
            yield session(name, family, str(name), (), f"{seed}/{number}")
    for number in range(sessions):
        yield session("cryptonote", "stratum", "websocket", (websocket.text,), f"{seed}/ws/{number}")
    for source, wrap in RELAYS.items():
        for number in range(sessions):
            played = RELAYED[number % len(RELAYED)]
            yield session(played, "relay", source, (wrap,), f"{seed}/{number}")


def session(name: str, family: str, source: str, wraps: tuple[WrapMaker, ...], salt: str) -> Labelled:
    """One session of dialect ``name`` over TLS."""
    rng = random.Random(f"{source}/{name}/{salt}")  # noqa: S311 - repeatable, not secret
    cast = CASTS[name]
    rig = _rig(cast.rig, rng)
    version = rng.choice((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
    host = cast.host
    client, server = Endpoint("192.0.2.10", 49_152), Endpoint("198.51.100.7", 443)
    place = Place(client, server, host)
    made = tuple(make(place, rng) for make in (tls(version), *wraps, *cast.wraps))
    options = SessionOptions(rtt_s=math.exp(rng.uniform(math.log(0.005), math.log(0.3))), wraps=made)
    start_ns = START_NS + rng.randrange(3_600 * 10**9)
    tcp = TcpSession(client, server, start_ns, rng, options)
    _play(cast.maker(tcp, rig, rng, host), tcp, rng, polled=name in POLLED)
    sent = [
        Sent(one.at_ns, one.direction, len(one.payload), one.payload, bool(one.flags & PSH))
        for one in tcp.segments
        if one.payload
    ]
    return Labelled(source, family, True, False, f"{name}/{salt}", sent, start_ns, random_server(rng))


def _rig(usual: Rig, rng: random.Random) -> Rig:
    is_slow = rng.random() < 0.15
    share_s = math.exp(rng.uniform(math.log(60), math.log(900)) if is_slow else rng.gauss(math.log(18), 0.7))
    return replace(usual, share_gap_s=max(share_s, 3.0), reject_rate=rng.uniform(0, 0.03))


def _play(talk: Talk, tcp: TcpSession, rng: random.Random, *, polled: bool) -> None:
    """As ``sensor.simulate`` plays it, but with the pool's habits of handing out jobs."""
    talk.open()
    clocks = dict(talk.clocks())
    if "job" in clocks and not polled:
        clocks["job"] = _jobs(rng)
    for at_ns, kind in timeline(clocks, tcp.now_ns, tcp.now_ns + DURATION_S * 10**9):
        tcp.wait_until(at_ns)
        talk.act(kind)


def _jobs(rng: random.Random) -> Clock:
    """A job with every block, and one when that many seconds brought none."""
    block_s = rng.choice(_BLOCK_S)
    refresh_s = math.inf if block_s < 100 and rng.random() < 0.5 else rng.uniform(10, 60)
    wobble = rng.choice((0.0005, 0.01, 0.05))
    return lambda: min(refresh_s * (1 + rng.uniform(-wobble, wobble)), rng.expovariate(1 / block_s))

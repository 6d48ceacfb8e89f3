"""How do miners and pools talk over TLS? Every dialect's simulation, with a pool's habits drawn anew for every session.

What is drawn, and from where: blocks as often as the dialect's chains have them, and jobs refreshed every 10 to 60 s
whether there was a block or not (pool software's defaults); shares without memory, most every 5 to 60 s as pools aim
at; round trips of 5 to 300 ms; TLS 1.2 or 1.3, half of them. Besides: one connection for many machines, machines that
are too slow for their difficulty, connections that soon end, and relays that pad.
"""

from __future__ import annotations

import math
import random
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sensor.model.flow import Endpoint
from sensor.model.wire import Dialect
from sensor.simulate.cast import CASTS
from sensor.simulate.frames import PSH
from sensor.simulate.session import SessionOptions, TcpSession
from sensor.simulate.talks.base import Clock, Rig, Talk, timeline
from sensor.simulate.wraps import websocket
from sensor.simulate.wraps.base import Place, WrapMaker
from training.flows import START_NS, Labelled, Sent, random_server
from training.tls import at_random, buckets, doublings, tls

POLLED = frozenset({"getwork", "getblocktemplate", "monero-daemon", "eth-getwork"})
"""Dialects over HTTP: the client polls, nothing is pushed."""
DURATION_S = 1_800
RELAYS: dict[str, WrapMaker] = {
    "relay-pad-64": buckets(64),
    "relay-pad-128": buckets(128),
    "relay-pad-256": buckets(256),
    "relay-pad-512": buckets(512),
    "relay-pad-1024": buckets(1024),
    "relay-pad-even": buckets(1400),
    "relay-pad-doublings": doublings(32),
    "relay-fill-100": at_random(100),
    "relay-fill-200": at_random(200),
    "relay-fill-400": at_random(400),
}
RELAYED = ("stratum-v1", "cryptonote", "progpow", "ethereumstratum-1", "kaspa", "zip-301")
"""Dialects that are played in every other setting than their usual one."""
_BLOCK_S: Mapping[str, tuple[float, ...]] = {
    "BTC": (600,),
    "XMR": (120,),
    "ETC": (13,),
    "ETHW": (13,),
    "RVN": (60,),
    "ZEC": (75,),
    "ERG": (120,),
    "KAS": (1,),
    "CFX": (0.5, 1),
    "ALPH": (4, 8, 16),
    "KDA": (1.5, 30),
    "GRIN": (60,),
    "BEAM": (60,),
    "IRON": (60,),
    "ALEO": (10, 20),
    "XEL": (5, 15),
    "DCR": (300,),
    "HNS": (600,),
    "CKB": (8, 12, 24),
    "NEXA": (120,),
    "WART": (20,),
    "ZIL": (15, 40),
    "NIM": (60,),
    "BTM": (150,),
    "SC": (600,),
}
"""Seconds from block to block, by chain; several where its pools mine on more or fewer of its parts, or it changed."""
_SEVERAL: Mapping[str, tuple[float, ...]] = {
    Dialect.STRATUM_V1: (600, 600, 150, 75, 60, 15),
    Dialect.CRYPTONOTE: (120, 120, 60, 240),
    Dialect.BTCAGENT: (600, 600, 150),
}
"""Of dialects that many chains are mined in."""
_ANY = (13, 60, 75, 120, 150, 600)
"""Of those that are spoken for whatever pays."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is about a session besides its dialect."""

    family: str
    source: str
    wraps: tuple[WrapMaker, ...] = ()
    share_s: tuple[float, float] | None = None
    """Mean pause between shares where it is none of those that pools aim at."""
    lasts_s: tuple[float, float] = (DURATION_S, DURATION_S)


OTHERS = (
    Setting("stratum", "websocket", (websocket.text,)),
    Setting("stratum", "proxy-of-many", share_s=(0.4, 5)),
    Setting("stratum", "slow-machine", share_s=(60, 900)),
    Setting("stratum", "short-connection", lasts_s=(240, 600)),
    *(Setting("relay", source, (wrap,)) for source, wrap in RELAYS.items()),
)


def mining_flows(sessions: int, seed: int, place: int = 0, split: int = 1) -> Iterator[Labelled]:
    """``sessions`` of every dialect over TLS, and of some in every other setting; every ``split``-th from ``place``."""
    for number in range(place, sessions, split):
        for name in CASTS:
            yield session(name, Setting("http" if name in POLLED else "stratum", str(name)), f"{seed}/{number}")
        for setting in OTHERS:
            yield session(RELAYED[number % len(RELAYED)], setting, f"{seed}/{number}")


def session(name: str, setting: Setting, salt: str) -> Labelled:
    """One session of dialect ``name`` over TLS."""
    rng = random.Random(f"{setting.source}/{name}/{salt}")  # noqa: S311 - repeatable, not secret
    cast = CASTS[name]
    rig = _rig(cast.rig, rng, setting)
    version = rng.choice((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
    host = cast.host
    client, server = Endpoint("192.0.2.10", 49_152), Endpoint("198.51.100.7", 443)
    place = Place(client, server, host)
    made = tuple(make(place, rng) for make in (tls(version), *setting.wraps, *cast.wraps))
    options = SessionOptions(rtt_s=math.exp(rng.uniform(math.log(0.005), math.log(0.3))), wraps=made)
    start_ns = START_NS + rng.randrange(3_600 * 10**9)
    tcp = TcpSession(client, server, start_ns, rng, options)
    block_s = None if name in POLLED else rng.choice(_SEVERAL.get(name) or _BLOCK_S.get(rig.coin or "", _ANY))
    _play(cast.maker(tcp, rig, rng, host), tcp, rng, rng.uniform(*setting.lasts_s), block_s)
    sent = [
        Sent(one.at_ns, one.direction, len(one.payload), one.payload, bool(one.flags & PSH))
        for one in tcp.segments
        if one.payload
    ]
    named = setting.source, setting.family
    return Labelled(*named, True, False, f"{name}/{salt}", sent, start_ns, random_server(rng))


def _rig(usual: Rig, rng: random.Random, setting: Setting) -> Rig:
    if setting.share_s:
        low_s, high_s = setting.share_s
        return replace(usual, share_gap_s=math.exp(rng.uniform(math.log(low_s), math.log(high_s))))
    share_s = max(math.exp(rng.gauss(math.log(18), 0.7)), 3.0)
    return replace(usual, share_gap_s=share_s, reject_rate=rng.uniform(0, 0.03))


def _play(talk: Talk, tcp: TcpSession, rng: random.Random, lasts_s: float, block_s: float | None) -> None:
    """As ``sensor.simulate`` plays it, but with a pool's habits of handing out jobs where there is a ``block_s``."""
    talk.open()
    clocks = dict(talk.clocks())
    if "job" in clocks and block_s:
        clocks["job"] = _jobs(rng, block_s)
    for at_ns, kind in timeline(clocks, tcp.now_ns, tcp.now_ns + round(lasts_s * 10**9)):
        tcp.wait_until(at_ns)
        talk.act(kind)


def _jobs(rng: random.Random, block_s: float) -> Clock:
    """A job with every block, and one when that many seconds brought none."""
    refresh_s = math.inf if block_s < 100 and rng.random() < 0.5 else rng.uniform(10, 60)
    wobble = rng.choice((0.0005, 0.01, 0.05))
    return lambda: min(refresh_s * (1 + rng.uniform(-wobble, wobble)), rng.expovariate(1 / block_s))

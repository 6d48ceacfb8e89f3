"""What was played, and what is true about it? Frames, and the mining sessions planted among them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from sensor.model.flow import Endpoint
from sensor.model.wire import Dialect, timestamp
from sensor.simulate.frames import Row
from sensor.simulate.names import Lookup, lookup_rows
from sensor.simulate.session import SessionOptions, Shape, TcpSession
from sensor.simulate.talks.base import Rig, Talk, play
from sensor.simulate.wraps.base import Place, WrapMaker
from sensor.simulate.wraps.carriers import Carrier, carry

TRUTH_SCHEMA = "minewatch.truth/1"
_LOOKUP_LEAD_S = 0.25


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when one conversation takes place. ``host`` None: the address is known, nothing is looked up."""

    start_ns: int
    duration_s: float
    client: Endpoint
    server: Endpoint
    host: str | None = None
    alias: str | None = None
    resolver_ip: str = "203.0.113.253"
    rtt_s: float = 0.03
    vlan: int | None = None
    shapes: tuple[Shape, ...] = ()
    wraps: tuple[WrapMaker, ...] = ()
    """What is around the conversation, outermost first."""
    dress: tuple[WrapMaker, ...] = ()
    """How its JSON is written."""
    carriers: tuple[Carrier, ...] = ()
    """What is around its packets, outermost first."""

    @property
    def end_ns(self) -> int:
        """When the conversation is over."""
        return self.start_ns + round(self.duration_s * 1e9)


@dataclass(frozen=True, slots=True)
class PlantedSession:
    """One mining session that is in the traffic: what a perfect observer would say of it."""

    miner_ip: str
    miner_port: int
    pool_ip: str
    pool_port: int
    pool_domain: str | None
    dialect: Dialect
    coin: str | None
    account: str
    workers: list[str]
    agents: list[str]
    first_seen: str
    last_seen: str
    shares_submitted: int
    shares_accepted: int
    shares_rejected: int
    hashrate_hs: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """Frames in the order they pass the tap, and the sessions planted in them."""

    rows: list[Row]
    sessions: list[PlantedSession]


TalkMaker: TypeAlias = Callable[[TcpSession, random.Random], Talk]


def chat(scene: Scene, maker: TalkMaker, rng: random.Random) -> Traffic:
    """A conversation that is not mining, with the name lookup before it."""
    rows, _, _ = _converse(scene, maker, rng)
    return Traffic(rows, [])


def mine(scene: Scene, dialect: Dialect, rig: Rig, maker: TalkMaker, rng: random.Random) -> Traffic:
    """A mining session, with the name lookup before it and the truth about it."""
    rows, talk, session = _converse(scene, maker, rng)
    tally, ends = talk.tally, session.segments
    planted = PlantedSession(
        miner_ip=scene.client.ip,
        miner_port=scene.client.port,
        pool_ip=scene.server.ip,
        pool_port=scene.server.port,
        pool_domain=scene.host,
        dialect=dialect,
        coin=rig.coin,
        account=rig.account,
        workers=[rig.worker] if rig.worker else [],
        agents=[rig.agent] if rig.agent else [],
        first_seen=timestamp(ends[0].at_ns).isoformat(),
        last_seen=timestamp(ends[-1].at_ns).isoformat(),
        shares_submitted=tally.submitted,
        shares_accepted=tally.accepted,
        shares_rejected=tally.rejected,
        hashrate_hs=rig.hashrate_hs,
    )
    return Traffic(rows, [planted])


def merge(parts: Iterable[Traffic]) -> Traffic:
    """Several conversations as one capture, in the order of time."""
    rows: list[Row] = []
    sessions: list[PlantedSession] = []
    for part in parts:
        rows += part.rows
        sessions += part.sessions
    return Traffic(sorted(rows, key=lambda row: row[0]), sessions)


def write_truth(path: Path, scenario: str, seed: int, traffic: Traffic) -> None:
    """The planted sessions as a JSON document."""
    document = {
        "schema": TRUTH_SCHEMA,
        "scenario": scenario,
        "seed": seed,
        "packets": len(traffic.rows),
        "sessions": [asdict(session) for session in traffic.sessions],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _converse(scene: Scene, maker: TalkMaker, rng: random.Random) -> tuple[list[Row], Talk, TcpSession]:
    rows: list[Row] = []
    if scene.host is not None:
        lookup = Lookup(scene.host, scene.server.ip, scene.alias)
        asked_ns = scene.start_ns - round(_LOOKUP_LEAD_S * 1e9)
        rows += lookup_rows(scene.client.ip, _same_family(scene), lookup, asked_ns, rng)
    place = Place(scene.client, scene.server, scene.host or scene.server.ip)
    wraps = tuple(make(place, rng) for make in (*scene.wraps, *scene.dress))
    options = SessionOptions(rtt_s=scene.rtt_s, vlan=scene.vlan, shapes=scene.shapes, wraps=wraps)
    session = TcpSession(scene.client, scene.server, scene.start_ns, rng, options)
    talk = maker(session, rng)
    play(talk, session, scene.end_ns)
    rows += carry(session.rows(), scene.carriers)
    return rows, talk, session


def _same_family(scene: Scene) -> str:
    return "2001:db8:ffff::53" if ":" in scene.client.ip else scene.resolver_ip

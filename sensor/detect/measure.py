"""What does a session amount to: its hash rate, machines, power and energy, and is it a proxy's?"""

from __future__ import annotations

from typing import Any

from sensor.detect.facts import Facts
from sensor.detect.links import Links, Place
from sensor.estimate.algorithms import Algorithm
from sensor.estimate.fleet import Seen, judge_fleet, peak
from sensor.estimate.power import energy_of, power_of
from sensor.estimate.rate import rate_of, reported_of
from sensor.estimate.tally import NS
from sensor.model.wire import Detection, Dialect, Role
from sensor.signature import SignatureSet

HOUR_NS = 3600 * NS


def measured(
    said: Detection, facts: Facts, algorithm: Algorithm | None, signatures: SignatureSet, links: Links
) -> Detection:
    """``said`` with the estimates that the facts allow, and its place among the other sessions."""
    name, table, rate = algorithm.name if algorithm else None, signatures.efficiency, rate_of(facts.work, algorithm)
    connections = peak([(span.start_ns, span.end_ns) for span in facts.shares.spans])
    told = {"hashrate": rate, "reported": reported_of(facts.work, algorithm), "pool": links.named(said.pool)}
    said = said.model_copy(update=told)
    place = links.place_of(said, connections, name)
    judged = judge_fleet(_seen(said, facts, place, connections), rate, name, table)
    power = None
    if rate is not None and name is not None and table is not None:
        power = power_of(rate, name, said.agents, table, machines=judged.fleet.low if judged.fleet else 1)
    return said.model_copy(
        update={
            "role": Role.PROXY if judged.is_proxy else _role(said),
            "fleet": judged.fleet,
            "counted_in": place.carried_by,
            "power_w": power,
            "energy_kwh": energy_of(power, facts.work.whole.mined_ns / HOUR_NS),
        }
    )


def placed(said: Detection, links: Links) -> Detection:
    """``said`` with its place among sessions that others saw, and the name that they reached its pool by: what was not
    known to who said it is added."""
    connections = said.fleet.sessions if said.fleet else 1
    place = links.place_of(said, connections, said.algorithm)
    pool = links.named(said.pool)
    update: dict[str, Any] = {} if pool is said.pool else {"pool": pool}
    if said.counted_in is None and place.carried_by is not None:
        update["counted_in"] = place.carried_by
    if place.behind and said.role is not Role.PROXY:
        seen = Seen(workers=len(said.workers), names=1, sessions=connections, agents=(), **_behind(place))
        update |= {"role": Role.PROXY, "fleet": judge_fleet(seen, None, None, None).fleet}
    return said.model_copy(update=update) if update else said


def _seen(said: Detection, facts: Facts, place: Place, connections: int) -> Seen:
    return Seen(
        workers=len(facts.work.rigs) or len(said.workers),
        names=facts.work.names,
        sessions=connections,
        agents=tuple(said.agents),
        extranonces=peak(list(facts.work.extranonces.values())),
        **_behind(place),
    )


def _behind(place: Place) -> dict[str, int]:
    return {
        "miners_behind": len({record.miner_ip for record in place.behind}),
        "sessions_behind": sum(max(record.connections, 1) for record in place.behind),
        "workers_behind": len({worker for record in place.behind for worker in record.workers}),
    }


def _role(said: Detection) -> Role:
    return Role.BROWSER_MINER if said.dialect is Dialect.BROWSER_MINER else Role.MINER

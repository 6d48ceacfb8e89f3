"""How many machines mine behind one address, and is what stands there a proxy? Counted, and judged in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sensor.estimate.power import agent_row, rows_for
from sensor.model.wire import Fleet, HashRate
from sensor.signature import EfficiencyDocument

MIN_NAMES = 3
"""Rigs named on one connection that make it a proxy's; a second name may be the software's own fee."""
MIN_MACHINES = 3
"""The largest machines that one connection must outdo to be no machine's."""
MAX_MACHINES = 10**9
MAX_BASIS = 512


@dataclass(frozen=True, slots=True)
class Seen:
    """What was counted of one session: rigs named at all and on one connection, connections and extranonces at once,
    agents; and, where miners are seen to deliver to the address, how many they are: addresses, connections, names."""

    workers: int
    names: int
    sessions: int
    agents: Collection[str]
    extranonces: int = 0
    miners_behind: int = 0
    sessions_behind: int = 0
    workers_behind: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """Is it a proxy, and which fleet is behind it? No fleet where nothing speaks of more than one machine."""

    is_proxy: bool
    fleet: Fleet | None


def judge_fleet(
    seen: Seen, rate: HashRate | None, algorithm: str | None, table: EfficiencyDocument | None
) -> Judgement:
    """Machines behind a session, and whether it is a proxy's."""
    outdone, most = _by_rate(seen, rate, algorithm, table)
    reasons = list(_proxy_reasons(seen, outdone, table))
    counted = max(seen.sessions, seen.workers, seen.extranonces)
    low = max(1, counted, seen.miners_behind, seen.sessions_behind, seen.workers_behind, outdone)
    if low == 1 and not reasons:
        return Judgement(False, None)
    if not reasons and outdone <= counted:
        # Without a proxy every machine has a connection, a channel or a name of its own.
        most = counted
    fleet = Fleet(
        workers=max(seen.workers, seen.workers_behind),
        sessions=max(seen.sessions, 1),
        low=low,
        high=None if most is None else max(low, most),
        basis="；".join([*reasons, *_counts(seen, outdone)])[:MAX_BASIS],
    )
    return Judgement(bool(reasons), fleet)


def peak(spans: Sequence[tuple[int, int]]) -> int:
    """How many of the spans (start, end) held at one moment."""
    edges = sorted([(start, 1) for start, _ in spans] + [(max(end, start + 1), -1) for start, end in spans])
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def _by_rate(
    seen: Seen, rate: HashRate | None, algorithm: str | None, table: EfficiencyDocument | None
) -> tuple[int, int | None]:
    """The fewest machines that reach the rate, and the most that need not be slower than such machines are."""
    if rate is None or algorithm is None or table is None:
        return 1, None
    rows = rows_for(rate, algorithm, tuple(seen.agents), table)
    largest, smallest = [row.machine_max for row in rows], [row.rate.min for row in rows]
    low = rate.low / max(filter(None, largest)) if rows and all(largest) else 1
    high = rate.high / min(smallest) if rows and all(smallest) else None
    most = None if high is None else max(1, math.floor(min(high, MAX_MACHINES)))
    return min(max(1, math.ceil(low)), MAX_MACHINES), most


def _proxy_reasons(seen: Seen, outdone: int, table: EfficiencyDocument | None) -> Iterable[str]:
    agents = [agent for agent in seen.agents if table and (row := agent_row(agent, table)) and not row.classes]
    if agents:
        yield f"代理软件 agent of a proxy or rental service: {agents[0][:80]}"
    if seen.miners_behind:
        many = f"{seen.miners_behind} 个地址向它提交，{seen.sessions_behind} 条连接进、{max(seen.sessions, 1)} 条连接出"
        yield (
            f"{many} miners at {seen.miners_behind} addresses deliver to it: "
            f"{seen.sessions_behind} connections in, {max(seen.sessions, 1)} out"
        )
    if seen.names >= MIN_NAMES:
        yield f"一条连接上 {seen.names} 个矿工名 {seen.names} workers on one connection"
    if seen.extranonces - seen.sessions + 1 >= MIN_NAMES:
        told = f"{seen.sessions} 条连接上 {seen.extranonces} 个 extranonce"
        yield f"{told} {seen.extranonces} extranonces on {seen.sessions} connection(s)"
    if outdone >= MIN_MACHINES * max(seen.sessions, 1):
        yield f"算力相当于至少 {outdone} 台最大的矿机 the rate of {outdone} of the largest machines at least"


def _counts(seen: Seen, outdone: int) -> Iterable[str]:
    if seen.workers > 1:
        yield f"{seen.workers} 个矿工名 {seen.workers} worker names"
    if seen.sessions > 1:
        yield f"{seen.sessions} 条同时的连接 {seen.sessions} connections at once"
    if seen.extranonces > 1:
        yield f"同时使用 {seen.extranonces} 个不同的 extranonce {seen.extranonces} extranonces in use at once"
    if outdone > 1:
        yield f"单机算力不及 no single machine reaches the rate: {outdone} or more"

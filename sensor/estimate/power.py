"""How much electrical power does a hash rate take? A range from the efficiency table, and on what it rests.

P = H · e · overhead (+ the platform of a CPU miner). The device's class is told by the agent, the algorithm and the
rate itself; where several classes could be it, the range spans them all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sensor.model.wire import Energy, HashRate, Interval, Power
from sensor.signature import AgentRow, DeviceClass, EfficiencyDocument, EfficiencyRow, Span

_STEPS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_SOCKET_CLASSES = frozenset({DeviceClass.GPU, DeviceClass.CPU})
_WORDS = {
    DeviceClass.ASIC: "专用矿机 ASIC",
    DeviceClass.HOBBY_ASIC: "小型矿机 hobby ASIC",
    DeviceClass.MICROCONTROLLER: "单片机 microcontroller",
    DeviceClass.GPU: "显卡 GPU",
    DeviceClass.CPU: "处理器 CPU",
}
ENERGY_BASIS = "功率 × 观测到的挖矿时间 power × the mining time that was seen"
MAX_POWER_W = 1e12
"""More than any grid gives: the rate is a lie, and no power is told."""


def power_of(
    rate: HashRate, algorithm: str, agents: Iterable[str], table: EfficiencyDocument, *, machines: int = 1
) -> Power | None:
    """The power of ``rate`` (hashes, solutions or graphs per second); None where agent, algorithm and rate do not
    tell a class of device that the table knows. ``machines``: how many share the rate, at least."""
    one = Interval(value=rate.value / machines, low=rate.low / machines, high=rate.high / machines)
    rows = rows_for(one, algorithm, tuple(agents), table)
    if not rows:
        return None
    low = machines * min(_draw(row, one.low, "low", table) for row in rows)
    high = machines * max(_draw(row, one.high, "high", table) for row in rows)
    typical = [machines * _draw(row, one.value, "typical", table) for row in rows]
    value = math.exp(sum(map(math.log, typical)) / len(typical)) if min(typical) > 0 else 0.0
    if high > MAX_POWER_W:
        return None
    return Power(low=low, value=min(max(value, low), high), high=high, basis=_basis(rows, algorithm, rate.unit))


def energy_of(power: Power | None, hours: float) -> Energy | None:
    """What ``power`` takes in the mining time that was seen; None where the power is unknown or no time was seen."""
    if power is None or hours <= 0:
        return None
    low, value, high = (edge * hours / 1000 for edge in (power.low, power.value, power.high))
    return Energy(low=low, value=value, high=high, hours=hours, basis=ENERGY_BASIS)


def rows_for(
    rate: Interval, algorithm: str, agents: Sequence[str], table: EfficiencyDocument
) -> tuple[EfficiencyRow, ...]:
    """The rows of the table that may hold: by algorithm, then by class and model of the agents, then by rate."""
    known = [row for agent in agents if (row := agent_row(agent, table)) is not None]
    classes = {each for row in known for each in row.classes}
    fitting = [
        row
        for row in table.rows
        if algorithm in row.algorithms
        and (not classes or row.device in classes)
        and (not row.agents or _begins(agents, row.agents))
        and row.rate.min <= rate.high
        and (row.rate.max is None or rate.low <= row.rate.max)
    ]
    named = [row for row in fitting if row.agents]
    return tuple(named or fitting)


def agent_row(agent: str, table: EfficiencyDocument) -> AgentRow | None:
    """What the table knows of an agent: the longest prefix goes first."""
    name = agent.lower()
    fitting = [row for row in table.agents if name.startswith(row.prefix)]
    return max(fitting, key=lambda row: len(row.prefix), default=None)


def algorithms_of_agents(agents: Iterable[str], table: EfficiencyDocument) -> list[str]:
    """Algorithms of machines that can mine nothing else."""
    rows = [agent_row(agent, table) for agent in agents]
    return list(dict.fromkeys(row.algorithm for row in rows if row is not None and row.algorithm))


def _begins(agents: Iterable[str], prefixes: tuple[str, ...]) -> bool:
    return any(agent.lower().startswith(prefixes) for agent in agents)


def _draw(row: EfficiencyRow, rate: float, edge: str, table: EfficiencyDocument) -> float:
    overhead = float(getattr(table.overhead, edge)) if row.device in _SOCKET_CLASSES else 1.0
    platform_w = float(getattr(row.platform_w, edge)) if row.platform_w else 0.0
    return rate * float(getattr(row.joules, edge)) / _STEPS[row.per] * overhead + platform_w


def _basis(rows: Sequence[EfficiencyRow], algorithm: str, unit: str) -> str:
    of = unit.removesuffix("/s")
    parts = [
        f"{_WORDS[row.device]}, {algorithm}: {_span(row.joules)} J/{row.per}{of} ({row.year}; {row.source})"
        for row in rows
    ]
    return "；".join(parts)[:512]


def _span(span: Span) -> str:
    return f"{span.low:g}–{span.typical:g}–{span.high:g}"

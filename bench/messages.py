"""How many mining messages a second does one core judge, and what does a followed flow weigh?

Plays seeded conversations of several dialects into the pipeline, beside a bare loop of ``orjson.loads`` over the same
lines in the same run; follows many miners at once; and plays one day of a single miner. Prints tables, writes JSON, and
ends with status 1 where a budget of ``budgets.json`` does not hold. See ``README.md``.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from sensor.detect.pipeline import DetectOptions, Pipeline
from sensor.engine.api import Candidate, CloseCause, Event, FlowClosed, Reason, StreamChunk
from sensor.model.flow import Direction, Endpoint, FiveTuple, Traffic
from sensor.model.wire import SensorRef
from sensor.signature import SignatureSet, load
from sensor.simulate.cast import CASTS
from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import play

HERE = Path(__file__).resolve().parent
DIALECTS = ("stratum-v1", "cryptonote", "eth-proxy", "ethereumstratum-1", "ethereumstratum-2", "zip-301")
MINERS = 20
MESSAGES = 20_000
FOLLOWED = 10_000
DAY_S = 86_400.0
DAY_SHARES = 100_000
START_NS = 1_794_931_200 * 10**9
BATCH = 256
"""Events of one turn of the engine."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Speed:
    """How one dialect's messages were judged. Times are of the process, best of several runs."""

    dialect: str
    messages: int
    mean_bytes: float
    pipeline_us: float
    loads_us: float

    @property
    def messages_per_s(self) -> float:
        """Messages a second on one core."""
        return 1e6 / self.pipeline_us

    @property
    def to_loads(self) -> float:
        """How many bare readings of the same JSON one message costs."""
        return self.pipeline_us / self.loads_us


@dataclass(frozen=True, slots=True)
class Weight:
    """What is held for one followed flow, in bytes: as Python counts its objects, and as the process grows."""

    dialect: str
    flows: int
    shares: int
    object_bytes: float
    resident_bytes: float


@dataclass(frozen=True, slots=True)
class Day:
    """One miner over 24 hours: what it submitted, what was counted, and how memory stood at noon and at the end."""

    dialect: str
    submitted: int
    counted: int
    seconds: float
    noon_bytes: int
    midnight_bytes: int


def main() -> int:
    """Measure, print, write, judge."""
    options = _options()
    signatures = load()
    speeds = [measure_speed(signatures, dialect, options.runs) for dialect in options.dialects]
    _print_speeds(speeds)
    weights = [measure_weight(signatures, dialect, options.followed) for dialect in options.dialects]
    _print_weights(weights)
    days = [measure_day(signatures, dialect) for dialect in options.dialects[:3]]
    _print_days(days)
    faults = list(_faults(speeds, weights, days, json.loads((HERE / "budgets.json").read_text())))
    for fault in faults:
        sys.stdout.write(f"over budget: {fault}\n")
    rows = {
        "speed": [{**asdict(row), "messages_per_s": row.messages_per_s, "to_loads": row.to_loads} for row in speeds],
        "weight": [asdict(row) for row in weights],
        "day": [asdict(row) for row in days],
        "over_budget": faults,
    }
    Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")
    return 1 if faults and not options.no_fail else 0


def measure_speed(signatures: SignatureSet, dialect: str, runs: int) -> Speed:
    """Feed several miners' conversations of one dialect to a fresh pipeline, best of ``runs``."""
    events = list(_in_order(_miner(dialect, number, MESSAGES // MINERS) for number in range(MINERS)))
    lines = _lines(events)
    batches = [events[at : at + BATCH] for at in range(0, len(events), BATCH)]
    pipeline_s = min(_timed_pipeline(signatures, batches) for _ in range(runs))
    loads_s = min(_timed_loads(lines) for _ in range(runs))
    mean_bytes = sum(map(len, lines)) / len(lines)
    return Speed(dialect, len(lines), mean_bytes, pipeline_s / len(lines) * 1e6, loads_s / len(lines) * 1e6)


def measure_weight(signatures: SignatureSet, dialect: str, flows: int) -> Weight:
    """Follow ``flows`` miners at once, each for some 30 messages, and see what is held for them."""
    talks = [_miner(dialect, number, 30)[:-1] for number in range(16)]
    shares = sum(b"submit" in event.data for event in talks[0] if isinstance(event, StreamChunk))
    pipeline = _pipeline(signatures)
    gc.collect()
    resident = _resident_bytes()
    tracemalloc.start()
    for number in range(flows):
        pipeline.feed(_renumbered(talks[number % len(talks)], number))
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Weight(dialect, flows, shares, held / flows, (_resident_bytes() - resident) / flows)


def measure_day(signatures: SignatureSet, dialect: str) -> Day:
    """Play 24 hours of one miner; count its shares, and what the pipeline holds at noon and at midnight."""
    events = _miner(dialect, 1, 0, duration_s=DAY_S, share_gap_s=DAY_S / DAY_SHARES)
    submitted = sum(b"submit" in event.data for event in events if isinstance(event, StreamChunk))
    pipeline = _pipeline(signatures, DetectOptions(update_interval_s=DAY_S * 2))
    noon = len(events) // 2
    start = time.process_time()
    tracemalloc.start()
    pipeline.feed(events[:noon])
    noon_bytes, _ = tracemalloc.get_traced_memory()
    pipeline.feed(events[noon:-1])
    midnight_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    counted = sum(said.shares.submitted for said in pipeline.finish())
    return Day(dialect, submitted, counted, time.process_time() - start, noon_bytes, midnight_bytes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialects", nargs="+", default=list(DIALECTS), choices=list(CASTS), help="dialects to play")
    parser.add_argument("--runs", type=int, default=5, help="runs of each measurement; the best one counts")
    parser.add_argument("--followed", type=int, default=FOLLOWED, help="miners followed at once")
    parser.add_argument("--json", default="messages.json", help="where the result is written")
    parser.add_argument("--no-fail", action="store_true", help="end with status 0 over budget too")
    return parser.parse_args()


def _miner(
    dialect: str, number: int, messages: int, *, duration_s: float | None = None, share_gap_s: float = 2.0
) -> list[Event]:
    """One miner's flow, from its candidate to its end; about ``messages`` messages unless it has a time."""
    cast, rng = CASTS[dialect], random.Random(f"{dialect}/{number}/{SEED}")
    five_tuple = _five_tuple(number, cast.port)
    session = TcpSession(five_tuple.orig, five_tuple.resp, START_NS, rng)
    rig = replace(cast.rig, share_gap_s=share_gap_s, reject_rate=0.02)
    span_s = duration_s or messages / 2 * share_gap_s
    play(cast.maker(session, rig, rng, cast.host), session, START_NS + round(span_s * 1e9))
    said = [segment for segment in session.segments if segment.payload]
    opened = Candidate(number, five_tuple, START_NS, START_NS, Reason.ANCHOR, "", handshake_seen=True)
    chunks = [StreamChunk(number, each.direction, each.at_ns, each.payload, gap=False) for each in said]
    return [opened, *chunks, FlowClosed(number, session.now_ns, CloseCause.FIN, Traffic())]


def _five_tuple(number: int, port: int) -> FiveTuple:
    return FiveTuple(
        Endpoint(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 49_152), Endpoint("198.51.100.7", port), "tcp"
    )


def _renumbered(events: list[Event], number: int) -> Iterator[Event]:
    """The same conversation as that of another miner."""
    for event in events:
        if isinstance(event, Candidate):
            yield replace(event, flow_id=number, five_tuple=_five_tuple(number, event.five_tuple.resp.port))
        elif isinstance(event, StreamChunk):
            yield StreamChunk(number, event.direction, event.at_ns, bytes(bytearray(event.data)), event.gap)


def _lines(events: list[Event]) -> list[bytes]:
    """Every message as one line: a long one comes in several chunks."""
    streams: dict[tuple[int, Direction], list[bytes]] = {}
    for event in events:
        if isinstance(event, StreamChunk):
            streams.setdefault((event.flow_id, event.direction), []).append(event.data)
    return [line for pieces in streams.values() for line in b"".join(pieces).splitlines()]


def _in_order(talks: Iterator[list[Event]]) -> list[Event]:
    return sorted((event for talk in talks for event in talk), key=lambda event: event.at_ns)


def _pipeline(signatures: SignatureSet, options: DetectOptions | None = None) -> Pipeline:
    return Pipeline(signatures, sensor=SensorRef(id="bench"), options=options)


def _timed_pipeline(signatures: SignatureSet, batches: list[list[Event]]) -> float:
    pipeline = _pipeline(signatures)
    start = time.process_time()
    for batch in batches:
        pipeline.feed(batch)
    return time.process_time() - start


def _timed_loads(lines: list[bytes]) -> float:
    loads = orjson.loads
    start = time.process_time()
    for line in lines:
        loads(line)
    return time.process_time() - start


def _resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def _print_speeds(rows: list[Speed]) -> None:
    line = "{:20} {:>9} {:>7} {:>12} {:>9} {:>9} {:>9}\n"
    sys.stdout.write(line.format("dialect", "messages", "bytes", "messages/s", "us", "loads us", "to loads"))
    for row in rows:
        cells = (f"{row.mean_bytes:.0f}", f"{row.messages_per_s:.0f}", f"{row.pipeline_us:.2f}", f"{row.loads_us:.2f}")
        sys.stdout.write(line.format(row.dialect, row.messages, *cells, f"{row.to_loads:.1f}"))


def _print_weights(rows: list[Weight]) -> None:
    line = "{:20} {:>9} {:>7} {:>14} {:>14}\n"
    sys.stdout.write("\n" + line.format("dialect", "followed", "shares", "objects B/flow", "resident B/flow"))
    for row in rows:
        cells = (f"{row.object_bytes:.0f}", f"{row.resident_bytes:.0f}")
        sys.stdout.write(line.format(row.dialect, row.flows, row.shares, *cells))


def _print_days(rows: list[Day]) -> None:
    line = "{:20} {:>9} {:>9} {:>9} {:>12} {:>14}\n"
    sys.stdout.write("\n" + line.format("a day of", "submitted", "counted", "cpu s", "B at noon", "B at midnight"))
    for row in rows:
        cells = (f"{row.seconds:.1f}", row.noon_bytes, row.midnight_bytes)
        sys.stdout.write(line.format(row.dialect, row.submitted, row.counted, *cells))


def _faults(speeds: list[Speed], weights: list[Weight], days: list[Day], budgets: dict[str, Any]) -> Iterator[str]:
    yield from ()


if __name__ == "__main__":
    sys.exit(main())

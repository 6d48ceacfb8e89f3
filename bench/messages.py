"""How many mining messages a second does one core judge, and what does a followed miner weigh?

Plays seeded conversations of several dialects into the pipeline, beside a bare loop of ``orjson.loads`` over the same
lines in the same run; follows many miners at once, one of them hostile; and plays a whole day of one miner. Prints
tables, writes JSON, and ends with status 1 where a budget of ``budgets.json`` does not hold. Takes less than three
minutes of a free core, with ``--quick`` some seconds. See ``README.md``.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
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
from sensor.simulate.talks.base import Tally, play

HERE = Path(__file__).resolve().parent
DIALECTS = ("stratum-v1", "cryptonote", "eth-proxy", "ethereumstratum-1", "ethereumstratum-2", "zip-301")
HOSTILE = "hostile"
MINERS, MESSAGES = 20, 20_000
FOLLOWED, HOSTILE_FOLLOWED, TRACED = 10_000, 20, 200
FOLLOWED_S = 30.0
DAY_S, DAY_SHARES = 86_400.0, 100_000
QUICK_MESSAGES, QUICK_FOLLOWED, QUICK_SHARES = 4_000, 100, 2_000
START_NS = 1_794_931_200 * 10**9
BATCH = 256
"""Events of one turn of the engine."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Talk:
    """One miner's flow from its candidate to its end, and its shares as the miner counts them."""

    events: list[Event]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast one dialect's messages are judged. Microseconds of process time a message, best of several runs."""

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
    """Bytes held for one followed flow: by Python's count of its objects, by the process's growth, by our estimate."""

    dialect: str
    flows: int
    messages: int
    object_bytes: float
    resident_bytes: float
    estimated_bytes: float


@dataclass(frozen=True, slots=True)
class Day:
    """One miner over 24 hours: its own count of shares, ours, and the bytes held at noon and at midnight."""

    dialect: str
    played: tuple[int, int, int]
    counted: tuple[int, int, int]
    """Submitted, accepted, rejected; so is ``played``."""
    noon_bytes: int
    midnight_bytes: int


def main() -> int:
    """Measure, print, write, judge. Every measurement has a process of its own."""
    options = _options()
    start_s = time.monotonic()
    speeds = [_alone(measure_speed, dialect, options.messages, options.runs) for dialect in options.dialects]
    _print_speeds(speeds)
    weights = [_alone(measure_weight, dialect, options.followed) for dialect in options.days]
    weights.append(_alone(measure_weight, HOSTILE, HOSTILE_FOLLOWED))
    _print_weights(weights)
    days = [_alone(measure_day, dialect, options.shares) for dialect in options.days]
    _print_days(days)
    sys.stdout.write(f"\n{time.monotonic() - start_s:.0f} s\n")
    budgets = json.loads((HERE / "budgets.json").read_text())["messages"]
    faults = list(_faults(speeds, weights, days, budgets))
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


def measure_speed(dialect: str, messages: int, runs: int) -> Speed:
    """Feed some ``messages`` of several miners' conversations to a fresh pipeline, best of ``runs``."""
    talks = [play_miner(dialect, number, 2.0 * messages / MINERS / 2) for number in range(MINERS)]
    events = sorted((event for talk in talks for event in talk.events), key=lambda event: event.at_ns)
    lines, batches = _lines(events), [events[at : at + BATCH] for at in range(0, len(events), BATCH)]
    # What was played stays for ever: the collector need not look at it, as it would not at a sensor's packets.
    gc.collect()
    gc.freeze()
    pipeline_s = min(_timed_pipeline(batches) for _ in range(runs))
    loads_s = min(_timed_loads(lines) for _ in range(runs))
    mean_bytes = sum(map(len, lines)) / len(lines)
    return Speed(dialect, len(lines), mean_bytes, pipeline_s / len(lines) * 1e6, loads_s / len(lines) * 1e6)


def measure_weight(dialect: str, flows: int) -> Weight:
    """Follow ``flows`` miners at once, each for its first :data:`FOLLOWED_S`, and see what is held for them."""
    if dialect == HOSTILE:
        talks = [hostile_miner()]
    else:
        talks = [play_miner(dialect, number, FOLLOWED_S).events[:-1] for number in range(4)]
    traced, pipeline = min(flows, TRACED), new_pipeline()
    before = _resident_bytes()
    _follow(pipeline, talks, range(flows))
    resident_bytes = (_resident_bytes() - before) / flows
    estimated_bytes = pipeline.room.held_bytes / flows
    tracemalloc.start()
    _follow(pipeline, talks, range(flows, flows + traced))
    object_bytes = tracemalloc.get_traced_memory()[0] / traced
    tracemalloc.stop()
    return Weight(dialect, flows, len(_lines(talks[0])), object_bytes, resident_bytes, estimated_bytes)


def measure_day(dialect: str, shares: int) -> Day:
    """Play 24 hours of one miner; count its shares, and what the pipeline holds at noon and at midnight."""
    talk = play_miner(dialect, 1, DAY_S, share_gap_s=DAY_S / shares)
    pipeline, noon = new_pipeline(DetectOptions(update_interval_s=2 * DAY_S)), len(talk.events) // 2
    tracemalloc.start()
    pipeline.feed(talk.events[:noon])
    noon_bytes, _ = tracemalloc.get_traced_memory()
    pipeline.feed(talk.events[noon:-1])
    midnight_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (said,) = pipeline.finish()
    counted = (said.shares.submitted, said.shares.accepted, said.shares.rejected)
    played = (talk.tally.submitted, talk.tally.accepted, talk.tally.rejected)
    return Day(dialect, played, counted, noon_bytes, midnight_bytes)


def play_miner(dialect: str, number: int, duration_s: float, *, share_gap_s: float = 2.0) -> Talk:
    """The conversation of the ``number``-th miner of a dialect."""
    cast, rng = CASTS[dialect], random.Random(f"{dialect}/{number}/{SEED}")
    ends = _ends(number, cast.port)
    session = TcpSession(ends.orig, ends.resp, START_NS, rng)
    rig = replace(cast.rig, share_gap_s=share_gap_s, reject_rate=0.02)
    talk = cast.maker(session, rig, rng, cast.host)
    play(talk, session, START_NS + round(duration_s * 1e9))
    said = [segment for segment in session.segments if segment.payload]
    chunks = [StreamChunk(number, each.direction, each.at_ns, each.payload, gap=False) for each in said]
    opened = Candidate(number, ends, START_NS, START_NS, Reason.ANCHOR, "", handshake_seen=True)
    closed = FlowClosed(number, session.now_ns, CloseCause.FIN, Traffic())
    return Talk([opened, *chunks, closed], talk.tally)


def hostile_miner() -> list[Event]:
    """A flow that fills every table kept for it: jobs, open requests, open shares, names, and lines without an end."""
    filler = "f" * 400
    up = [{"id": 1, "method": "mining.subscribe", "params": ["miner/1.0"]}]
    for number in range(1100):
        share = [f"{number}{filler}.{number}{filler}", f"{number}{filler}", "00", "5f000000", f"{number:08x}"]
        up.append({"id": f"{number}{filler}", "method": "mining.submit", "params": share})
    job = ["", "0" * 64, "", "", [], "20000000", "170331db", "5f000000", True]
    down = [{"id": 1, "result": [[["mining.notify", "1"]], "00", 4], "error": None}]
    down += [{"id": None, "method": "mining.set_difficulty", "params": [8]}]
    for number in range(1100):
        down.append({"id": None, "method": "mining.notify", "params": [f"{number}{filler}", *job[1:]]})
        down.append({"id": f"{number}{filler}", "method": filler, "params": []})
    ends = _ends(0, 3333)
    events: list[Event] = [Candidate(0, ends, START_NS, START_NS, Reason.ANCHOR, "", handshake_seen=True)]
    for direction, messages in ((Direction.RESP, down), (Direction.ORIG, up)):
        lines = [orjson.dumps(message) + b"\n" for message in messages]
        lines.append(b'{"open":[\n' + b'"' + b"x" * 60_000)
        events += [StreamChunk(0, direction, START_NS, line, gap=False) for line in lines]
    return events


@cache
def shipped() -> SignatureSet:
    """The signatures that are shipped, read once in a process."""
    return load()


def new_pipeline(options: DetectOptions | None = None) -> Pipeline:
    """A pipeline with the signatures that are shipped."""
    return Pipeline(shipped(), sensor=SensorRef(id="bench"), options=options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialects", nargs="+", default=list(DIALECTS), choices=list(CASTS), help="dialects to play")
    parser.add_argument(
        "--days", nargs="*", default=list(DIALECTS[:3]), choices=list(CASTS), help="followed and played for a day"
    )
    parser.add_argument("--quick", action="store_true", help="a fraction of everything, in some seconds")
    parser.add_argument("--runs", type=int, default=5, help="runs of each speed measurement; the best one counts")
    parser.add_argument("--followed", type=int, default=FOLLOWED, help="miners followed at once")
    parser.add_argument("--json", default="messages.json", help="where the result is written")
    parser.add_argument("--no-fail", action="store_true", help="end with status 0 over budget too")
    options = parser.parse_args()
    options.messages, options.shares = MESSAGES, DAY_SHARES
    if options.quick:
        options.messages, options.runs = QUICK_MESSAGES, 3
        options.followed, options.shares = QUICK_FOLLOWED, QUICK_SHARES
        options.dialects, options.days = options.dialects[:3], options.days[:1]
    return options


def _alone(measure: Callable[..., Any], *arguments: Any) -> Any:
    """Run a measurement in a fresh process, so that none finds the memory or the caches of another."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def _ends(number: int, port: int) -> FiveTuple:
    miner = Endpoint(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 49_152)
    return FiveTuple(miner, Endpoint("198.51.100.7", port), "tcp")


def _follow(pipeline: Pipeline, talks: list[list[Event]], numbers: Iterable[int]) -> None:
    """Play the talks again and again, each time as another miner's; nothing of what was fed is kept here."""
    for number in numbers:
        for event in talks[number % len(talks)]:
            if isinstance(event, Candidate):
                pipeline.feed([replace(event, flow_id=number, five_tuple=_ends(number, event.five_tuple.resp.port))])
            elif isinstance(event, StreamChunk):
                data = bytes(bytearray(event.data))
                pipeline.feed([StreamChunk(number, event.direction, event.at_ns, data, event.gap)])


def _lines(events: list[Event]) -> list[bytes]:
    """Every message as one line: a long one comes in several chunks."""
    streams: dict[tuple[int, Direction], list[bytes]] = {}
    for event in events:
        if isinstance(event, StreamChunk):
            streams.setdefault((event.flow_id, event.direction), []).append(event.data)
    return [line for pieces in streams.values() for line in b"".join(pieces).splitlines()]


def _timed_pipeline(batches: list[list[Event]]) -> float:
    pipeline = new_pipeline()
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
    line = "{:18} {:>9} {:>11} {:>11} {:>11} {:>9} {:>9}\n"
    heads = ("dialect", "messages", "bytes each", "messages/s", "us each", "loads us", "to loads")
    sys.stdout.write(line.format(*heads))
    for row in rows:
        cells = (f"{row.mean_bytes:.0f}", f"{row.messages_per_s:.0f}", f"{row.pipeline_us:.2f}", f"{row.loads_us:.2f}")
        sys.stdout.write(line.format(row.dialect, row.messages, *cells, f"{row.to_loads:.1f}"))


def _print_weights(rows: list[Weight]) -> None:
    line = "{:18} {:>9} {:>11} {:>14} {:>15} {:>16}\n"
    heads = ("dialect", "followed", "messages", "objects B/flow", "resident B/flow", "estimated B/flow")
    sys.stdout.write("\n" + line.format(*heads))
    for row in rows:
        cells = (f"{row.object_bytes:.0f}", f"{row.resident_bytes:.0f}", f"{row.estimated_bytes:.0f}")
        sys.stdout.write(line.format(row.dialect, row.flows, row.messages, *cells))


def _print_days(rows: list[Day]) -> None:
    line = "{:18} {:>22} {:>22} {:>11} {:>13}\n"
    heads = ("a day of", "submitted/taken/refused", "counted", "B at noon", "B at midnight")
    sys.stdout.write("\n" + line.format(*heads))
    for row in rows:
        counts = ("/".join(map(str, row.played)), "/".join(map(str, row.counted)))
        sys.stdout.write(line.format(row.dialect, *counts, row.noon_bytes, row.midnight_bytes))


def _faults(speeds: list[Speed], weights: list[Weight], days: list[Day], budgets: dict[str, Any]) -> Iterator[str]:
    for speed in speeds:
        if speed.to_loads > budgets["pipeline_to_loads_at_most"].get(speed.dialect, float("inf")):
            yield f"{speed.dialect}: a message costs {speed.to_loads:.0f} bare readings of its JSON"
    for weight in weights:
        most = budgets["hostile_bytes_at_most" if weight.dialect == HOSTILE else "bytes_per_flow_at_most"]
        if weight.object_bytes > most:
            yield f"{weight.dialect}: {weight.object_bytes:.0f} bytes for a followed flow, wanted {most}"
    for day in days:
        if day.counted != day.played:
            yield f"{day.dialect}: {day.counted} shares counted, {day.played} played"
        if (grown := day.midnight_bytes - day.noon_bytes) > budgets["day_growth_bytes_at_most"]:
            yield f"{day.dialect}: {grown} bytes more at midnight than at noon"


if __name__ == "__main__":
    sys.exit(main())

"""What do records of behaviour cost the native engine, in time and in memory?

Reads captures with records off and on, turn and turn about, in one process, and counts its CPU time, so that other
work on the machine matters little. ``mixlong`` is the traffic of ``throughput.py``; in ``talks`` every flow is
long-lived and low-rate and every other packet is a TLS record: the worst there is. Ends with status 1 where something
is over ``behaviour`` in ``budgets.json``. No flow of ``mixlong`` lives for 30 s: it shows what flows without a record
pay; ``talks`` is judged with none handed on, as ten minutes of it pass in a tenth of a second here. What the shipped
model takes to judge a record, in Python, is told and has no bound: only the machine's speed could be held against it.
"""

from __future__ import annotations

import argparse
import json
import random
import struct
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from kit import HERE, SEED, build, make_capture

from sensor.behaviour.model import load_model
from sensor.behaviour.score import Scorer
from sensor.capture import open_capture
from sensor.detect.pipeline import build_program
from sensor.engine.api import BehaviourLimits, Counters, FlowBehaviour, Limits
from sensor.engine.native import NativeEngine
from sensor.model.flow import Direction, Endpoint
from sensor.signature import load
from sensor.simulate.frames import ACK, PSH, SYN, Segment, Wire, render

BUDGETS = json.loads((HERE / "budgets.json").read_text(encoding="utf-8"))["behaviour"]
TALK_S = 600
JUDGED = 5_000
"""Records that the shipped model judges."""
MODEL = HERE.parent / "signatures" / "models" / "behaviour-5.json"
_HEADER = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    folder = Path(options.folder)
    build()
    packets = int(3_000_000 * options.scale)
    captures = {
        "mixlong": make_capture(folder, "mixlong", packets),
        "talks": _talks(folder, flows=int(20_000 * options.scale)),
    }
    costs = {name: _compare(name, path, options.runs) for name, path in captures.items()}
    _tell_judging(captures["talks"])
    figures = {
        "mixlong_cost_at_most": costs["mixlong"].handed_on,
        "talks_cost_at_most": costs["talks"].silent,
        "table_bytes_per_flow_at_most": costs["talks"].bytes_each,
    }
    faults = [
        f"{name}: {figure:.3g}, not {BUDGETS[name]:g}" for name, figure in figures.items() if figure > BUDGETS[name]
    ]
    for fault in faults:
        sys.stdout.write(f"over budget: {fault}\n")
    return 1 if faults else 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What records cost, as shares of the time without them, and the bytes of their table for each flow with one."""

    handed_on: float
    silent: float
    """With none handed on."""
    bytes_each: float


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="size of the captures")
    parser.add_argument("--runs", type=int, default=5, help="runs of each; the best one counts")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "minewatch-bench"))
    return parser.parse_args()


def _compare(name: str, path: Path, runs: int) -> Cost:
    off, on, silent = [], [], []
    for _ in range(runs):
        off.append(_run(path, None))
        on.append(_run(path, BehaviourLimits()))
        silent.append(_run(path, BehaviourLimits(interval_s=10 * TALK_S, min_messages=2**31)))
    slow, fast, quiet = (min(run[0] for run in runs) for runs in (on, off, silent))
    counters, handed_on, flows = on[0][1], on[0][2], on[0][3]
    bytes_each = (on[0][4] - off[0][4]) / max(flows, 1)
    sys.stdout.write(
        f"{name}: {counters.packets} packets, off {fast / counters.packets * 1e9:.1f} ns/packet, "
        f"on {slow / counters.packets * 1e9:.1f} ns/packet, {slow / fast - 1:+.1%} "
        f"({quiet / fast - 1:+.1%} with none handed on); {flows} records at most, "
        f"{handed_on} handed on, {counters.busy_flows} too busy, table {bytes_each:.0f} B/flow\n"
    )
    return Cost(slow / fast - 1, quiet / fast - 1, bytes_each)


def _run(path: Path, behaviour: BehaviourLimits | None) -> tuple[float, Counters, int, int, int]:
    program = build_program(load(), Limits(), behaviour)
    with open_capture(path) as source:
        session = NativeEngine(seed=bytes(32)).open(program, source)
        handed_on = most = table = 0
        start = time.process_time()
        while (events := session.read(65_536)) is not None:
            handed_on += sum(isinstance(event, FlowBehaviour) for event in events)
            most = max(most, session.counters.recorded_flows)
            table = max(table, session.counters.table_bytes)
        return time.process_time() - start, session.counters, handed_on, most, table


def _tell_judging(path: Path) -> None:
    """Processor time of judging one record that an engine handed on."""
    program = build_program(load(), Limits(), BehaviourLimits())
    with open_capture(path) as source:
        session = NativeEngine(seed=bytes(32)).open(program, source)
        records: list[FlowBehaviour] = []
        while len(records) < JUDGED and (events := session.read(65_536)) is not None:
            records += [event for event in events if isinstance(event, FlowBehaviour)]
    scorer = Scorer(load_model(MODEL))
    start = time.process_time()
    for one in records:
        scorer.score(one.flow_id, one.five_tuple, one.first_seen_ns, one.at_ns, one.behaviour)
    spent_s = time.process_time() - start
    sys.stdout.write(f"judged by {scorer.model.label}: {spent_s / len(records) * 1e6:.0f} us/record of Python\n")


def _talks(folder: Path, flows: int) -> Path:
    """A capture of long-lived low-rate TLS-like flows, all alive at once."""
    path = folder / f"talks-{flows}-{SEED}.pcap"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = random.Random(SEED)
        rows = sorted(row for number in range(flows) for row in _talk(number, rng))
        with path.open("wb") as file:
            file.write(_HEADER)
            for at_ns, data in rows:
                file.write(struct.pack("<IIII", *divmod(at_ns, 10**9), len(data), len(data)) + data)
    return path


def _talk(number: int, rng: random.Random) -> list[tuple[int, bytes]]:
    client = Endpoint(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 40_000)
    wire = Wire(client, Endpoint("198.51.100.7", 443))
    at_ns, seq = rng.randrange(10**9), [1000, 2000]
    segments = [Segment(at_ns, Direction.ORIG, 999, 0, SYN), Segment(at_ns, Direction.RESP, 1999, 1000, SYN | ACK)]
    end_ns = at_ns + TALK_S * 10**9
    while at_ns < end_ns:
        at_ns += round(rng.expovariate(1 / 20) * 1e9)
        sender = Direction(rng.random() < 0.6)
        size = rng.choice((60, 85, 255, 406))
        payload = b"\x17\x03\x03" + (size - 5).to_bytes(2, "big") + bytes(size - 5)
        segments.append(Segment(at_ns, sender, seq[sender], seq[sender.other], ACK | PSH, payload))
        seq[sender] += size
        segments.append(Segment(at_ns + 40_000, sender.other, seq[sender.other], seq[sender], ACK))
    return list(render(segments, wire))


if __name__ == "__main__":
    sys.exit(main())

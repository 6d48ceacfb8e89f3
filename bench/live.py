"""How many packets a second from a live link until one is lost, and what is found meanwhile? Linux, root.

A sender in one network namespace, a reader in another, a veth pair between them; nothing leaves the machine. Three
readers, each alone on its core at rising rates: ``bare`` hands blocks of the ring back unread (the limit), ``ring``
takes every frame in Python, ``sensor`` does all there is: ring, engine, detection, spool.

``--mined-share`` says how much of the traffic is a simulated day with its miners. About half of those packets bear a
mining message: with the default of 0.01, half a million packets a second are 2 600 messages a second, what tens of
thousands of miners say. With 0.1 the judging of messages, which is Python, sets the limit and not the packets.
"""

from __future__ import annotations

import argparse
import gc
import json
import mmap
import multiprocessing
import os
import queue
import random
import resource
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from live_wire import HERE, NEAR, enter, pin, send, wire
from rich.console import Console
from rich.table import Table

from sensor.capture.interface import InterfaceOptions, open_interface
from sensor.config.options import SpoolOptions
from sensor.detect.pipeline import Pipeline, build_program
from sensor.engine.api import Engine, Tick
from sensor.engine.select import choose_engine
from sensor.model.wire import Detection, SensorRef, State
from sensor.signature import SignatureSet, load
from sensor.simulate.scenario import DEFAULT_START_NS, compose
from sensor.sinks.spool import Spool

FIRST_RATE_PPS = 40_000
LAST_RATE_PPS = 10_000_000
MINED_SHARE = 0.01


@dataclass(frozen=True)
class Load:
    """What is sent over and over, and the miners in it."""

    frames: list[bytes]
    planted: frozenset[tuple[str, str | None]]
    """Miner and pool address of every session planted."""


@dataclass(frozen=True)
class Run:
    """One reader at one rate. ``cpu`` is the reader's share of one core while packets came."""

    reader: str
    asked_pps: int
    offered: int
    offered_pps: int
    received: int
    dropped: int
    uncounted: int
    """Offered, but neither received nor counted as dropped; anything but 0 is a fault."""
    cpu: float
    found: int | None = None
    planted: int | None = None
    delay_p50_ms: float | None = None
    delay_p99_ms: float | None = None
    """From the packet that settled a detection until the detection is in the spool, on the disk."""

    @property
    def keeps_up(self) -> bool:
        """True when not one packet was lost, and not only because the run ended before the ring was full."""
        return self.received == self.offered and self.cpu <= 1


@dataclass
class Reading:
    """What a reader tells when it is done."""

    received: int = 0
    dropped: int = 0
    cpu_s: float = 0.0
    found: set[tuple[str, str | None]] | None = None
    delays_ms: list[float] = field(default_factory=list)


def main() -> int:
    """Measure, print, and write JSON where asked."""
    options = _options()
    if os.geteuid() != 0:
        sys.stderr.write("bench/live.py: needs root for network namespaces\n")
        return 2
    load_ = _load(options.seed, options.mined_share)
    with wire():
        limit, bare = _climb("bare", load_, options.seconds)
        _, ring = _climb("ring", load_, options.seconds)
        top, sensor = _climb("sensor", load_, options.seconds)
        near_limit = _run("sensor", round(limit * 0.9), load_, options.seconds)
        half = _run("sensor", round(top * 0.5), load_, options.seconds)
    report = {
        "engine": choose_engine(os.environ).name,
        "cores": os.cpu_count(),
        "mined_share": options.mined_share,
        "bare_lossless_pps": limit,
        "sensor_lossless_pps": top,
        "sensor_of_bare": round(top / limit, 3) if limit else None,
        "sensor_loss_at_90_percent_of_bare": round(near_limit.dropped / near_limit.offered, 4),
        "sensor_delay_p99_ms_at_half_load": half.delay_p99_ms,
        "runs": [asdict(run) for run in (*bare, *ring, *sensor, near_limit, half)],
    }
    _show(report, [*bare, *ring, *sensor, near_limit, half])
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one run")
    parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same bytes")
    parser.add_argument("--mined-share", type=float, default=MINED_SHARE, help="part of the packets that is the day's")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    return parser.parse_args()


def _load(seed: int, mined_share: float) -> Load:
    """A day at an egress with its miners, thinned out with TCP of other people."""
    day = compose("egress-day", seed, DEFAULT_START_NS, duration_s=1800.0)
    rng = random.Random(seed)  # traffic, not secrets
    frames: list[bytes] = []
    for _, frame in day.rows:
        frames.append(frame)
        frames += [_other(rng) for _ in range(round(1 / mined_share) - 1)]
    return Load(frames, frozenset((one.miner_ip, one.pool_ip) for one in day.sessions))


def _other(rng: random.Random) -> bytes:
    payload = rng.randbytes(rng.choice((0, 80, 500, 1400)))
    ports = struct.pack(">HH", rng.randrange(20000, 24096), 443)
    tcp = ports + struct.pack(">IIBBHHH", rng.getrandbits(32), 1, 0x50, 0x10, 65535, 0, 0) + payload
    addresses = bytes([10, 9, 0, rng.randrange(256), 203, 0, 113, rng.randrange(256)])
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + head + addresses + tcp


def _climb(reader: str, load_: Load, seconds: float) -> tuple[int, list[Run]]:
    """Double the rate until packets are lost or the sender can no more; the highest rate without a loss."""
    rate_pps, best_pps, runs = FIRST_RATE_PPS, 0, []
    while rate_pps <= LAST_RATE_PPS:
        run = _run(reader, rate_pps, load_, seconds)
        runs.append(run)
        if not run.keeps_up:
            break
        best_pps = max(best_pps, run.offered_pps)
        if run.offered_pps < 0.9 * rate_pps:
            break
        rate_pps *= 2
    return best_pps, runs


def _run(reader: str, rate_pps: int, load_: Load, seconds: float) -> Run:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_read, args=(reader, theirs))
    process.start()
    ours.recv()
    sender_ours, sender_theirs = context.Pipe()
    sender = context.Process(target=send, args=(load_.frames, rate_pps, seconds, sender_theirs))
    sender.start()
    offered, took_s = sender_ours.recv()
    sender.join()
    ours.send("stop")
    reading: Reading = ours.recv()
    process.join()
    delays = sorted(reading.delays_ms)
    return Run(
        reader,
        rate_pps,
        offered,
        round(offered / took_s),
        reading.received,
        reading.dropped,
        offered - reading.received - reading.dropped,
        round(reading.cpu_s / took_s, 3),
        None if reading.found is None else len(reading.found & load_.planted),
        None if reading.found is None else len(load_.planted),
        round(delays[len(delays) // 2], 1) if delays else None,
        round(delays[len(delays) * 99 // 100], 1) if delays else None,
    )


def _read(reader: str, pipe: Connection) -> None:
    """The reader's process, on the last core."""
    pin(-1)
    enter(HERE)
    READERS[reader](pipe)


def _read_bare(pipe: Connection) -> None:
    block_bytes, blocks = 1 << 20, 64
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(263, 10, 2)
    sock.setsockopt(263, 5, struct.pack("=7I", block_bytes, blocks, 2048, block_bytes // 2048 * blocks, 20, 0, 0))
    memory = mmap.mmap(sock.fileno(), block_bytes * blocks)
    sock.bind((NEAR, 3))
    pipe.send("ready")
    reading, at, began_s = Reading(), 0, _cpu_s()
    idle_turns = 0
    while idle_turns < 10:
        status, packets = struct.unpack_from("=II", memory, at * block_bytes + 8)
        if status & 1:
            reading.received += packets
            struct.pack_into("=I", memory, at * block_bytes + 8, 0)
            at = (at + 1) % blocks
        elif pipe.poll(0.01):
            idle_turns += 1
            time.sleep(0.01)
    reading.cpu_s = _cpu_s() - began_s
    reading.dropped = struct.unpack("=III", sock.getsockopt(263, 6, 12))[1]
    pipe.send(reading)


def _read_ring(pipe: Connection) -> None:
    with open_interface(InterfaceOptions(NEAR)) as source:
        pipe.send("ready")
        began_s = _cpu_s()
        for item in source.frames():
            if isinstance(item, Tick) and pipe.poll():
                source.stop()
        pipe.send(Reading(source.counters.frames, source.counters.kernel.drops, _cpu_s() - began_s))


def _read_sensor(pipe: Connection) -> None:
    signatures: SignatureSet = load(None)
    engine: Engine = choose_engine(os.environ)
    program = build_program(signatures)
    # The collector would walk the signature set over and over.
    gc.freeze()
    reading = Reading(found=set())
    with open_interface(InterfaceOptions(NEAR)) as source, _spooler(reading) as spool:
        session = engine.open(program, source)
        pipeline = Pipeline(signatures, sensor=SensorRef(id="bench"))
        pipe.send("ready")
        began_s = _cpu_s()
        while (events := session.read()) is not None:
            if said := pipeline.feed(events):
                spool.put(said)
            for flow_id in pipeline.take_drops():
                session.drop(flow_id)
            if pipe.poll():
                source.stop()
        reading.cpu_s = _cpu_s() - began_s
        reading.received, reading.dropped = source.counters.frames, source.counters.kernel.drops
    pipe.send(reading)


@contextmanager
def _spooler(reading: Reading) -> Iterator[queue.SimpleQueue[list[Detection] | None]]:
    """Takes statements into a spool in a thread, as the daemon does, and notes when each was safe there."""
    waiting: queue.SimpleQueue[list[Detection] | None] = queue.SimpleQueue()

    def run() -> None:
        with TemporaryDirectory() as folder, Spool(SpoolOptions(path=Path(folder, "spool"))) as spool:
            while (batch := waiting.get()) is not None:
                spool.put(batch)
                _note(reading, batch)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield waiting
    finally:
        waiting.put(None)
        thread.join()


def _note(reading: Reading, batch: list[Detection]) -> None:
    now_ms = time.time() * 1e3
    for said in batch:
        if said.state is State.OPENED:
            reading.delays_ms.append(now_ms - said.last_seen.timestamp() * 1e3)
        if said.verdict.is_claim and reading.found is not None:
            reading.found.add((said.miner.ip, said.pool.ip))


READERS: dict[str, Callable[[Connection], None]] = {"bare": _read_bare, "ring": _read_ring, "sensor": _read_sensor}


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _show(report: Mapping[str, object], runs: list[Run]) -> None:
    table = Table(title=f"live · veth · engine {report['engine']} · {report['cores']} cores")
    for heading in ("reader", "pps", "offered", "received", "dropped", "uncounted", "cpu", "found", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "reader" else "right")
    for run in runs:
        found = "" if run.found is None else f"{run.found}/{run.planted}"
        numbers = (run.asked_pps, run.offered, run.received, run.dropped, run.uncounted, run.cpu)
        table.add_row(run.reader, *map(str, numbers), found, str(run.delay_p99_ms or ""))
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(table)
    for name, value in report.items():
        if name != "runs":
            console.print(f"{name}: {value}")


if __name__ == "__main__":
    sys.exit(main())

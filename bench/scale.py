"""What do very long lists of names and networks cost the native engine: time to build, memory, time a packet?

Each row is a process of its own on one pinned core, over the same capture; nothing of the lists is in the capture, so
that every look-up is a miss, as nearly all are on a real link. Names share few endings and networks are of every
length from /12 to /32, and /32 to /64 of IPv6.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kit import SEED, anonymous_mb, build, make_capture

from sensor.capture.files import open_capture
from sensor.engine.api import AddressEntry, Program
from sensor.engine.select import choose_engine

ANCHORS = (b'"mining.', b'"method"', b'"jsonrpc"')
CASES = ((0, 0), (100_000, 0), (0, 1_000_000), (100_000, 1_000_000))


def main() -> int:
    """Measure each case in a process of its own, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="mix", help="capture to read")
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3, help="the best one counts")
    parser.add_argument("--core", default="1", help="core that everything runs on")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "minewatch-bench"))
    parser.add_argument("--json", help="where the result is written")
    parser.add_argument("--case", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    capture = Path(options.folder) / f"{options.kind}-{options.packets}-{SEED}.pcap"
    if options.case:
        sys.stdout.write(json.dumps(_measure(capture, *options.case)))
        return 0
    build()
    make_capture(Path(options.folder), options.kind, options.packets)
    rows = [_best(case, options) for case in CASES]
    _print(rows)
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")
    return 0


def _best(case: tuple[int, int], options: argparse.Namespace) -> dict[str, float]:
    words = [
        "taskset",
        "-c",
        options.core,
        sys.executable,
        __file__,
        "--folder",
        options.folder,
        "--kind",
        options.kind,
    ]
    words += ["--packets", str(options.packets), "--case", *map(str, case)]
    runs = [json.loads(subprocess.run(words, check=True, capture_output=True).stdout) for _ in range(options.runs)]
    return min(runs, key=lambda run: float(run["ns_a_packet"]))


def _measure(capture: Path, names: int, networks: int) -> dict[str, float]:
    chance = random.Random(SEED)
    program = Program(
        "scale",
        ANCHORS,
        frozenset(_names(chance, names)),
        frozenset(),
        tuple(AddressEntry(network) for network in _networks(chance, networks)),
    )
    before_mb, start_s = anonymous_mb(os.getpid()), time.perf_counter()
    session = choose_engine({"MINEWATCH_ENGINE": "native"}).open(program, open_capture(capture))
    built_s, built_mb = time.perf_counter() - start_s, anonymous_mb(os.getpid()) - before_mb
    start_s = time.process_time()
    while session.read() is not None:
        pass
    seconds = time.process_time() - start_s
    return {
        "names": names,
        "networks": networks,
        "build_s": round(built_s, 2),
        "build_mb": round(built_mb, 1),
        "ns_a_packet": round(seconds * 1e9 / session.counters.packets, 1),
        "candidates": session.counters.candidates,
    }


def _names(chance: random.Random, count: int) -> Iterator[str]:
    for number in range(count):
        word = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=chance.randint(4, 14)))
        yield f"{word}{number}.{chance.choice(('com', 'net', 'org', 'io', 'pool.example', 'cn'))}"


def _networks(chance: random.Random, count: int) -> Iterator[str]:
    """Out of 240.0.0.0/4 and 2001:db8::/32, where no host of a capture lives."""
    for number in range(count):
        if number % 4:
            bits, base, size = chance.randint(12, 32), 0xF000_0000, 32
        else:
            bits, base, size = chance.randint(48, 64), 0x2001_0DB8 << 96, 128
        free = 28 if size == 32 else 96
        address = base | chance.getrandbits(free)
        kind = ipaddress.IPv4Address if size == 32 else ipaddress.IPv6Address
        yield f"{kind(address >> (size - bits) << (size - bits))}/{bits}"


def _print(rows: list[dict[str, float]]) -> None:
    line = "{:>9} {:>9} {:>8} {:>9} {:>12} {:>8}\n"
    sys.stdout.write(line.format("names", "networks", "build s", "build MB", "ns a packet", "to none"))
    for row in rows:
        ratio = row["ns_a_packet"] / rows[0]["ns_a_packet"]
        cells = (row["names"], row["networks"], row["build_s"], row["build_mb"], row["ns_a_packet"], f"{ratio:.2f}")
        sys.stdout.write(line.format(*cells))


if __name__ == "__main__":
    sys.exit(main())

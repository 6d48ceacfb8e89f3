"""How fast is the sensor, side by side with the physical floor and with what one could use instead?

Builds seeded captures, runs every contestant on the same pinned core in the same run, prints a table with ratios,
writes JSON, and ends with status 1 where a budget of ``budgets.json`` does not hold. Times are processor time, so that
other work on the machine counts for nobody. See ``README.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kit import BINARIES, HERE, anonymous_mb, build, make_capture
from peers import PLANTED, Contestant, Ends, contestants

PACKETS = {"mix": 4_000_000, "mixlong": 3_000_000, "small": 10_000_000, "syn": 2_000_000, "brace": 2_000_000}
SLICE_PACKETS = 40_000
"""Packets of the slice that slow contestants get."""
START_PACKETS = 100
"""Packets around the planted sessions, in the capture that tells how long a contestant takes to start."""
POLL_S = 0.01
LIMIT, LIMIT_AND_READING = "limit", "+ reading"


@dataclass(frozen=True)
class Measure:
    """One run of one contestant over one capture."""

    contestant: str
    capture: str
    packets: int
    seconds: float
    """Processor time, the system's for it included, without ``start_s``."""
    start_s: float
    """The same for the planted sessions alone: to start, to load and to compile what finding them needs."""
    bytes: int
    anonymous_mb: float
    planted: int | None
    """Planted sessions found; None where the contestant does not look for miners."""
    others: int | None
    """Pairs of hosts called mining that are not."""

    @property
    def mpps(self) -> float:
        """Million packets a second, once started."""
        return self.packets / self.seconds / 1e6

    @property
    def mpps_with_start(self) -> float:
        """Million packets a second of the whole run."""
        return self.packets / (self.seconds + self.start_s) / 1e6

    @property
    def gbit_s(self) -> float:
        """Bits of the capture a second, once started."""
        return self.bytes * 8 / self.seconds / 1e9


def main() -> int:
    """Measure, print, write, judge."""
    options = _options()
    folder = Path(options.folder)
    build()
    captures = {kind: make_capture(folder, kind, int(PACKETS[kind] * options.scale)) for kind in options.kinds}
    captures |= {f"{kind}-slice": make_capture(folder, kind, SLICE_PACKETS) for kind in options.kinds}
    start = make_capture(folder, "syn", START_PACKETS)
    rows = [row for kind in options.kinds for row in _measure(kind, captures, start, options)]
    _print(rows)
    faults = list(_faults(rows, json.loads((HERE / "budgets.json").read_text())))
    for fault in faults:
        sys.stdout.write(f"over budget: {fault}\n")
    told = [{**asdict(row), "mpps": row.mpps, "mpps_with_start": row.mpps_with_start} for row in rows]
    result = {"rows": told, "over_budget": faults}
    Path(options.json).write_text(json.dumps(result, indent=2) + "\n")
    return 1 if faults and not options.no_fail else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=list(PACKETS), choices=list(PACKETS), help="captures to run")
    parser.add_argument("--only", nargs="+", help="contestants beside the limit; all that are installed without it")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="core that everything runs on")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the captures")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contestant; the best one counts")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "minewatch-bench"))
    parser.add_argument("--nfstream-python", help="a Python that has NFStream, where this one has not")
    parser.add_argument("--json", default="throughput.json", help="where the result is written")
    parser.add_argument("--no-fail", action="store_true", help="end with status 0 over budget too")
    return parser.parse_args()


def _measure(kind: str, captures: dict[str, Path], start: Path, options: argparse.Namespace) -> Iterator[Measure]:
    yield from _limit(kind, captures[kind], options)
    for one in contestants(Path(options.folder), options.nfstream_python):
        if options.only and one.name not in options.only:
            continue
        path = captures[f"{kind}-slice" if one.is_slow else kind]
        packets = SLICE_PACKETS if one.is_slow else int(PACKETS[kind] * options.scale)
        start_s = min(_run(one, start, options.core).seconds for _ in range(options.runs))
        best = min((_run(one, path, options.core) for _ in range(options.runs)), key=lambda run: run.seconds)
        seconds = max(best.seconds - start_s, 1e-6)
        planted, others = _told(one, best, path, options.core)
        size = path.stat().st_size
        yield Measure(one.name, kind, packets, seconds, start_s, size, best.anonymous_mb, planted, others)


def _told(one: Contestant, timed: _Run, path: Path, core: int) -> tuple[int | None, int | None]:
    if one.claims is None:
        return None, None
    claims = timed.claims if one.telling is None else _run(replace(one, command=one.telling), path, core).claims
    planted = {end for pair in claims for end in pair if end.startswith(PLANTED)}
    return len(planted), sum(not any(end.startswith(PLANTED) for end in pair) for pair in claims)


def _limit(kind: str, path: Path, options: argparse.Namespace) -> Iterator[Measure]:
    # A process for each run, as everyone has: memory that was cleared for the run before would be a present.
    command = ["taskset", "-c", str(options.core), str(BINARIES / "limit"), str(path)]
    lines = [subprocess.run(command, check=True, capture_output=True).stdout for _ in range(options.runs)]
    runs: list[dict[str, Any]] = [json.loads(line) for line in lines]
    memory_s, window_s, mapped_s = (
        min(float(run[way]) for run in runs) for way in ("memory_s", "window_s", "mapped_s")
    )
    packets, size = runs[0]["packets"], path.stat().st_size
    for name, seconds in ((LIMIT, memory_s), (LIMIT_AND_READING, min(window_s, mapped_s))):
        yield Measure(name, kind, packets, seconds, 0.0, size, 0.0, None, None)


@dataclass(frozen=True)
class _Run:
    seconds: float
    anonymous_mb: float
    claims: set[Ends]


def _run(one: Contestant, path: Path, core: int) -> _Run:
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryFile() as output:
        command = ["taskset", "-c", str(core), *one.command(path, Path(out))]
        before_s = _processor_s()
        process = subprocess.Popen(
            command, env={**os.environ, **one.env}, stdout=output, stderr=subprocess.DEVNULL, cwd=HERE.parent
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, anonymous_mb(process.pid))
            time.sleep(POLL_S)
        seconds = _processor_s() - before_s
        output.seek(0)
        claims = one.claims(output.read(), Path(out)) if one.claims else set()
        return _Run(seconds, peak, claims)


def _processor_s() -> float:
    """What all programs used that were run and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print(rows: list[Measure]) -> None:
    native = {row.capture: row for row in rows if row.contestant == "native"}
    line = "{:10} {:10} {:>9} {:>8} {:>10} {:>8} {:>7} {:>8} {:>8} {:>7} {:>12} {:>10}\n"
    heads = (
        "capture",
        "contestant",
        "ns/packet",
        "start s",
        "with start",
        "Mpps",
        "Gbit/s",
        "anon MB",
        "planted",
        "others",
    )
    sys.stdout.write(line.format(*heads, "native/this", "with start"))
    for row in rows:
        ours = native.get(row.capture)
        ratios = (ours.mpps / row.mpps, ours.mpps_with_start / row.mpps_with_start) if ours else ()
        found = ("" if count is None else str(count) for count in (row.planted, row.others))
        times = (f"{1e3 / row.mpps:.1f}", f"{row.start_s:.3f}", f"{1e3 / row.mpps_with_start:.1f}")
        cells = (*times, f"{row.mpps:.3f}", f"{row.gbit_s:.2f}", f"{row.anonymous_mb:.0f}", *found)
        sys.stdout.write(line.format(row.capture, row.contestant, *cells, *(f"{one:.2f}" for one in ratios or (0, 0))))


def _faults(rows: list[Measure], budgets: dict[str, Any]) -> Iterator[str]:
    speed = {(row.contestant, row.capture): row.mpps for row in rows}
    rivals = {"limit": LIMIT_AND_READING, "limit_in_memory": LIMIT}
    for other in (*rivals, "ndpi", "suricata", "tcpdump"):
        for capture, least in budgets.get(f"native_to_{other}", {}).items():
            ours, theirs = speed.get(("native", capture)), speed.get((rivals.get(other, other), capture))
            if ours and theirs and ours / theirs < least:
                yield f"{capture}: native/{other} is {ours / theirs:.2f}, wanted {least}"
    for row in (row for row in rows if row.contestant == "native"):
        if row.mpps < budgets["native_mpps"].get(row.capture, 0.0):
            yield f"{row.capture}: {row.mpps:.2f} Mpps"
        if row.anonymous_mb > budgets["native_anonymous_mb_at_most"]:
            yield f"{row.capture}: {row.anonymous_mb:.0f} MB of anonymous memory"
        if (row.planted, row.others) != (budgets["planted_sessions"], 0):
            yield f"{row.capture}: {row.planted} planted sessions found, and {row.others} others"


if __name__ == "__main__":
    sys.exit(main())

"""How much faster are two captures scanned on two cores than on one?

Both runs are one ``minewatch scan`` of the same two files; what it takes to start is left out of both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kit import HERE, build, make_capture

PACKETS = 4_000_000
"""Fewer take half a second: then what it takes to begin and to end weighs in."""


def main() -> int:
    """Measure and print; status 1 where two cores are not as much faster as ``budgets.json`` wants."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=PACKETS)
    parser.add_argument("--runs", type=int, default=6, help="runs of each; the best one counts")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "minewatch-bench"))
    parser.add_argument("--json", help="where the result is written")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        sys.stdout.write("this machine has one core: nothing to compare\n")
        return 0
    build()
    capture = make_capture(Path(options.folder), "mix", options.packets)
    empty = make_capture(Path(options.folder), "syn", 1)
    seconds = {jobs: _seconds(capture, empty, jobs, options.runs) for jobs in (1, 2)}
    ratio = seconds[1] / seconds[2]
    sys.stdout.write(f"one job {seconds[1]:.2f} s, two jobs {seconds[2]:.2f} s: {ratio:.2f} times as fast\n")
    if options.json:
        Path(options.json).write_text(json.dumps({"seconds": seconds, "ratio": ratio}, indent=2) + "\n")
    return int(ratio < json.loads((HERE / "budgets.json").read_text())["two_cores_to_one"])


def _seconds(capture: Path, empty: Path, jobs: int, runs: int) -> float:
    """Interleaved with runs over an empty capture, so that both see the machine in the same mood."""
    pairs = [(_run(capture, jobs), _run(empty, jobs)) for _ in range(runs)]
    return min(full for full, _ in pairs) - min(start for _, start in pairs)


def _run(capture: Path, jobs: int) -> float:
    start = "from sensor.cli.main import entry; entry()"
    words = [sys.executable, "-c", start, "scan", "--jobs", str(jobs), "--format", "json", str(capture), str(capture)]
    began_s = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HERE.parent, check=False)
    return time.perf_counter() - began_s


if __name__ == "__main__":
    sys.exit(main())

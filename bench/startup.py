"""What does the scan of a tiny capture cost, against the bare import of the libraries it stands on?

Every run is a process of its own, turn and turn about; what counts is its processor time, by the kernel's account, with
that of the interpreter and of its end. Ends with status 1 over a budget (``startup`` in ``budgets.json``).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

HERE = Path(__file__).resolve().parent
IMPORTS = "imports"
START_NS = 1_767_225_600_000_000_000
SEED = 7
RUNS = 20
_SCAN = [sys.executable, "-c", "from sensor.cli.main import entry; entry()", "scan"]
COMMANDS: dict[str, list[str]] = {
    "python": [sys.executable, "-c", "pass"],
    IMPORTS: [sys.executable, "-c", "import pydantic, yaml, typer"],
    "nothing": [*_SCAN, "electrum.pcap"],
    "mining": [*_SCAN, "stratum-v1.pcap", "--format", "json"],
    "table": [*_SCAN, "stratum-v1.pcap"],
    "forgetful": [*_SCAN, "stratum-v1.pcap", "--format", "json"],
}
"""What is run: a scan that finds nothing, one that finds mining, the same as a table, and one whose signatures have to
be parsed, as the first time."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time of one command in milliseconds, and the ratio of its median to that of the bare imports."""

    command: str
    least_ms: float
    median_ms: float
    to_imports: float


def main() -> int:
    """Measure, print, write, judge."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        costs = measure(Path(folder), options.runs)
    line = "{:12} {:>9} {:>10} {:>11}\n"
    sys.stdout.write(line.format("command", "least ms", "median ms", "to imports"))
    for cost in costs:
        cells = (f"{cost.least_ms:.0f}", f"{cost.median_ms:.0f}", f"{cost.to_imports:.2f}")
        sys.stdout.write(line.format(cost.command, *cells))
    budgets = json.loads((HERE / "budgets.json").read_text())["startup"]["to_imports_at_most"]
    faults = list(_faults(costs, budgets))
    for fault in faults:
        sys.stdout.write(f"over budget: {fault}\n")
    rows = {"costs": [asdict(cost) for cost in costs], "over_budget": faults}
    Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")
    return 1 if faults and not options.no_fail else 0


def measure(folder: Path, runs: int) -> list[Cost]:
    """Run every command once unmeasured, for bytecode and remembered signatures, and then ``runs`` times."""
    for scenario in ("electrum", "stratum-v1"):
        write_pcap(folder / f"{scenario}.pcap", build(scenario, SEED, START_NS))
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for name in COMMANDS:
        _run_ms(name, folder)
    for _ in range(runs):
        for name, taken in times.items():
            taken.append(_run_ms(name, folder))
    imports_ms = median(times[IMPORTS])
    return [Cost(name, min(each), median(each), median(each) / imports_ms) for name, each in times.items()]


def _run_ms(name: str, folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(COMMANDS[name], cwd=folder, env=_environ(name, folder), capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != (name not in {"python", IMPORTS, "nothing"}):
        sys.exit(f"{name} ended with status {done.returncode}: {done.stderr.decode(errors='replace')}")
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def _environ(name: str, folder: Path) -> dict[str, str]:
    """As an office has it: modules are compiled once. Nothing else of this user's is read or written."""
    passed = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    cache = "off" if name == "forgetful" else str(folder / "cache")
    return {**passed, "PYTHONPATH": str(HERE.parent), "MINEWATCH_CACHE": cache}


def _faults(costs: list[Cost], budgets: Mapping[str, float]) -> Iterator[str]:
    for cost in costs:
        most = budgets.get(cost.command)
        if most is not None and cost.to_imports > most:
            yield f"{cost.command}: {cost.to_imports:.2f} times the bare imports, wanted {most}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="measured runs of each command")
    parser.add_argument("--json", default="startup.json", help="where the result is written")
    parser.add_argument("--no-fail", action="store_true", help="end with status 0 over budget too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

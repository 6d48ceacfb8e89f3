"""Does the hash rate that the wire tells agree with what the miner itself counted? One row per capture.

    python bench/hashrate.py [CAPTURES]

CAPTURES holds ``hashrate/`` with ``LABELS.csv`` (the miner's own figures at the end of its session) and ``mining/``
with captures of miners that tell their rate to the pool (eth-proxy). Without it: ``captures`` below MINEWATCH_SHARED,
or below ``shared`` beside the checkout. Ends with status 1 where a demand does not hold.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.model.wire import Detection, Interval
from sensor.signature import SignatureSet, load

MIN_SHARES = 20
MIN_INSIDE = 0.93
MAX_ERROR = 0.05
_OWN_FIGURE_COLUMN = 5
_STEPS = {"H/s": 1.0, "MH/s": 1e6}
_HEADING = (
    "capture                       unit     label |"
    " 15 min     low  value   high | whole      low  value   high | shares inside  error"
)


@dataclass(frozen=True)
class Row:
    """One miner: its own figure, and ours for its last 15 minutes and its whole session; rates in ``unit``."""

    capture: str
    unit: str
    label: float
    recent: Interval
    whole: Interval
    shares: int

    @property
    def holds(self) -> bool:
        """Does the label lie inside the interval of the last 15 minutes?"""
        return self.recent.low <= self.label <= self.recent.high

    @property
    def error(self) -> float:
        """Of the whole session against the label, as a fraction."""
        return self.whole.value / self.label - 1

    def __str__(self) -> str:
        both = (self.recent, self.whole)
        spans = " | ".join(f"{'':6} {one.low:7.4g} {one.value:6.4g} {one.high:6.4g}" for one in both)
        tail = f"{self.shares:6} {'yes' if self.holds else 'NO':>6} {100 * self.error:+5.1f}%"
        return f"{self.capture:29} {self.unit:5} {self.label:8.1f} | {spans} | {tail}"


def labelled(folder: Path, signatures: SignatureSet) -> Iterator[Row]:
    """XMRig's own figure of 15 minutes (of 60 s where it ran for less) against what its capture tells."""
    for name, own in _labels(folder / "hashrate" / "LABELS.csv"):
        found = _detections(folder / "hashrate" / f"{name}.pcap", signatures)
        # A laptop that changed networks is two addresses; the label is that of the longer part.
        main = max(found, key=lambda one: one.shares.accepted)
        if (row := _row(name, own, "H/s", main)) is not None:
            yield row


def claimed(folder: Path, signatures: SignatureSet) -> Iterator[Row]:
    """What eth-proxy miners tell the pool against what their shares tell."""
    for path in sorted((folder / "mining").glob("*.pcap*")):
        for found in _detections(path, signatures):
            if found.reported and found.dialect == "eth-proxy":
                row = _row(f"{path.stem} {found.miner.ip}"[-29:], found.reported.value / 1e6, "MH/s", found)
                yield from () if row is None else (row,)


def judged(rows: Iterable[Row]) -> tuple[float, float]:
    """Of the rows with enough shares: the part whose label lies inside, and the median error."""
    counted = [row for row in rows if row.shares >= MIN_SHARES]
    return sum(row.holds for row in counted) / len(counted), statistics.median(abs(row.error) for row in counted)


def table(rows: Iterable[Row]) -> str:
    """The rows as text."""
    return "\n".join([_HEADING, *map(str, rows)])


def captures_folder() -> Path:
    """Where the captures lie when nobody says it."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared"
    return Path(os.environ.get("MINEWATCH_SHARED", beside)) / "captures"


def main() -> int:
    """Print the table and the two figures that count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", type=Path, nargs="?", default=captures_folder())
    folder: Path = parser.parse_args().captures
    if not (folder / "hashrate" / "LABELS.csv").is_file():
        sys.stderr.write(f"{folder}: no hashrate/LABELS.csv; name the folder that has it\n")
        return 2
    signatures = load()
    rows = list(labelled(folder, signatures))
    inside, error = judged(rows)
    sys.stdout.write(table([*rows, *claimed(folder, signatures)]) + "\n")
    sys.stdout.write(f"{MIN_SHARES} shares or more: {inside:.1%} inside, median error {error:.1%}\n")
    return 0 if inside >= MIN_INSIDE and error <= MAX_ERROR else 1


def _labels(path: Path) -> Iterator[tuple[str, float]]:
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    at_15m, at_60s = (lines[0].index(f"hashrate_{name}") for name in ("15m", "60s"))
    for cells in lines[1:]:
        # In one row a blank stands for the comma between two figures.
        whole = [*cells[:_OWN_FIGURE_COLUMN], *cells[_OWN_FIGURE_COLUMN].split(), *cells[_OWN_FIGURE_COLUMN + 1 :]]
        told = next((whole[at] for at in (at_15m, at_60s) if whole[at] != "unknown"), None)
        if told is not None:
            yield whole[0], float(told)


def _detections(path: Path, signatures: SignatureSet) -> tuple[Detection, ...]:
    return scan(open_capture(path), choose_engine(os.environ), signatures).detections


def _row(name: str, label: float, unit: str, found: Detection) -> Row | None:
    rate = found.hashrate
    if rate is None or rate.last_15m is None:
        return None
    recent, whole = (
        Interval(value=one.value / _STEPS[unit], low=one.low / _STEPS[unit], high=one.high / _STEPS[unit])
        for one in (rate.last_15m, rate)
    )
    return Row(name, unit, label, recent, whole, found.shares.accepted)


if __name__ == "__main__":
    sys.exit(main())

"""Which flows are trained on, and how are they told apart when something is held out?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from training.benign.table import benign_flows, close_flows, relayed_flows
from training.captures import capture_flows, encrypted_flows, hashrate_flows, truth_of
from training.flows import Labelled, Row, rows_of
from training.madeup import made_up_flows
from training.mining import mining_flows

ENCRYPTED = "real-mining"
"""Family of flows that were encrypted when they were captured: shown, and never trained on."""
Portion: TypeAlias = Callable[[], Iterator[Labelled]]
_SPLIT = 8
"""Portions that generated flows are made in."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is generated, per source."""

    mining: int
    benign: int
    close: int
    """More of each benign kind that comes near mining."""
    made_up: int


@dataclass(frozen=True, slots=True)
class Example:
    """A flow and what the sensor would have of it."""

    source: str
    family: str
    is_mining: bool
    is_real: bool
    name: str
    rows: tuple[Row, ...]
    """Empty where the flow said too little, or too much, to be judged."""


def examples(captures: Path, size: Size, seed: int, jobs: int) -> list[Example]:
    """Everything there is to learn from. Generated flows repeat with the same seed, whatever ``jobs``."""
    portions: list[Portion] = [partial(_real, captures)]
    portions += [partial(mining_flows, size.mining, seed, place, _SPLIT) for place in range(_SPLIT)]
    portions += [partial(made_up_flows, size.made_up, seed, place, _SPLIT) for place in range(_SPLIT)]
    portions += [partial(close_flows, size.close, seed, place, _SPLIT) for place in range(_SPLIT)]
    return _told(portions, jobs) + benign_examples(size.benign, seed, jobs)


def benign_examples(flows: int, seed: int, jobs: int) -> list[Example]:
    """Generated benign flows alone, for thresholds and trials with another seed than that of the training."""
    return _told([partial(benign_flows, flows, seed, place, _SPLIT) for place in range(_SPLIT)], jobs)


def relayed_examples(flows: int, seed: int, jobs: int) -> list[Example]:
    """Generated benign flows that pass relays which pad: a trial of their own."""
    return _told([partial(relayed_flows, flows, seed, place, _SPLIT) for place in range(_SPLIT)], jobs)


def digest_of(used: Iterable[Example]) -> str:
    """SHA-256 over what a model was trained on: names, labels and values."""
    total = hashlib.sha256()
    for example in used:
        rows = [[round(value, 6) for value in row.values] for row in example.rows]
        total.update(json.dumps([example.source, example.name, example.is_mining, rows]).encode())
    return total.hexdigest()


def _real(captures: Path) -> Iterator[Labelled]:
    truth = truth_of(captures / "TRUTH.csv")
    yield from encrypted_flows(captures / "encrypted-flows")
    for path in _captures(captures / "mining"):
        yield from capture_flows(path, truth, is_mining=True)
    for path in _captures(captures / "hashrate"):
        yield from hashrate_flows(path)
    for path in _captures(captures / "benign"):
        yield from capture_flows(path, truth, is_mining=False)


def _told(portions: Sequence[Portion], jobs: int) -> list[Example]:
    with ProcessPoolExecutor(jobs) as pool:
        return [one for portion in pool.map(_examples, portions) for one in portion]


def _examples(portion: Portion) -> list[Example]:
    # One by one: these are many, and their writes need not be held together.
    return [example_of(flow) for flow in portion()]


def _captures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if ".pcap" in path.name)


def example_of(flow: Labelled) -> Example:
    """A flow with the rows that the engine's records give."""
    return Example(flow.source, flow.family, flow.is_mining, flow.is_real, flow.name, tuple(rows_of(flow)))

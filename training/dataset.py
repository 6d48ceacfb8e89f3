"""Which flows are trained on, and how are they told apart when something is held out?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from training.benign.table import benign_flows
from training.captures import capture_flows, encrypted_flows, hashrate_flows, truth_of
from training.flows import Labelled, Row, rows_of
from training.madeup import made_up_flows
from training.mining import mining_flows

ENCRYPTED = "real-mining"
"""Family of flows that were encrypted when they were captured: shown, and never trained on."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is generated, per source."""

    mining: int
    benign: int
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


def examples(captures: Path, size: Size, seed: int) -> Iterator[Example]:
    """Everything there is. Generated flows repeat with the same seed."""
    for flow in (*_real(captures), *mining_flows(size.mining, seed)):
        yield _example(flow)
    # One by one: these are many, and their writes need not be held together.
    for flow in chain(made_up_flows(size.made_up, seed), benign_flows(size.benign, seed)):
        yield _example(flow)


def benign_examples(flows: int, seed: int) -> Iterator[Example]:
    """Generated benign flows alone, for trials with another seed than that of the training."""
    return (_example(flow) for flow in benign_flows(flows, seed))


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


def _captures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if ".pcap" in path.name)


def _example(flow: Labelled) -> Example:
    return Example(flow.source, flow.family, flow.is_mining, flow.is_real, flow.name, tuple(rows_of(flow)))

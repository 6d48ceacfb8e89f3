"""Miners that kept count: does their own figure lie inside the interval that the wire gives?

The table, and what is to be said of each miss, is in ``docs/hashrate.md``; ``bench/hashrate.py`` prints it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.model.wire import Detection
from sensor.signature import SignatureSet, load

BENCH = Path(__file__).resolve().parents[3] / "bench" / "hashrate.py"


def detections(path: Path, signatures: SignatureSet) -> tuple[Detection, ...]:
    return scan(open_capture(path), choose_engine(os.environ), signatures).detections


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_hashrate", BENCH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(shared: Path, signatures: SignatureSet, bench: ModuleType) -> list[Any]:
    return list(bench.labelled(shared / "captures", signatures))


def test_own_figures_lie_inside_the_last_15_minutes(rows, bench) -> None:
    assert len(rows) >= 25
    assert bench.judged(rows)[0] >= 0.93, bench.table(rows)


def test_whole_sessions_are_near_the_own_figures(rows, bench) -> None:
    assert bench.judged(rows)[1] <= 0.05, bench.table(rows)


def test_the_claims_of_eth_proxy_miners_lie_inside(shared, signatures, bench) -> None:
    claims = list(bench.claimed(shared / "captures", signatures))
    assert [(row.unit, round(row.label, 1), row.holds) for row in claims] == [
        ("MH/s", 58.0, True),
        ("MH/s", 30.5, True),
    ], bench.table(claims)


# who, what the pace of its submits says, unit
PACES = [
    ("192.168.2.148", "EWBF 0.3.4b", 708, "Sol/s"),
    ("192.168.2.92", "xmr-stak-cpu/1.3.0-1.5.0", 560, "H/s"),
]


@pytest.mark.parametrize(("miner", "agent", "pace", "unit"), PACES)
def test_known_paces_lie_inside(miner, agent, pace, unit, shared, signatures) -> None:
    found = detections(shared / "captures/mining/nDPI__mining.pcapng", signatures)
    main = max(
        (one for one in found if one.miner.ip == miner and agent in one.agents), key=lambda one: one.shares.accepted
    )
    assert main.hashrate is not None
    assert main.hashrate.unit == unit
    assert main.hashrate.low <= pace <= main.hashrate.high
    assert main.hashrate.value == pytest.approx(pace, rel=0.1)


def test_a_claim_on_the_wire_is_told_as_a_claim(shared, signatures) -> None:
    (claim,) = [
        one.reported for one in detections(shared / "captures/mining/nDPI__mining.pcapng", signatures) if one.reported
    ]
    assert (claim.value, claim.unit, claim.rigs) == (30451731.0, "H/s", 1)

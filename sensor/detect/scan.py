"""What is in one capture? Runs a source to its end and answers one detection for each session."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensor.detect.pipeline import DetectOptions, Pipeline, build_program
from sensor.detect.run import statements
from sensor.detect.witness import Witness
from sensor.engine.api import BehaviourLimits, Counters, Engine, Limits, PacketSource
from sensor.model.wire import Detection, SensorRef, State
from sensor.signature import SignatureSet

if TYPE_CHECKING:
    from sensor.behaviour.score import Scorer

SCANNER = SensorRef(id="scan")


@dataclass(frozen=True, slots=True)
class ScanResult:
    """One capture's detections, ordered by first packet; how it was read; and what was wrong with it."""

    capture: str
    detections: tuple[Detection, ...]
    counters: Counters
    damage: str | None


def scan(
    source: PacketSource,
    engine: Engine,
    signatures: SignatureSet,
    *,
    home_networks: tuple[str, ...] = (),
    limits: Limits | None = None,
    on_progress: Callable[[], None] = lambda: None,
    witness: Witness | None = None,
    scorer: Scorer | None = None,
) -> ScanResult:
    """Read ``source`` to its end. A session is never cut by idle time: a capture is looked at as a whole."""
    options = DetectOptions(home_networks=home_networks, update_interval_s=math.inf, session_idle_s=math.inf)
    pipeline = Pipeline(signatures, sensor=SCANNER, options=options, limits=limits, witness=witness, scorer=scorer)
    session = engine.open(build_program(signatures, limits, BehaviourLimits() if scorer else None), source)
    closed: list[Detection] = []
    for batch in statements(session, pipeline):
        closed.extend(detection for detection in batch if detection.state is State.CLOSED)
        on_progress()
    return ScanResult(source.name, tuple(without_shadows(closed)), session.counters, source.damage)


def without_shadows(detections: list[Detection]) -> list[Detection]:
    """Leave out a mere suspicion of an endpoint that the same miner was claimed for, and sort by time."""
    claimed = {(one.miner.ip, one.pool.ip, one.pool.port) for one in detections if one.verdict.is_claim}
    kept = [
        one for one in detections if one.verdict.is_claim or (one.miner.ip, one.pool.ip, one.pool.port) not in claimed
    ]
    return sorted(kept, key=lambda one: (one.first_seen, one.detection_id))

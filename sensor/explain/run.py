"""How is one flow of a capture explained? One reading of its packets: evidence files, messages, sessions, opinion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sensor.detect.scan import scan
from sensor.detect.session import MiningSession
from sensor.engine.api import Engine, PacketSource
from sensor.estimate.work import Work
from sensor.explain.arithmetic import Arithmetic, arithmetic_of
from sensor.explain.evidence import EvidenceFile, EvidenceFiles
from sensor.explain.opinion import Opinion, opinion_on
from sensor.explain.pick import FlowPick, PickedFrames
from sensor.explain.reasons import Ground, Points, Reason, grounds_of, points_of, reasons_of
from sensor.explain.timeline import Entry, Role, Timeline
from sensor.model.wire import Detection
from sensor.signature import SignatureSet


@dataclass(frozen=True, slots=True)
class Story:
    """One mining session of the flow."""

    detection: Detection
    reasons: list[Reason]
    points: list[Points]
    grounds: list[Ground]
    arithmetic: Arithmetic


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that can be told of the flow."""

    capture: str
    pick: FlowPick
    capture_packets: int
    packets: int
    damage: str | None
    candidate: bool
    """False when nothing in the flow was worth a closer look: no anchor, listed name or listed address."""
    entries: list[Entry]
    left_out: int
    """Messages counted but not kept."""
    roles: dict[Role, int]
    works: list[tuple[Work, int]]
    marks: dict[int, int]
    stories: list[Story]
    files: list[EvidenceFile]
    opinion: Opinion


def explain(
    source: PacketSource, pick: FlowPick, engine: Engine, signatures: SignatureSet, folder: Path
) -> Explanation:
    """Read ``source`` to its end and explain the picked flows. Evidence files are written to ``folder``."""
    timeline = Timeline()
    with EvidenceFiles(folder) as files:
        picked = PickedFrames(source, pick, files)
        result = scan(picked, engine, signatures, witness=timeline)
        written = files.close()
    detections = [story for _, story in timeline.sessions]
    return Explanation(
        capture=source.name,
        pick=pick,
        capture_packets=picked.capture_packets,
        packets=picked.packets,
        damage=result.damage,
        candidate=result.counters.candidates > 0,
        entries=timeline.entries,
        left_out=timeline.left_out,
        roles=dict(timeline.roles),
        works=timeline.works.most_common(),
        marks=picked.marks,
        stories=[_story(session, detection, signatures) for session, detection in timeline.sessions],
        files=written,
        opinion=_opinion(written, picked.packets, timeline.entries, detections),
    )


def _story(session: MiningSession, detection: Detection, signatures: SignatureSet) -> Story:
    facts = session.facts
    return Story(
        detection=detection,
        reasons=reasons_of(facts),
        points=points_of(facts, detection.verdict),
        grounds=grounds_of(facts, signatures),
        arithmetic=arithmetic_of(session, signatures),
    )


def _opinion(files: list[EvidenceFile], packets: int, entries: list[Entry], detections: list[Detection]) -> Opinion:
    flow = next((each.path for each in files if each.kind == "flow"), None)
    names = next((each.path for each in files if each.kind == "names"), None)
    return Opinion() if flow is None else opinion_on(flow, names, packets, entries, detections)

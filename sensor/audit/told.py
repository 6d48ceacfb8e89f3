"""What does an audit of what a sensor has told come to? Its detections by machine, and how far it was watching.

A file of it holds one ``minewatch.detection/1`` or ``minewatch.heartbeat/1`` to a line: a sensor's own output, or what
the collector has of it. Packets are not seen here, nothing is known of the link: machines are found by address alone.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import orjson
from pydantic import ValidationError

from sensor.audit.assets import AssetTable
from sensor.audit.coverage import Coverage
from sensor.audit.locate import Locator
from sensor.audit.run import AuditReport, finding_of, in_order
from sensor.audit.watch import Watch
from sensor.engine.api import Counters
from sensor.model.errors import CaptureError
from sensor.model.heartbeat import HEARTBEAT_SCHEMA, Heartbeat
from sensor.model.wire import Detection
from sensor.signature import SignatureSet

ENDINGS = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
MAX_LINE_BYTES = 1_048_576
MAX_SESSIONS = 100_000
MAX_BEATS = 500_000
"""A minute each, that is nearly a year of one sensor."""
_STATES = {"opened": 0, "updated": 1, "closed": 2}


@dataclass(slots=True)
class Told:
    """What the files hold: the last statement of every session, how far was watched, and what could not be read."""

    sessions: dict[str, Detection] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    refused: int = 0
    first_fault: str = ""
    beyond: int = 0
    """Sessions and heartbeats beyond the bounds."""

    @property
    def damage(self) -> str | None:
        """What was not read, or None."""
        lines = f"{self.refused} lines not read; the first: {self.first_fault}" if self.refused else ""
        more = f"{self.beyond} sessions or heartbeats beyond the bound left out" if self.beyond else ""
        return "; ".join(filter(None, (lines, more))) or None


def is_told(name: str) -> bool:
    """Whether a file is told by a sensor, by its name; any other is a capture."""
    return name.lower().endswith(ENDINGS)


def read_told(names: Sequence[str]) -> Told:
    """Read the files line by line. Raises :class:`~sensor.model.errors.CaptureError` when one cannot be opened."""
    told = Told()
    for name in names:
        try:
            with _opened(name) as file:
                _take_all(told, Path(name).name, _lines(file))
        except (OSError, EOFError, zlib.error) as fault:
            raise CaptureError(f"{name}: cannot be read ({fault}); check the path, or write the file again") from fault
    return told


def audit_told(
    told: Told,
    sources: Sequence[str],
    table: AssetTable | None,
    signatures: SignatureSet,
    *,
    made_at: datetime,
    home_networks: tuple[str, ...] = (),
) -> AuditReport:
    """Join what sensors told with the asset table. Machines that never spoke are not known here: no packet was seen."""
    locator, coverage = Locator(table, None), Coverage()
    findings = (finding_of(one, locator, signatures) for one in in_order(told.sessions.values(), home_networks))
    return AuditReport(
        sources=tuple(sources),
        made_at=made_at,
        findings=tuple(findings),
        coverage=coverage,
        flows=coverage.counts(),
        engine=Counters(),
        live=None,
        damage=told.damage,
        table=table,
        never_seen=(),
        seen_addresses=0,
        unknown=(),
        more_unknown=0,
        left_out=0,
        home_networks=home_networks,
        fingerprint=told.watch.fingerprint[:12] or signatures.short_fingerprint,
        watch=told.watch,
    )


def _opened(name: str) -> BinaryIO:
    return cast(BinaryIO, gzip.open(name, "rb")) if name.lower().endswith(".gz") else Path(name).open("rb")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines; of one that is longer than the bound only the beginning, which is then no JSON."""
    while line := file.readline(MAX_LINE_BYTES):
        yield line
        while not line.endswith(b"\n") and (line := file.readline(MAX_LINE_BYTES)):
            pass


def _take_all(told: Told, name: str, lines: Iterable[bytes]) -> None:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            _take(told, orjson.loads(line))
        except (ValueError, ValidationError, TypeError, AttributeError) as fault:
            told.refused += 1
            reason = "is no detection and no heartbeat" if isinstance(fault, ValidationError) else "is no JSON object"
            told.first_fault = told.first_fault or f"{name}:{number} {reason}"


def _take(told: Told, document: dict[str, object]) -> None:
    if document.get("schema") == HEARTBEAT_SCHEMA:
        beat = Heartbeat.model_validate(document)
        if told.watch.beats < MAX_BEATS:
            told.watch.hear(beat)
        else:
            told.beyond += 1
        return
    # `scan --format json` writes the capture's name beside.
    one = Detection.model_validate({key: value for key, value in document.items() if key != "capture"})
    known = told.sessions.get(one.detection_id)
    if known is None and len(told.sessions) >= MAX_SESSIONS:
        told.beyond += 1
    elif known is None or _rank(one) >= _rank(known):
        told.sessions[one.detection_id] = one


def _rank(one: Detection) -> tuple[datetime, int]:
    """Later statements of a session hold all that earlier ones held."""
    return one.last_seen, _STATES[one.state.value]

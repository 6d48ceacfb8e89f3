"""How is a sensor, and what did it see? The wire format ``minewatch.heartbeat/1``.

A heartbeat covers the time from ``t0`` to ``t1``; its counts are of that time alone, so that they add up. Silence of an
address proves something only while a healthy sensor looked: the collector keeps heartbeats beside detections.
"""

from __future__ import annotations

import datetime
import enum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sensor.model.wire import Count, SensorRef, Text, Timestamp, WireModel

HEARTBEAT_SCHEMA: Final = "minewatch.heartbeat/1"
MAX_SOURCES = 256
MAX_NETWORKS = 1024
MAX_PARTS = 256


class SourceState(enum.StrEnum):
    """What a source of packets was doing at ``t1``."""

    STARTING = "starting"
    READING = "reading"
    RESTARTING = "restarting"
    """Every worker of it died and waits for its next try; the source is not watched."""
    ENDED = "ended"


class ShedKind(enum.StrEnum):
    """What a bound cut, in the order in which it is given up: what is new goes before what is followed."""

    HEADS = "heads"
    """Flows whose first bytes could not be kept (``limits.max_held_bytes``)."""
    FLOWS = "flows"
    """Flows evicted from the table (``limits.max_flows``), those not followed first."""
    CANDIDATES = "candidates"
    """Flows worth a closer look that were not followed (``limits.max_followed``)."""
    SESSIONS = "sessions"
    """Mining sessions closed early to make room (``detect.max_sessions``)."""
    STATEMENTS = "statements"
    """Detections pushed out of a full spool (``spool.max_rows``, ``spool.max_bytes``): lost work."""


class SourceHealth(WireModel):
    """One source of packets; counts are of the heartbeat's time."""

    name: Text
    state: SourceState
    workers: Count = 1
    """Workers alive at ``t1``."""
    restarts: Count = 0
    packets: Count = 0
    bytes: Count = 0
    kernel_drops: Count = 0


class SignaturePart(WireModel):
    """What a set holds for one dialect, or as one kind of indicator (``pool``, ``proxy``, …)."""

    name: Text
    signatures: Count
    entries: Count = 0
    """Names and addresses; 0 for a dialect."""
    changed: datetime.date
    """When the newest of them changed."""
    verified: Annotated[int, Field(ge=2009, le=2200)] | None = None
    """The year in which the oldest entry was last verified; null for a dialect: its samples are tested at each load."""


class SignatureHealth(WireModel):
    """Which signature set was at work; ``age_s`` is the time since its newest change (seconds)."""

    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    age_s: Annotated[int, Field(ge=0)]
    parts: Annotated[list[SignaturePart], Field(default_factory=list, max_length=MAX_PARTS)]
    """What the set holds, by name; empty where the sensor does not tell."""


class SpoolHealth(WireModel):
    """Detections that waited for delivery at ``t1``, and for how long the oldest one had (seconds)."""

    depth: Count = 0
    oldest_s: Annotated[float, Field(ge=0)] = 0.0


class Heartbeat(WireModel):
    """One statement of a sensor about itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Annotated[Literal["minewatch.heartbeat/1"], Field(alias="schema")] = HEARTBEAT_SCHEMA
    heartbeat_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="The key of deduplication")]
    sensor: SensorRef
    t0: Timestamp
    t1: Timestamp
    release: Text
    engine: Text
    signatures: SignatureHealth
    packets: Count = 0
    bytes: Count = 0
    kernel_drops: Count = 0
    flows: Count = 0
    shed: Annotated[dict[ShedKind, Count], Field(default_factory=dict)]
    covered_networks: Annotated[list[Text], Field(default_factory=list, max_length=MAX_NETWORKS)]
    """Networks whose hosts are watched (CIDR); empty: any host."""
    clock_error_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Largest error of the clock as the kernel states it; null when it is not synchronised."""
    spool: SpoolHealth = SpoolHealth()
    sources: Annotated[list[SourceHealth], Field(default_factory=list, max_length=MAX_SOURCES)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.t1 <= self.t0:
            raise ValueError("t1 does not lie after t0")
        return self

    @property
    def event_id(self) -> str:
        """The key under which spool and collector know it."""
        return self.heartbeat_id

    def to_json(self) -> str:
        """One line of JSON, as it goes over the wire."""
        return self.model_dump_json(by_alias=True)


def heartbeat_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a heartbeat on the wire."""
    schema = Heartbeat.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": HEARTBEAT_SCHEMA, **schema}

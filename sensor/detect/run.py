"""Runs a whole source: engine → pipeline → statements."""

from __future__ import annotations

from collections.abc import Iterator

from sensor.detect.pipeline import Pipeline
from sensor.engine.api import EngineSession
from sensor.model.wire import Detection

BATCH_PACKETS = 65_536
"""Packets between two turns of the caller: enough that turns cost nothing beside them."""


def statements(session: EngineSession, pipeline: Pipeline) -> Iterator[list[Detection]]:
    """Statements as they become due, one list for each batch of packets; the last list closes what is open.

    Lists may be empty: the caller gets a turn after every batch, for progress or to stop.
    """
    while (events := session.read(BATCH_PACKETS)) is not None:
        yield pipeline.feed(events)
        for flow_id in pipeline.take_drops():
            session.drop(flow_id)
    yield pipeline.finish()

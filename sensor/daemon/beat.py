"""What does the sensor say of itself, and of which stretch of time?"""

from __future__ import annotations

from collections.abc import Sequence

from sensor.daemon.board import Board
from sensor.model.heartbeat import MAX_NETWORKS, Heartbeat, ShedKind, SignatureHealth, SignaturePart, SpoolHealth
from sensor.model.wire import SensorRef, digest_id, timestamp
from sensor.version import __version__


def heartbeat(
    sensor: SensorRef, networks: tuple[str, ...], before: Board, now: Board, parts: Sequence[SignaturePart] = ()
) -> Heartbeat:
    """The heartbeat of the time between two pictures; ``parts`` is what the set at work holds. ``now`` is the later."""
    earlier = {source.name: source for source in before.sources}
    sources = [source.since(earlier.get(source.name)) for source in now.sources]
    shed_before = before.shed
    shed: dict[ShedKind, int] = {
        kind: count - shed_before[kind] for kind, count in now.shed.items() if count > shed_before[kind]
    }
    return Heartbeat(
        heartbeat_id=digest_id("heartbeat", sensor.id, before.at_ns, now.at_ns),
        sensor=sensor,
        t0=timestamp(before.at_ns),
        t1=timestamp(now.at_ns),
        release=__version__,
        engine=now.engine,
        signatures=SignatureHealth(fingerprint=now.fingerprint, age_s=now.signature_age_s, parts=list(parts)),
        packets=sum(source.packets for source in sources),
        bytes=sum(source.bytes for source in sources),
        kernel_drops=sum(source.kernel_drops for source in sources),
        flows=max(0, now.total("flows") - before.total("flows")),
        shed=shed,
        covered_networks=list(networks[:MAX_NETWORKS]),
        clock_error_ms=now.clock_error_ms,
        spool=SpoolHealth(depth=now.queue.depth, oldest_s=now.queue.age_s) if now.queue else SpoolHealth(),
        sources=sources,
    )

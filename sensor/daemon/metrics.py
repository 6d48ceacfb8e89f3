"""Which metrics does Prometheus get? Made from the latest picture at every scrape; nothing is kept between scrapes."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from sensor.daemon.board import FORGOTTEN, Board, QueueBoard
from sensor.model.cuts import TableCuts
from sensor.model.heartbeat import SourceState
from sensor.version import __version__

SOURCE_COUNTERS = {
    "packets": ("minewatch_packets", "Packets read"),
    "bytes": ("minewatch_bytes", "Bytes on the wire of the packets read"),
    "kernel_drops": ("minewatch_kernel_dropped_packets", "Packets the kernel dropped because the ring was full"),
    "outages": ("minewatch_link_outages", "Times the interface went down"),
    "merged_frames": ("minewatch_merged_frames", "Frames longer than the MTU: merged by offload"),
    "undecoded_packets": ("minewatch_undecoded_packets", "Packets of unknown or broken form"),
    "fragments": ("minewatch_fragments", "IP fragments seen"),
    "reassembled_packets": ("minewatch_reassembled_packets", "IP packets put together from fragments"),
    "expired_partials": ("minewatch_expired_partials", "Fragmented packets given up: a part did not come in time"),
    "evicted_partials": ("minewatch_evicted_partials", "Fragmented packets given up for want of room"),
    "overlapped_partials": ("minewatch_overlapped_partials", "Fragmented packets with parts that overlap"),
    "refused_fragments": ("minewatch_refused_fragments", "Fragments cut, out of bounds or contradicting others"),
    "quic_initials": ("minewatch_quic_initials", "Datagrams of QUIC clients looked into"),
    "shed_quic": ("minewatch_quic_shed", "Datagrams of QUIC clients over what is looked into in one second"),
    "shed_quic_names": ("minewatch_quic_names_shed", "Listed names of QUIC clients over what is judged in one second"),
    "quic_hellos": ("minewatch_quic_hellos", "Hellos of QUIC clients that became whole"),
    "expired_quic": ("minewatch_quic_expired", "Hellos of QUIC clients given up: a part did not come in time"),
    "evicted_quic": ("minewatch_quic_evicted", "Hellos of QUIC clients given up for want of room"),
    "flows": ("minewatch_flows", "Flows begun"),
    "evicted_flows": ("minewatch_flow_evictions", "Flows evicted from a full table"),
    "candidates": ("minewatch_candidates", "Flows that were worth a closer look"),
    "unrecorded_flows": ("minewatch_unrecorded_flows", "Flows without a record of behaviour for want of room"),
    "busy_flows": ("minewatch_busy_flows", "Flows that say too much for a record of behaviour"),
    "given_up_flows": ("minewatch_given_up_flows", "Followed flows without evidence given up for want of room"),
    "unwrap_layers": ("minewatch_unread_layers", "Streams wrapped more often than is unwrapped"),
    "unwrap_inflations": ("minewatch_unread_inflations", "Compressed messages that were broken or grew too big"),
    "unwrap_frames": ("minewatch_lost_websocket_frames", "Times a WebSocket stream lost its frame"),
    "lost_bytes": ("minewatch_lost_stream_bytes", "Stream bytes of followed flows that were never seen"),
}
SOURCE_GAUGES = {
    "flows_live": ("minewatch_flow_table_entries", "Flows in the table"),
    "held_bytes": ("minewatch_held_bytes", "Stream bytes held in memory"),
    "followed_bytes": ("minewatch_followed_bytes", "About what followed flows and their sessions hold in memory"),
    "recorded_flows": ("minewatch_recorded_flows", "Flows with a record of their behaviour"),
    "fragment_bytes": ("minewatch_fragment_bytes", "Bytes of fragments held in memory"),
    "quic_bytes": ("minewatch_quic_bytes", "Bytes of parts of QUIC clients' hellos held in memory"),
}
UPLINK_COUNTERS = {
    "requests": ("minewatch_uplink_requests", "Requests sent to the collector"),
    "failures": ("minewatch_uplink_failures", "Requests without a usable answer"),
    "accepted": ("minewatch_uplink_accepted", "Statements the collector took"),
    "duplicates": ("minewatch_uplink_duplicates", "Statements the collector had already"),
    "refused": ("minewatch_uplink_refused", "Statements the collector will never take"),
}


class SensorMetrics(Collector):
    """A prometheus_client collector over the latest picture."""

    def __init__(self, latest: Callable[[], Board]) -> None:
        self._latest = latest

    def collect(self) -> Iterator[Metric]:
        """Every metric, at the moment of the scrape."""
        board = self._latest()
        yield from _about(board)
        yield from _signatures(board)
        yield from _sources(board)
        yield _counter(
            "minewatch_shed", "What a bound cut, by kind", "kind", {k.value: v for k, v in board.shed.items()}
        )
        yield from _detections(board)
        if board.queue:
            yield from _queue(board.queue)
        yield _gauge("minewatch_heartbeats_waiting", "Heartbeats that wait for delivery", board.heartbeats_waiting)


def registry(latest: Callable[[], Board]) -> CollectorRegistry:
    """A registry with the sensor's metrics only."""
    made = CollectorRegistry(auto_describe=False)
    made.register(SensorMetrics(latest))
    return made


def _about(board: Board) -> Iterator[Metric]:
    yield _gauge("minewatch_up", "1 while packets are read, or all captures were read to their end", int(board.is_up))
    labels = {"release": __version__, "engine": board.engine, "python": platform.python_version()}
    info = GaugeMetricFamily("minewatch_build_info", "Release, engine and Python", labels=list(labels))
    info.add_metric(list(labels.values()), 1)
    yield info
    yield _gauge(
        "minewatch_clock_synchronised",
        "1 when a time service vouches for the clock",
        int(board.clock_error_ms is not None),
    )
    if board.clock_error_ms is not None:
        yield _gauge("minewatch_clock_error_seconds", "Largest error of the clock", board.clock_error_ms / 1000)


def _signatures(board: Board) -> Iterator[Metric]:
    info = GaugeMetricFamily("minewatch_signature_info", "The signature set at work", labels=["fingerprint"])
    info.add_metric([board.fingerprint], 1)
    yield info
    yield _gauge("minewatch_signature_age_seconds", "Time since the newest signature changed", board.signature_age_s)
    results = {"ok": 0, "refused": 0, **board.reloads}
    yield _counter("minewatch_signature_reloads", "Reloads of the signature set, by result", "result", results)


def _sources(board: Board) -> Iterator[Metric]:
    for key, (name, text) in SOURCE_COUNTERS.items():
        yield _counter(name, text, "source", {row.name: row.counters.get(key, 0) for row in board.sources})
    for key, (name, text) in SOURCE_GAUGES.items():
        yield _gauges(name, text, {row.name: row.counters.get(key, 0) for row in board.sources})
    yield _forgotten(board)
    yield _gauge("minewatch_flow_table_limit", "Most flows that the table of one worker holds", board.max_flows)
    yield _gauges("minewatch_workers", "Workers that read", {row.name: row.workers for row in board.sources})
    restarts = {row.name: row.restarts for row in board.sources}
    yield _counter("minewatch_worker_restarts", "Workers that died and were started again", "source", restarts)
    states = GaugeMetricFamily("minewatch_source_state", "1 for the state a source is in", labels=["source", "state"])
    for row in board.sources:
        for state in SourceState:
            states.add_metric([row.name, state.value], int(row.state is state))
    yield states


def _forgotten(board: Board) -> Metric:
    text = "Entries that full tables of followed flows gave up, by table"
    family = CounterMetricFamily("minewatch_forgotten_entries", text, labels=["source", "table"])
    for row in board.sources:
        for table in fields(TableCuts):
            family.add_metric([row.name, table.name], row.counters.get(FORGOTTEN + table.name, 0))
    return family


def _detections(board: Board) -> Iterator[Metric]:
    found = CounterMetricFamily("minewatch_detections", "Mining sessions found", labels=["dialect", "verdict"])
    for (dialect, verdict), count in board.sessions.items():
        found.add_metric([dialect, verdict], count)
    yield found
    yield _counter("minewatch_statements", "Statements about sessions, by state", "state", board.statements)


def _queue(queue: QueueBoard) -> Iterator[Metric]:
    yield _gauge("minewatch_spool_waiting", "Statements that wait for delivery", queue.depth)
    yield _gauge("minewatch_spool_bytes", "Their JSON text in bytes", queue.size_bytes)
    yield _gauge("minewatch_spool_oldest_age_seconds", "How long the oldest of them has waited", queue.age_s)
    for key, (name, text) in UPLINK_COUNTERS.items():
        counter = CounterMetricFamily(name, text)
        counter.add_metric([], getattr(queue.uplink, key))
        yield counter


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _gauges(name: str, text: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["source"])
    for source, value in values.items():
        family.add_metric([source], value)
    return family


def _counter(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family

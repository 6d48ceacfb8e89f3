"""Which options does a sensor have, in which unit, and with which default?"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from sensor.config.fields import FilePath, Network, OptionModel, Positive, PositiveSeconds, Text, UplinkUrl


class Pace(enum.StrEnum):
    """How fast a capture is replayed."""

    FAST = "as-fast-as-possible"
    REALTIME = "realtime"


class LogLevel(enum.StrEnum):
    """The least severe line that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(enum.StrEnum):
    """How a log line is written."""

    JSON = "json"
    CONSOLE = "console"


class IdentityOptions(OptionModel):
    """Who this sensor is; both go into every detection."""

    id: Text
    """Name of this sensor, unique at the collector."""
    site: Annotated[str, Field(max_length=512)] = ""
    """Where it watches, in words people know. Default: empty."""


class InterfaceSettings(OptionModel):
    """A network interface, read through a ring in memory that the kernel fills."""

    name: Annotated[str, Field(min_length=1, max_length=15, pattern=r"^[^\s/]+$")]
    """The interface that the mirror port or tap is plugged into."""
    workers: Annotated[int, Field(gt=0, le=64)] = 1
    """Processes that share its packets by flow (1 to 64); one per core at the most. Default: 1."""
    fanout_group: Annotated[int, Field(ge=0, le=65_535)] | None = None
    """Number under which the workers share; unique on the host. Default: drawn from the interface's name."""
    promiscuous: bool = False
    """Take frames that are not addressed to this host; a mirror port needs it. Default: false."""
    filter: Annotated[str, Field(max_length=4096)] = ""
    """A filter as of tcpdump, run by the kernel. Default: empty, every packet."""
    mode: Annotated[str, Field(pattern="^(auto|ring|socket)$")] = "auto"
    """`ring`, `socket`, or `auto`: a socket where the kernel makes no ring, which the log tells. Default: auto."""
    snaplen_bytes: Annotated[int, Field(ge=64, le=1_048_576)] = 262_144
    """Bytes kept of a frame (64 to 1048576). Default: 262144, whatever offload merges."""
    block_bytes: Annotated[int, Field(ge=65_536, le=67_108_864)] = 1_048_576
    """One block of the ring (bytes, a power of two, more than snaplen_bytes). Default: 1048576."""
    blocks: Annotated[int, Field(ge=2, le=65_536)] = 64
    """Blocks in the ring of each worker (count). Default: 64."""
    block_timeout_ms: Annotated[int, Field(ge=1, le=1000)] = 20
    """A block that is not full is handed over after this long (milliseconds, 1 to 1000). Default: 20."""

    @model_validator(mode="after")
    def _power_of_two(self) -> Self:
        if self.block_bytes & (self.block_bytes - 1):
            raise ValueError("block_bytes is no power of two; write for example 1048576")
        return self

    @property
    def ring_bytes(self) -> int:
        """Memory that the rings of all workers take, in bytes."""
        return self.workers * self.blocks * self.block_bytes


class SourceOptions(OptionModel):
    """Where packets come from: a capture file, or a network interface."""

    capture: FilePath | None = None
    """A pcap or pcapng file, plain or compressed (.gz, .zst); read anew after every restart. Default: none."""
    pace: Pace = Pace.FAST
    """`as-fast-as-possible`, or `realtime` to keep the gaps between packets. Default: as-fast-as-possible."""
    interface: InterfaceSettings | None = None
    """A network interface, read until the sensor is stopped. Default: none."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.capture is None) == (self.interface is None):
            raise ValueError("give either 'capture' with a file or 'interface' with a name")
        if self.interface and self.pace is not Pace.FAST:
            raise ValueError("pace is for captures; leave it out beside 'interface'")
        return self

    @property
    def name(self) -> str:
        """What to call it: the interface, or the path."""
        return self.interface.name if self.interface else str(self.capture)

    @property
    def workers(self) -> int:
        """Processes that read it."""
        return self.interface.workers if self.interface else 1


class LimitOptions(OptionModel):
    """Bounds of the per-packet path; the same fields and defaults as :class:`sensor.engine.limits.Limits`."""

    head_bytes: Positive = 4096
    """First in-order bytes of each direction that are scanned (bytes). Default: 4096."""
    max_flows: Positive = 1_000_000
    """Flows in the table (count). Default: 1000000."""
    idle_timeout_s: PositiveSeconds = 900.0
    """A flow without packets for this long is closed (seconds). Default: 900."""
    active_timeout_s: PositiveSeconds = 3600.0
    """A followed flow that lives longer is reported this often (seconds). Default: 3600."""
    max_gap_bytes: Positive = 262_144
    """Out-of-order bytes held per direction (bytes). Default: 262144."""
    max_held_bytes: Positive = 67_108_864
    """Stream heads and out-of-order bytes held over all flows (bytes). Default: 67108864."""
    max_followed: Positive = 100_000
    """Flows followed to their end at the same time (count). Default: 100000."""
    max_learned: Positive = 200_000
    """Addresses learned from DNS answers (count). Default: 200000."""
    max_learned_ttl_s: Positive = 86_400
    """A DNS answer's time to live is cut to this (seconds). Default: 86400."""
    min_learned_ttl_s: Positive = 300
    """A DNS answer's time to live is raised to this (seconds). Default: 300."""
    max_layers: Annotated[int, Field(ge=3, le=255)] = 16
    """Tags, tunnels and network layers unwrapped in one frame (count, 3 to 255). Default: 16."""
    max_partials: Positive = 4096
    """Fragmented IP packets that are put together at the same time (count). Default: 4096."""
    max_partial_spans: Annotated[int, Field(ge=2, le=8192)] = 128
    """Spans held of one of them with gaps between, where parts came in disorder (count, 2 to 8192). Default: 128."""
    max_partial_bytes: Annotated[int, Field(ge=576, le=65_535)] = 65_535
    """Bytes that one of them may have (bytes, 576 to 65535). Default: 65535."""
    max_fragment_bytes: Positive = 16_777_216
    """Bytes of parts held over all of them (bytes). Default: 16777216."""
    fragment_timeout_s: PositiveSeconds = 5.0
    """How long the first part waits for the others (seconds). Default: 5."""
    max_quic_per_s: Positive = 20_000
    """Datagrams of QUIC clients that are looked into in one second; what is over is counted (count). Default: 20000."""
    max_quic_named_per_s: Positive = 500
    """Hellos of QUIC clients with a listed name that are judged in one second; what is over is counted (count).
    Default: 500."""
    max_quic_hellos: Positive = 4096
    """Hellos of QUIC clients of which a part is awaited at the same time (count). Default: 4096."""
    max_quic_bytes: Positive = 16_777_216
    """Bytes of parts held over all of them (bytes). Default: 16777216."""
    quic_timeout_s: PositiveSeconds = 10.0
    """How long the first part of a hello waits for the others (seconds). Default: 10."""
    flow_key_vlan: bool = False
    """Packets in different VLANs are in different flows; leave it off where the two directions of a link bear different
    tags, as behind packet brokers. Default: false."""
    flow_key_tunnel: bool = True
    """Packets in different VXLAN, Geneve or NVGRE networks, or under different GRE keys, are in different flows.
    Default: true."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_learned_ttl_s > self.max_learned_ttl_s:
            raise ValueError("min_learned_ttl_s is above max_learned_ttl_s; lower it")
        return self


class BehaviourSettings(OptionModel):
    """Flows that nobody can read, judged by a model; but for the model, the fields and defaults of
    :class:`sensor.engine.limits.BehaviourLimits`."""

    model: FilePath | None = None
    """The model: a file, or the folder that `minewatch model use` and `minewatch model back` keep. Default: none, and
    nothing is recorded."""
    key: FilePath | None = None
    """Public key (PEM): only a model that it signed is loaded. Default: none, the digest in the model is enough."""
    max_records: Positive = 200_000
    """Flows with a record, 128 bytes each, and as many whose earlier records are remembered, some 250 bytes each
    (count). Default: 200000."""
    after_s: PositiveSeconds = 30.0
    """A flow gets a record once it lives longer (seconds). Default: 30."""
    interval_s: Positive = 150
    """A flow is judged this often (seconds). The shipped model was made with the default. Default: 150."""
    min_messages: Annotated[int, Field(ge=1, le=64)] = 8
    """A flow that said less is not judged yet (count, 1 to 64). Default: 8."""


class DetectSettings(OptionModel):
    """Bounds and habits of detection; the same fields and defaults as ``sensor.detect.pipeline.DetectOptions``."""

    update_interval_s: PositiveSeconds = 3600.0
    """A mining session that goes on is stated again this often (seconds of packet time). Default: 3600."""
    session_idle_s: PositiveSeconds = 900.0
    """A session without flows for this long is closed; a reconnect before continues it (seconds). Default: 900."""
    max_sessions: Positive = 100_000
    """Open sessions; the one longest without news is closed to make room (count). Default: 100000."""
    max_followed_bytes: Positive = 1_073_741_824
    """What followed flows and their sessions hold, by estimate. Over it the flow without evidence that was silent
    longest is given up, and where there is none the session longest without news is closed (bytes).
    Default: 1073741824."""
    unproven_bytes: Positive = 65_536
    """Stream bytes after which a flow without any evidence is dropped (bytes). Default: 65536."""
    max_layers: Positive = 6
    """Proxies, WebSockets and the like inside one another; what lies deeper is not looked at (count). Default: 6."""
    max_inflated_bytes: Positive = 262_144
    """What one compressed message, or one chunk of a compressed stream, may give (bytes). Default: 262144."""
    max_inflation: Positive = 256
    """How many times its own size a compressed message may give (factor). Default: 256."""
    max_known: Positive = 50_000
    """Servers, hosts and pools noted from confirmed sessions, by each of which flows nobody can read are known
    (count). Default: 50000."""
    known_hold_s: PositiveSeconds = 604_800.0
    """They are forgotten when nothing was heard of them for this long (seconds). Default: 604800, a week."""
    probers: tuple[Network, ...] = ()
    """Networks from which servers are verified (CIDR): what they say to pools is no mining. Default: empty."""


class SpoolOptions(OptionModel):
    """The durable queue in front of the uplink. What does not fit pushes the oldest out, and is counted."""

    path: FilePath = Path("/var/lib/minewatch/spool.sqlite")
    """The queue's file; one process at a time. Default: /var/lib/minewatch/spool.sqlite."""
    max_rows: Positive = 1_000_000
    """Detections that wait for delivery (count). Default: 1000000."""
    max_bytes: Positive = 1_073_741_824
    """JSON text that waits for delivery (bytes). Default: 1073741824."""
    max_delivered_ids: Positive = 500_000
    """Ids of delivered detections, remembered so that a replay queues nothing twice (count). Default: 500000."""
    max_refused: Positive = 100_000
    """Refused detections kept for a person to look at (count). Default: 100000."""


class RetryOptions(OptionModel):
    """How long to wait after a failed delivery: doubled each time, drawn at random below that when `jitter` is on."""

    first_s: PositiveSeconds = 1.0
    """Longest wait after the first failure (seconds). Default: 1."""
    max_s: PositiveSeconds = 300.0
    """Longest wait at all (seconds). Default: 300."""
    jitter: bool = True
    """Draw every wait between 0 and its bound, so that sensors do not come back all at once. Default: true."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first_s > self.max_s:
            raise ValueError("first_s is above max_s; lower it")
        return self


class UplinkOptions(OptionModel):
    """The way to the collector."""

    url: UplinkUrl
    """The collector's address; detections go to `{url}/api/v1/detections`. Or a bus that it reads: `nats://`,
    `nats+tls://`, `kafka://` or `kafka+tls://`, then servers (`host:port`, commas between); needs the extra `bus`."""
    token_file: FilePath | None = None
    """File with the sensor's token, read anew for every batch; MINEWATCH_UPLINK_TOKEN overrides it. Default: none."""
    batch_rows: Annotated[int, Field(gt=0, le=10_000)] = 500
    """Detections in one batch (count, at most 10000). Default: 500."""
    batch_bytes: Annotated[int, Field(ge=4096, le=67_108_864)] = 1_048_576
    """JSON text in one batch before compression (bytes, 4096 to 67108864). Default: 1048576."""
    timeout_s: PositiveSeconds = 30.0
    """Longest wait for the collector to connect, to take bytes or to answer (seconds). Default: 30."""
    flush_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 10.0
    """How long a stopped sensor goes on delivering; the rest stays in the spool (seconds). Default: 10."""
    retry: RetryOptions = RetryOptions()
    """Waits after failed deliveries."""
    ca_file: FilePath | None = None
    """Certificate authority (PEM) that signed the collector's certificate. Default: the well-known ones."""
    client_cert_file: FilePath | None = None
    """Client certificate (PEM), with `client_key_file`. Default: none."""
    client_key_file: FilePath | None = None
    """Private key of the client certificate (PEM). Default: none."""

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if (self.client_cert_file is None) != (self.client_key_file is None):
            raise ValueError("client_cert_file and client_key_file go together; give both or neither")
        return self


class WorkerOptions(OptionModel):
    """The processes that read the sources: one for a capture, one or more for an interface."""

    stop_s: PositiveSeconds = 10.0
    """How long a stopped worker may take to close and hand over what is open (seconds). Default: 10."""
    restart_first_s: PositiveSeconds = 0.5
    """Wait before a worker that died is started again; doubles with every death in a row (seconds). Default: 0.5."""
    restart_max_s: PositiveSeconds = 30.0
    """Longest such wait (seconds). Default: 30."""
    user: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    """Account that a worker started as root changes to once its source is open. Default: none, it stays."""


class ReloadOptions(OptionModel):
    """When a changed signature set is taken up without a restart. SIGHUP asks for it at once."""

    poll_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 10.0
    """How often the signature folder is looked at; 0: only on SIGHUP (seconds). Default: 10."""
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """A set smaller than this share of the one at work is refused; a restart takes it. Default: 0.5."""


class HeartbeatOptions(OptionModel):
    """What the sensor tells the collector about itself, through an own queue beside the spool."""

    interval_s: Annotated[float, Field(ge=1, le=3600)] = 60.0
    """How often (seconds, 1 to 3600). Default: 60."""
    max_rows: Positive = 20_160
    """Heartbeats that wait for delivery; the oldest make room (count). Default: 20160, two weeks."""


class StatusOptions(OptionModel):
    """Where the sensor tells how it is: `/metrics` for Prometheus and `/health`."""

    host: Text = "127.0.0.1"
    """Address to listen on. Default: 127.0.0.1."""
    port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    """Port to listen on; 0 takes any free one. Default: none, it does not listen."""


class JsonlOptions(OptionModel):
    """Detections as lines of JSON, beside or instead of the uplink."""

    path: FilePath | None = None
    """File that lines are appended to. Default: standard output."""
    fsync: bool = True
    """Wait until every batch is on the disk. Default: true."""


class PrivacyOptions(OptionModel):
    """What of the people behind a miner leaves the sensor."""

    hash_accounts_key: FilePath | None = None
    """File with a key of 16 bytes or more, under which accounts and workers leave as pseudonyms. Default: none."""


class LogOptions(OptionModel):
    """The sensor's own log, on standard error."""

    level: LogLevel = LogLevel.INFO
    """`debug`, `info`, `warning` or `error`. Default: info."""
    format: LogFormat = LogFormat.JSON
    """`json` (one object per line) or `console`. Default: json."""


class SensorOptions(OptionModel):
    """Everything in ``sensor.yaml``."""

    sensor: IdentityOptions
    """Who this sensor is."""
    home_networks: tuple[Network, ...] = ()
    """Networks whose hosts can be miners (CIDR). Default: empty, any host."""
    sources: Annotated[tuple[SourceOptions, ...], Field(min_length=1, max_length=64)]
    """Where packets come from (1 to 64)."""
    workers: WorkerOptions = WorkerOptions()
    """The processes that read them."""
    signatures: FilePath | None = None
    """Folder of a signature set. Default: the one shipped with this release."""
    behaviour: BehaviourSettings = BehaviourSettings()
    """How flows that nobody can read are judged by what they show; that alone is never told."""
    reload: ReloadOptions = ReloadOptions()
    """When a changed signature set is taken up."""
    limits: LimitOptions = LimitOptions()
    """Bounds of the per-packet path."""
    detect: DetectSettings = DetectSettings()
    """Bounds and habits of detection."""
    spool: SpoolOptions = SpoolOptions()
    """The durable queue in front of the uplink."""
    uplink: UplinkOptions | None = None
    """The way to the collector. Default: none."""
    heartbeat: HeartbeatOptions = HeartbeatOptions()
    """What the sensor tells the collector about itself."""
    jsonl: JsonlOptions | None = None
    """Detections as lines of JSON. Default: none."""
    privacy: PrivacyOptions = PrivacyOptions()
    """What of the people behind a miner leaves the sensor."""
    status: StatusOptions = StatusOptions()
    """Where the sensor tells how it is."""
    log: LogOptions = LogOptions()
    """The sensor's own log."""

    @model_validator(mode="after")
    def _has_a_sink(self) -> Self:
        if self.uplink is None and self.jsonl is None:
            raise ValueError("detections go nowhere; add 'uplink' with a url, or 'jsonl'")
        if len({source.name for source in self.sources}) < len(self.sources):
            raise ValueError("sources: the same one stands there twice; leave one out, or raise its workers")
        return self

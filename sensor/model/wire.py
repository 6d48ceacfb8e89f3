"""The wire format between sensor and collector: ``minewatch.detection/1``.

These pydantic models are the single source of the published JSON Schema. Times are RFC 3339 UTC with
microseconds; powers in watts; hash rates in the unit named beside them.
"""

# Annotations are values here: to evaluate the text of each is a tenth of what pydantic costs at a start.
import enum
import hashlib
import ipaddress
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from sensor.model.evidence import EvidenceClass, Verdict

DETECTION_SCHEMA: Final = "minewatch.detection/1"
MAX_LIST = 256
"""Longest list of workers, agents or ports a detection carries; what is beyond is cut by the sensor."""


class Dialect(enum.StrEnum):
    """The one word list of mining dialects."""

    STRATUM_V1 = "stratum-v1"
    CRYPTONOTE = "cryptonote"
    ETH_PROXY = "eth-proxy"
    ETHEREUMSTRATUM_1 = "ethereumstratum-1"
    ETHEREUMSTRATUM_2 = "ethereumstratum-2"
    ZIP_301 = "zip-301"
    GETWORK = "getwork"
    GETBLOCKTEMPLATE = "getblocktemplate"
    STRATUM_V2 = "stratum-v2"
    BROWSER_MINER = "browser-miner"
    PROGPOW = "progpow"
    ETH_STRATUM = "eth-stratum"
    ZMP = "zmp"
    GRIN = "grin"
    BEAM = "beam"
    CONFLUX = "conflux"
    KASPA = "kaspa"
    ALEPHIUM = "alephium"
    ERGO = "ergo"
    IRON_FISH = "iron-fish"
    ALEO = "aleo"
    XELIS = "xelis"
    DECRED = "decred"
    HANDSHAKE = "handshake"
    KADENA = "kadena"
    CKB = "ckb"
    BYTOM = "bytom"
    NEXA = "nexa"
    WARTHOG = "warthog"
    SIA = "sia"
    NIMIQ = "nimiq"
    BTCAGENT = "btcagent"


class Role(enum.StrEnum):
    """What the local endpoint was judged to be."""

    MINER = "miner"
    PROXY = "proxy"
    BROWSER_MINER = "browser-miner"


class State(enum.StrEnum):
    """Where in a session's life a statement was made."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


def timestamp(at_ns: int) -> datetime:
    """Nanoseconds since the epoch as an aware UTC datetime (microseconds kept, the rest cut)."""
    return datetime.fromtimestamp(at_ns // 1_000_000_000, UTC).replace(microsecond=at_ns // 1000 % 1_000_000)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _is_none(value: object) -> bool:
    return value is None


def _is_false(value: object) -> bool:
    return value is False


def _canonical_ip(text: str) -> str:
    return str(ipaddress.ip_address(text))


Timestamp = Annotated[AwareDatetime, PlainSerializer(_rfc3339, return_type=str, when_used="json")]
IpAddress = Annotated[str, AfterValidator(_canonical_ip), Field(description="IPv4 or IPv6 address, canonical text")]
Port = Annotated[int, Field(ge=0, le=65535)]
Text = Annotated[str, Field(max_length=512)]
Count = Annotated[int, Field(ge=0)]


class WireModel(BaseModel):
    """Strict about names: an unknown field is a fault, never silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SensorRef(WireModel):
    """Which sensor speaks, and the site it watches."""

    id: Text
    site: Text = ""


class MinerRef(WireModel):
    """The local endpoint. The port and every port seen: a carrier cannot resolve a NATed address without."""

    ip: IpAddress
    port: Port
    ports_seen: Annotated[list[Port], Field(max_length=MAX_LIST)] = []


class CertificateRef(WireModel):
    """The certificate a server showed. ``names`` are those it holds for."""

    subject: Text
    issuer: Text
    names: Annotated[tuple[Text, ...], Field(max_length=64)] = ()
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    not_before: Timestamp
    not_after: Timestamp


class PoolRef(WireModel):
    """The remote endpoint, with the name it was reached by where one was seen."""

    ip: IpAddress | None
    port: Port | None
    domain: Text | None = None
    operator: Text | None = None
    certificate: CertificateRef | None = Field(default=None, exclude_if=_is_none)


class Transport(WireModel):
    """How the messages travelled; ``via`` lists unwrapped layers, outermost first.

    ``target`` is where a proxy was asked to connect to (``host:port``), ``true_client`` whom a PROXY header names as
    the client behind the miner's address (``ip:port``). Both are claims of the sender. ``ech`` (there only where it is
    true) says that the client may have hidden the server's name: ``sni`` need not be it.
    """

    l4: Literal["tcp", "udp"]
    tls: bool = False
    sni: Text | None = None
    ja4: Text | None = None
    via: Annotated[list[Text], Field(max_length=16)] = []
    target: Text | None = None
    true_client: Text | None = None
    ech: bool = Field(default=False, exclude_if=_is_false)


class Shares(WireModel):
    """Share submissions seen, and the pool's answers to them.

    ``stale``, ``duplicate`` and ``low_difficulty`` are those of ``rejected`` whose answer says so; ``resubmitted`` are
    those of ``submitted`` that the miner had handed in before, whatever the pool answered.
    """

    submitted: Count = 0
    accepted: Count = 0
    rejected: Count = 0
    stale: Count = 0
    duplicate: Count = 0
    resubmitted: Count = 0
    low_difficulty: Count = 0


class Interval(WireModel):
    """A value with its bounds."""

    value: float
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("needs low <= value <= high")
        return self


class HashRate(Interval):
    """Estimated hash rate in ``unit`` (H/s, Sol/s, …); ``method`` says from what."""

    unit: Text
    method: Text
    last_15m: Interval | None = None


class ReportedRate(WireModel):
    """What ``rigs`` miners claim for themselves, added up, in ``unit``. A claim, not a measurement."""

    value: Annotated[float, Field(ge=0)]
    unit: Text
    rigs: Annotated[int, Field(ge=1)]


class Power(Interval):
    """Estimated electrical power in watts; ``basis`` says from what."""

    basis: Text


class Energy(Interval):
    """Estimated electrical energy in kilowatt hours: the power over the mining time that was seen (``hours``)."""

    hours: Annotated[float, Field(ge=0)]
    basis: Text


class Fleet(WireModel):
    """How many machines mine behind one address, and how that is known.

    ``workers`` and ``sessions`` (connections at once) are what was counted; the number of machines lies between
    ``low`` and ``high``, which is null where nothing on the wire bounds it.
    """

    workers: Count
    sessions: Count
    low: Annotated[int, Field(ge=1)]
    high: Annotated[int, Field(ge=1)] | None = None
    basis: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.high is not None and self.high < self.low:
            raise ValueError("needs low <= high")
        return self


class ChecksumState(enum.StrEnum):
    """Does the checksum of an account that has the form of a wallet hold? ``none``: the form has no checksum."""

    GOOD = "good"
    BAD = "bad"
    NONE = "none"


class TrafficCount(WireModel):
    """Packets and IP bytes; ``up`` is from the miner to the pool."""

    packets_up: Count = 0
    packets_down: Count = 0
    bytes_up: Count = 0
    bytes_down: Count = 0


class EvidenceRow(WireModel):
    """One signature's match, with the excerpt that made it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    signature: Text
    revision: Count
    evidence_class: Annotated[EvidenceClass, Field(alias="class")]
    at: Timestamp
    excerpt: Annotated[str, Field(max_length=2048)]


class Detection(WireModel):
    """One statement about one mining session."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Annotated[Literal["minewatch.detection/1"], Field(alias="schema")] = DETECTION_SCHEMA
    detection_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="The session; stable over a re-scan")]
    event_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="This statement; the key of deduplication")]
    sensor: SensorRef
    state: State
    first_seen: Timestamp
    last_seen: Timestamp
    clock_error_ms: float | None = None
    miner: MinerRef
    pool: PoolRef
    role: Role = Role.MINER
    transport: Transport
    dialect: Dialect | None
    coin: Text | None = None
    algorithm: Text | None = None
    account: Text | None = None
    account_checksum: ChecksumState | None = None
    workers: Annotated[list[Text], Field(max_length=MAX_LIST)] = []
    agents: Annotated[list[Text], Field(max_length=MAX_LIST)] = []
    shares: Shares = Shares()
    hashrate: HashRate | None = None
    reported: ReportedRate | None = None
    power_w: Power | None = None
    energy_kwh: Energy | None = None
    fleet: Fleet | None = None
    counted_in: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None, description="The proxy's session that carries this one's hash rate on: add up one of the two"
    )
    traffic: TrafficCount = TrafficCount()
    verdict: Verdict
    score: Annotated[int, Field(ge=0, le=100)]
    evidence: Annotated[list[EvidenceRow], Field(max_length=64)] = []

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_seen < self.first_seen:
            raise ValueError("last_seen lies before first_seen")
        return self

    def to_json(self) -> str:
        """One line of JSON, as it goes over the wire."""
        return self.model_dump_json(by_alias=True)


def digest_id(*parts: object) -> str:
    """A stable 128-bit identifier of ``parts``: the same parts give the same id on every machine."""
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:32]


def json_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a detection on the wire."""
    schema = Detection.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": DETECTION_SCHEMA, **schema}

"""What may stand in a signature file? The pydantic models behind ``signatures/SPEC.md``."""

# Annotations are values here: to evaluate the text of each is a tenth of what pydantic costs at a start.
import datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    UUID4,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from sensor.model.evidence import EvidenceClass
from sensor.model.wire import Dialect, Port
from sensor.signature.words import Checksum, Direction, Kind, Level, Protocol, SessionEvent, Status, Strength, WorkForm

Scalar: TypeAlias = StrictStr | StrictInt | StrictFloat | StrictBool | None
Line = Annotated[str, Field(min_length=1, max_length=512)]
Prose = Annotated[str, Field(min_length=1, max_length=8192)]
Ticker = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,10}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,63}$")]
FieldPath = Annotated[str, Field(pattern=r"^[a-z0-9]+(\.[^.|\s]+){1,15}$", max_length=200)]


class Document(BaseModel):
    """Strict about names: an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Related(Document):
    """Another signature this one comes from, replaces or resembles."""

    id: UUID4
    type: Literal["derived", "obsolete", "merged", "similar"]


class Metadata(Document):
    """What every signature says about itself."""

    id: UUID4
    name: Name
    title: Line
    revision: Annotated[StrictInt, Field(ge=1)]
    status: Status
    level: Level
    description: Prose
    author: Line
    date: datetime.date
    modified: datetime.date | None = None
    references: tuple[Line, ...]
    related: tuple[Related, ...] = ()
    falsepositives: tuple[Line, ...]
    tags: tuple[Line, ...]


class Scope(Document):
    """Where a protocol signature looks."""

    transport: Literal["tcp", "udp"]
    protocol: Protocol
    direction: Direction


FirstBytes = Annotated[StrictInt, Field(ge=16, le=1024)]


class Anchor(Document):
    """What makes an engine look closer: literals as text or in hex digits, or how many bytes each side sends first."""

    any: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=256)], ...], Field(max_length=64)] = ()
    hex: Annotated[tuple[Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,128}$")], ...], Field(max_length=64)] = ()
    lengths: Annotated[tuple[tuple[FirstBytes, FirstBytes], ...], Field(max_length=4)] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.any or self.hex or self.lengths):
            raise ValueError("give any, hex or lengths")
        return self

    @property
    def literals(self) -> tuple[bytes, ...]:
        """The literals of both spellings."""
        return tuple(text.encode() for text in self.any) + tuple(bytes.fromhex(digits) for digits in self.hex)


Selection: TypeAlias = Annotated[dict[str, Scalar | tuple[Scalar, ...]], Field(min_length=1, max_length=64)]


class Detect(BaseModel):
    """Named selections and the condition that joins them."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Selection] = Field(init=False)

    condition: Annotated[str, Field(min_length=1, max_length=1024)]

    @property
    def selections(self) -> dict[str, Selection]:
        """The selections by name."""
        return self.__pydantic_extra__


class EvidenceDocument(Document):
    """What a match is worth."""

    evidence_class: Annotated[EvidenceClass, Field(alias="class")]
    dialect: Dialect | None = None
    strength: Strength
    specific: StrictBool = False
    excerpt: Annotated[tuple[FieldPath, ...], Field(max_length=16)] = ()


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Paths = Annotated[tuple[FieldPath, ...], BeforeValidator(_as_list, json_schema_input_type=FieldPath | list[FieldPath])]


class Session(Document):
    """What a message tells of the mining session: its event, and where facts stand in it."""

    event: SessionEvent
    account: Paths = ()
    worker: Paths = ()
    agent: Paths = ()
    algorithm: Paths = ()
    height: Paths = ()
    job: Paths = ()
    target: Paths = ()
    difficulty: Paths = ()
    form: WorkForm | None = None
    initial_target: Annotated[str | None, Field(pattern=r"^[0-9a-f]{1,64}$")] = None
    seed_hash: Paths = ()
    server_name: Paths = ()
    hashrate: Paths = ()
    extranonce: Paths = ()
    coinbase: Paths = ()
    bits: Paths = ()


class Turn(Document):
    """What one side sends before it is the other's turn, in hex digits."""

    client: str | None = None
    server: str | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.client is None) == (self.server is None):
            raise ValueError("a turn is the client's or the server's; give exactly one")
        return self


class SampleDocument(Document):
    """One embedded sample: bytes in one of three spellings, turns of both sides, or fields already dissected."""

    text: str | None = None
    hex: str | None = None
    base64: str | None = None
    talk: Annotated[tuple[Turn, ...] | None, Field(min_length=1, max_length=32)] = None
    fields: dict[str, Any] | None = None
    after: str | list[str] | None = None
    note: Line | None = None
    expect: dict[str, Any] = {}
    sender: Annotated[Literal["client", "server"] | None, Field(alias="from")] = None
    allow: tuple[Name, ...] = ()


class Samples(Document):
    """Proof that a signature matches what it should and nothing else."""

    positive: tuple[SampleDocument, ...] = ()
    negative: tuple[SampleDocument, ...] = ()


class ProtocolDocument(Metadata):
    """A signature of what a mining dialect says on the wire."""

    scope: Scope
    anchor: Anchor | None = None
    detect: Detect
    evidence: EvidenceDocument
    session: Session | None = None
    samples: Samples = Samples()


class Entry(Document):
    """One name or address, and where it comes from."""

    value: Annotated[str, Field(min_length=1, max_length=253)]
    coin: Line | None = None
    operator: Line | None = None
    ports: tuple[Port, ...] = ()
    source: Line
    licence: Line
    added: datetime.date
    verified: Annotated[StrictInt, Field(ge=2009, le=2200)]


class Indicators(Document):
    """A typed list of names or addresses."""

    kind: Kind
    type: Literal["domain", "address"]
    match: Literal["suffix", "exact", "cidr"]
    coin_labels: dict[Annotated[str, Field(pattern=r"^[a-z0-9]{1,63}$")], Ticker] = {}
    entries: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=100_000)]


class IndicatorDocument(Metadata):
    """A signature of names or addresses."""

    indicators: Indicators
    evidence: EvidenceDocument
    samples: Samples = Samples()


SignatureDocument: TypeAlias = ProtocolDocument | IndicatorDocument


class Algorithms(Document):
    """Algorithm names of a coin: ``unique`` ones are used by this coin only."""

    unique: tuple[Line, ...] = ()
    shared: tuple[Line, ...] = ()


class Block(Document):
    """A block of a chain, and when it was found."""

    height: Annotated[StrictInt, Field(ge=0)]
    at: AwareDatetime


class Chain(Document):
    """Known blocks, from which the chain's height at any time follows within ``tolerance`` blocks.

    ``bits_below`` (compact target, hex): no other chain of its height ever was as hard; its jobs tell it by themselves.
    """

    bits_below: Annotated[str | None, Field(pattern=r"^[0-9a-f]{8}$")] = None
    blocks: Annotated[tuple[Block, ...], Field(min_length=1, max_length=64)]
    spacing_s: Annotated[float, Field(gt=0)]
    tolerance: Annotated[float, Field(gt=0)]
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        heights, times = [each.height for each in self.blocks], [each.at for each in self.blocks]
        if heights != sorted(set(heights)) or times != sorted(set(times)):
            raise ValueError("blocks must rise in height and time")
        return self


class WalletDocument(Document):
    """The form of an address, and how it bears its checksum: ``versions`` are the hex bytes that may lead it,
    ``prefix`` is what a CashAddr may leave out, ``separator`` ends the prefix of a bech32 address."""

    form: Line
    checksum: Checksum
    versions: tuple[Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,8}$")], ...] = ()
    prefix: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")] | None = None
    separator: Literal["1", ":"] = "1"


class CoinDocument(Document):
    """How one coin is told from others."""

    ticker: Ticker
    name: Line
    wallets: tuple[Line | WalletDocument, ...] = ()
    dialects: tuple[Dialect, ...] = ()
    algorithms: Algorithms = Algorithms()
    chain: Chain | None = None


class ExceptionDocument(Document):
    """One lint a signature need not pass, with the reason."""

    signature: Name
    lint: Line
    reason: Prose

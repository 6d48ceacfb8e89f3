"""What is asked of a server that may be a pool, and what came of it: ``minewatch.verify-request/1`` and its answer.

Both go as lines of JSON between the collector, which asks, and the host that verifies, which is never one of a tap.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sensor.model.bilingual import Words
from sensor.model.wire import CertificateRef, Count, Dialect, EvidenceRow, IpAddress, Port, Text, Timestamp, WireModel

REQUEST_SCHEMA: Final = "minewatch.verify-request/1"
ANSWER_SCHEMA: Final = "minewatch.verify-answer/1"
DIVISION: Final = r"^[0-9]{2,12}$"
"""A division code (GB/T 2260, and the longer codes of the statistics bureau)."""


class Carrier(enum.StrEnum):
    """What carries the messages to the server."""

    TCP = "tcp"
    TLS = "tls"
    WS = "ws"
    WSS = "wss"

    @property
    def is_tls(self) -> bool:
        """Is the connection encrypted?"""
        return self in {Carrier.TLS, Carrier.WSS}

    @property
    def is_web(self) -> bool:
        """Are the messages inside a WebSocket?"""
        return self in {Carrier.WS, Carrier.WSS}


class Finding(enum.StrEnum):
    """What a server turned out to be."""

    POOL = "pool"
    UNCLEAR = "unclear"
    NOT_POOL = "not-pool"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


FINDING_WORDS = {
    Finding.POOL: Words("矿池", "a pool"),
    Finding.UNCLEAR: Words("应答有歧义", "answered ambiguously"),
    Finding.NOT_POOL: Words("应答与矿池不符", "answers, but not as a pool"),
    Finding.SILENT: Words("连接后无应答", "says nothing"),
    Finding.UNREACHABLE: Words("无法连接", "cannot be reached"),
    Finding.REFUSED: Words("限制不允许，未发送任何数据", "not asked: the limits do not allow it"),
}


class ServerRequest(WireModel):
    """One server to ask. ``dialect`` and ``carrier`` are guesses that are tried first. Without ``ip`` the name is
    looked up, once nothing that is known by then forbids it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Annotated[Literal["minewatch.verify-request/1"], Field(alias="schema")] = REQUEST_SCHEMA
    ip: IpAddress | None = None
    port: Annotated[int, Field(ge=1, le=65_535)]
    name: Text | None = None
    names: Annotated[tuple[Text, ...], Field(max_length=32)] = Field(
        default=(), description="Other names it was seen under: one on the do-not-probe list forbids to ask"
    )
    division: Annotated[str, Field(pattern=DIVISION)] | None = Field(
        default=None, description="The division whose miners are the reason"
    )
    dialect: Dialect | None = None
    carrier: Carrier | None = None
    reason: Text = ""

    @model_validator(mode="after")
    def _has_somebody_to_ask(self) -> Self:
        if self.ip is None and not self.name:
            raise ValueError("names nobody to ask; give ip, or name to have it looked up")
        return self


class ServerAnswer(WireModel):
    """What one server answered. ``evidence`` is of class ``probe``."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Annotated[Literal["minewatch.verify-answer/1"], Field(alias="schema")] = ANSWER_SCHEMA
    ip: IpAddress | None = Field(default=None, description="None where a name was refused before it was looked up")
    port: Port
    name: Text | None = None
    at: Timestamp
    finding: Finding
    rule: Text | None = Field(default=None, description="The limit that forbade to ask or to go on")
    is_cached: bool = False
    carrier: Carrier | None = None
    dialect: Dialect | None = None
    connections: Count = 0
    evidence: Annotated[tuple[EvidenceRow, ...], Field(max_length=16)] = ()
    certificate: CertificateRef | None = None


def request_schema() -> dict[str, Any]:
    """The published JSON Schema of a request."""
    return _schema(ServerRequest, REQUEST_SCHEMA)


def answer_schema() -> dict[str, Any]:
    """The published JSON Schema of an answer."""
    return _schema(ServerAnswer, ANSWER_SCHEMA)


def _schema(model: type[WireModel], name: str) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, **schema}

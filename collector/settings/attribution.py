"""Which sources outside its database does attribution ask? Geo files, and carriers' logs in their own engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from collector.settings.options import Bounded, Options

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
Table = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$")]


class GeoFileOptions(Options):
    """A MaxMind DB (``.mmdb``) or an ip2region file (``.xdb``); it says a region, never an address."""

    path: Path
    language: str = "zh-CN"


class SqlColumns(Options):
    """Which column of the foreign table is what. ``valid_to`` may be null in a row: still open."""

    ip: Name
    valid_from: Name
    valid_to: Name | None = None
    port_lo: Name | None = None
    port_hi: Name | None = None
    subscriber: Name | None = None
    inner_ip: Name | None = None
    unit_name: Name | None = None
    uscc: Name | None = None
    address: Name | None = None
    division_code: Name | None = None

    @model_validator(mode="after")
    def _ports_together(self) -> Self:
        if (self.port_lo is None) is not (self.port_hi is None):
            raise ValueError("port_lo and port_hi go together; name the same column twice for single ports")
        return self


class SqlSourceOptions(Options):
    """A table asked in place. The account should be allowed to read it and nothing else; the session is read-only."""

    name: Name
    source: Literal["aaa", "cgn", "line-ledger", "filing", "ipam", "dhcp"]
    engine: Literal["postgresql", "clickhouse"] = "postgresql"
    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: bool = False
    database: str
    user: str
    password: str = ""
    table: Table
    columns: SqlColumns
    ip_form: Literal["inet", "text", "uint32"] = "text"
    time_form: Literal["timestamp", "unix_s", "unix_ms"] = "timestamp"
    zone: str = "Asia/Shanghai"
    realm: str = ""
    row_limit: Bounded = 10_000
    statement_timeout_ms: Bounded = 10_000
    connect_timeout_s: Bounded = 10

    @model_validator(mode="after")
    def _form_of_engine(self) -> Self:
        if self.ip_form == ("uint32" if self.engine == "postgresql" else "inet"):
            raise ValueError(f"ip_form {self.ip_form} is not one of {self.engine}'s; choose another")
        return self

    @model_validator(mode="after")
    def _known_zone(self) -> Self:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"zone {self.zone}: no such time zone; write Asia/Shanghai") from None
        return self


class AttributionOptions(Options):
    """Sources beside the imported ones."""

    geo_files: list[GeoFileOptions] = []
    sql_sources: list[SqlSourceOptions] = []

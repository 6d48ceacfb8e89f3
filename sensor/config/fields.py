"""Which kinds of value can an option have, and how is each one checked?"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

BUS_SCHEMES = frozenset({"nats", "nats+tls", "kafka", "kafka+tls"})


class OptionModel(BaseModel):
    """Strict about names and types: what is misspelt or of the wrong kind stops start-up."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _resolved(path: Path, info: ValidationInfo) -> Path:
    base = (info.context or {}).get("folder", Path())
    return Path(base, path.expanduser())


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


def bus_servers(text: str) -> tuple[str, list[str]]:
    """Scheme and ``host:port`` texts of a bus address like ``nats://one:4222,two:4222``; raises ``ValueError``."""
    parts = urlsplit(text)
    hosts = parts.netloc.split(",")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("a bus address is nats:// or kafka:// and servers alone, like nats://one:4222,two:4222")
    for host in hosts:
        name, colon, port = host.rpartition(":")
        if not (name and colon and port.isdecimal() and 0 < int(port) < 65_536):
            raise ValueError(f"'{host}' is no server of a bus; write host:port, with commas between several")
    return parts.scheme, hosts


def _uplink_url(text: str) -> str:
    if urlsplit(text).scheme in BUS_SCHEMES:
        bus_servers(text)
        return text.rstrip("/")
    return _http_url(text)


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"'{text}' is no web address; write it as https://collector.example.org")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("carries a user, a query or a fragment; leave them out, the token has its own option")
    # Reading the port is what checks it: a port beyond 65535 raises here and not at the first delivery.
    _ = parts.port
    return text.rstrip("/")


FilePath = Annotated[Path, AfterValidator(_resolved)]
"""A path; a relative one starts at the folder of the configuration file."""
Network = Annotated[str, AfterValidator(_network)]
"""A network as CIDR text without host bits."""
UplinkUrl = Annotated[str, AfterValidator(_uplink_url)]
"""An ``http`` or ``https`` base address without a trailing slash, or the servers of a bus."""
Text = Annotated[str, Field(min_length=1, max_length=512)]
Positive = Annotated[int, Field(gt=0)]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]

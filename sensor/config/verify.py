"""Which limits does active verification keep? ``verify.yaml``."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from sensor.config.fields import FilePath, Network, OptionModel, PositiveSeconds, Text
from sensor.model.options import load_options, parse_options
from sensor.model.verification import DIVISION, Carrier
from sensor.model.wire import Dialect

EXAMPLE = "configs/verify.yaml"
DAY_S = 86_400


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


class VerifyOptions(OptionModel):
    """Everything in ``verify.yaml``. Off until ``enabled`` says otherwise; nothing is allowed that is not listed."""

    enabled: bool = False
    """Ask servers at all. Default: false."""
    source_address: Annotated[str, AfterValidator(_address)]
    """The address that connections come from; one that is used for nothing else, and never one of a tap host."""
    log: FilePath = Path("/var/lib/minewatch/verify.jsonl")
    """Every decision, append-only; budgets and cached answers are read from it. Default:
    /var/lib/minewatch/verify.jsonl."""
    allow_networks: Annotated[tuple[Network, ...], Field(max_length=4096)] = ()
    """Servers that may be asked (CIDR). Private and other special addresses need a network of their own kind here.
    Default: empty, none."""
    allow_divisions: Annotated[tuple[Annotated[str, Field(pattern=DIVISION)], ...], Field(max_length=4096)] = ()
    """Divisions on whose behalf servers may be asked, each with all below it. Default: empty, none."""
    never_networks: Annotated[tuple[Network, ...], Field(max_length=65_536)] = ()
    """Servers that are never asked (CIDR); goes before all else. Default: empty."""
    never_names: Annotated[tuple[Text, ...], Field(max_length=65_536)] = ()
    """Names that are never asked, each with all names below it. Default: empty."""
    connections_per_minute: Annotated[int, Field(gt=0, le=600)] = 30
    """Connections over all servers in any 60 seconds (count, at most 600). Default: 30."""
    connections_per_address: Annotated[int, Field(gt=0, le=500)] = 48
    """Connections to one address in any 24 hours (count, at most 500). Default: 48."""
    connections_per_server: Annotated[int, Field(gt=0, le=200)] = 24
    """Connections for one verification of one server (count, at most 200). Default: 24."""
    cache_days: Annotated[int, Field(ge=1, le=90)] = 7
    """An answer holds for this long, and the server is not asked again (days, 1 to 90). Default: 7."""
    connect_s: PositiveSeconds = 5.0
    """Longest wait for a connection, TLS included (seconds). Default: 5."""
    answer_s: Annotated[float, Field(gt=0, le=30)] = 3.0
    """Longest silence after what was said (seconds, at most 30). Default: 3."""
    connection_s: Annotated[float, Field(gt=0, le=120)] = 15.0
    """Longest connection (seconds, at most 120). Default: 15."""
    max_sent_bytes: Annotated[int, Field(ge=256, le=65_536)] = 8192
    """Bytes sent in one connection (bytes, 256 to 65536). Default: 8192."""
    max_received_bytes: Annotated[int, Field(ge=256, le=262_144)] = 16_384
    """Bytes read in one connection (bytes, 256 to 262144). Default: 16384."""
    carriers: Annotated[tuple[Carrier, ...], Field(min_length=1)] = tuple(Carrier)
    """`tcp`, `tls`, `ws`, `wss`: which are tried. Default: all."""
    dialects: tuple[Dialect, ...] = ()
    """Which dialects are tried, in this order. Default: empty, all, the most common first."""
    websocket_paths: Annotated[tuple[Annotated[str, Field(pattern=r"^/[!-~]{0,120}$")], ...], Field(max_length=4)] = (
        "/",
    )
    """Paths at which a WebSocket is asked for (1 to 4). Default: `/`."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("carriers", "dialects", "websocket_paths"):
            row = getattr(self, name)
            if len(set(row)) < len(row):
                raise ValueError(f"{name}: the same one stands there twice; leave one out")
        if not self.websocket_paths:
            raise ValueError("websocket_paths: is empty; write ['/']")
        return self


def load_verify(path: Path) -> VerifyOptions:
    """The options in the file ``path``. Raises ``ConfigError`` that lists every fault with its line."""
    return load_options(path, VerifyOptions, example=EXAMPLE)


def parse_verify(text: str, path: Path) -> VerifyOptions:
    """The options in ``text``; ``path`` names it in messages, and relative paths start at its folder."""
    return parse_options(text, path, VerifyOptions, example=EXAMPLE)

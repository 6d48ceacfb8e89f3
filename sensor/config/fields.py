"""Which kinds of value can an option have, and how is each one checked?"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo


class OptionModel(BaseModel):
    """Strict about names and types: what is misspelt or of the wrong kind stops start-up."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _resolved(path: Path, info: ValidationInfo) -> Path:
    base = (info.context or {}).get("folder", Path())
    return Path(base, path.expanduser())


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


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
HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""An ``http`` or ``https`` base address without a trailing slash."""
Text = Annotated[str, Field(min_length=1, max_length=512)]
Positive = Annotated[int, Field(gt=0)]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]

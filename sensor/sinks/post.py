"""What does the collector say to one batch of detections or heartbeats?

One HTTP request: NDJSON, gzip, bearer token; one :class:`Answer`. Nothing is believed that the collector did not say
itself: a captive portal's 200 or a proxy's 400 is a reason to try again, never a receipt and never a refusal.
"""

from __future__ import annotations

import enum
import gzip
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
from pydantic import BaseModel, Field, ValidationError

from sensor.config.options import UplinkOptions
from sensor.model.errors import ConfigError, MinewatchError
from sensor.sinks.spool import SpoolRow
from sensor.version import __version__

DETECTIONS = "/api/v1/detections"
HEARTBEATS = "/api/v1/heartbeats"
MAX_ANSWER_BYTES = 4_194_304
"""A longer answer is not read to its end, and not believed."""
MAX_REASON_CHARS = 300


class RejectedRow(BaseModel):
    """A row the collector does not take; ``row`` counts from 1."""

    row: int = Field(ge=1)
    event_id: str | None = None
    reason: str


class Receipt(BaseModel):
    """The collector's own word on every row of a batch."""

    batch: str | int | None = None
    accepted: int = Field(ge=0)
    duplicates: int = Field(ge=0)
    rejected: list[RejectedRow] = []

    def covers(self, rows: int) -> bool:
        """True when every one of ``rows`` rows is accounted for exactly once."""
        named = {rejected.row for rejected in self.rejected}
        counted = self.accepted + self.duplicates + len(self.rejected)
        return counted == rows and len(named) == len(self.rejected) and all(row <= rows for row in named)


class Kind(enum.Enum):
    """What to do with the batch."""

    TAKEN = enum.auto()
    """The receipt says which rows are in."""
    LATER = enum.auto()
    """Keep all rows and try again."""
    TOO_LARGE = enum.auto()
    """Keep all rows and send fewer at once."""
    MALFORMED = enum.auto()
    """The collector cannot read it: find the row and refuse it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request."""

    kind: Kind
    reason: str = ""
    receipt: Receipt | None = None
    retry_after_s: float = 0.0


def open_client(options: UplinkOptions) -> httpx.Client:
    """An HTTP client for the collector; raises :class:`ConfigError` when a certificate file cannot be used."""
    context = None
    if options.url.startswith("https:"):
        context = tls_context(options)
    headers = {"User-Agent": f"minewatch/{__version__}", "Accept": "application/json", "Accept-Encoding": "identity"}
    return httpx.Client(verify=context or False, headers=headers, trust_env=False)


def post(
    client: httpx.Client,
    url: str,
    token: Callable[[], str | None],
    rows: Sequence[SpoolRow],
    timeout_s: float,
    monotonic_s: Callable[[], float] = time.monotonic,
    path: str = DETECTIONS,
) -> Answer:
    """Send ``rows`` as one batch to ``path``. Never raises for what network, proxy or collector do."""
    body = gzip.compress("".join(f"{row.line}\n" for row in rows).encode(), mtime=0)
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    try:
        if bearer := token():
            headers["Authorization"] = f"Bearer {bearer}"
        deadline_s = monotonic_s() + timeout_s
        with client.stream("POST", url + path, content=body, headers=headers, timeout=timeout_s) as response:
            content = _read(response, lambda: monotonic_s() < deadline_s)
    except httpx.TimeoutException:
        return Answer(Kind.LATER, f"no answer within {timeout_s:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, MinewatchError) as error:
        return Answer(Kind.LATER, str(error) or type(error).__name__)
    return judge(response, content, len(rows))


def judge(response: httpx.Response, content: bytes, rows: int) -> Answer:
    """What an answer of the collector means for the rows that were sent."""
    status = response.status_code
    from_collector = response.headers.get("content-type", "").startswith("application/") and _is_json(content)
    said = _said(status, content)
    if status == httpx.codes.OK:
        return _receipt(content, rows)
    if status in (401, 403):
        return Answer(Kind.LATER, f"the collector does not accept this sensor's token ({said}); give it a valid one")
    # A lone row is refused on the collector's own word only: a proxy's body limit can be raised, and must be.
    if status == 413 and (rows > 1 or from_collector):
        return Answer(Kind.TOO_LARGE, said)
    if status in (400, 415, 422) and from_collector:
        return Answer(Kind.MALFORMED, said)
    if response.has_redirect_location:
        return Answer(
            Kind.LATER, f"sent on to {response.headers['location'][:200]!r}; write that in uplink.url if right"
        )
    return Answer(Kind.LATER, f"the collector cannot take it now ({said})", None, _retry_after_s(response))


def tls_context(options: UplinkOptions) -> ssl.SSLContext:
    """What to trust and what to show; raises :class:`ConfigError` when a certificate file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{options.ca_file}: cannot be used as uplink.ca_file ({error}); give a PEM file") from error
    if options.client_cert_file and options.client_key_file:
        try:
            context.load_cert_chain(options.client_cert_file, options.client_key_file)
        except (OSError, ssl.SSLError) as error:
            files = f"{options.client_cert_file}, {options.client_key_file}"
            raise ConfigError(f"{files}: cannot be used as client certificate ({error}); give PEM files") from error
    return context


def _read(response: httpx.Response, in_time: Callable[[], bool]) -> bytes:
    """The body as far as bounds allow; one that is too long comes back empty and is therefore not believed."""
    content = b""
    # Without a chunk size: with one, httpx waits for a whole chunk, and an answer that drips is waited for to its end.
    for chunk in response.iter_raw():
        content += chunk
        if not in_time():
            raise httpx.ReadTimeout("the answer drips")
        if len(content) > MAX_ANSWER_BYTES:
            return b""
    return content


def _receipt(content: bytes, rows: int) -> Answer:
    try:
        receipt = Receipt.model_validate_json(content)
    except ValidationError:
        return Answer(Kind.LATER, "answered 200, but with no receipt; is uplink.url the collector?")
    if not receipt.covers(rows):
        return Answer(Kind.LATER, f"the receipt does not account for all {rows} rows")
    return Answer(Kind.TAKEN, "", receipt)


def _is_json(content: bytes) -> bool:
    return content.lstrip()[:1] in (b"{", b"[")


def _said(status: int, content: bytes) -> str:
    text = " ".join(content[: 4 * MAX_REASON_CHARS].decode("utf-8", "replace").split())
    return f"HTTP {status}: {text[:MAX_REASON_CHARS]}".rstrip(": ")


def _retry_after_s(response: httpx.Response) -> float:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdecimal() and len(value) < 7 else 0.0

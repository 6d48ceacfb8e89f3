"""Which way does a batch take to the collector? HTTP, or a bus where a province runs one; the answer is the same."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import orjson

from sensor.config.options import UplinkOptions
from sensor.model.errors import ConfigError, MinewatchError
from sensor.model.parcel import Parcel, key_of, seal
from sensor.sinks.post import Answer, Kind, judge, open_client, post
from sensor.sinks.spool import SpoolRow

_STATUSES = range(200, 600)


class Courier(Protocol):
    """Carries a batch and brings the collector's own word back."""

    def send(self, rows: Sequence[SpoolRow], timeout_s: float) -> Answer:
        """Send ``rows`` as one batch. Never raises for what network, broker or collector do."""

    def close(self) -> None:
        """End the connection."""


class HttpCourier:
    """One HTTP request for a batch."""

    def __init__(
        self, options: UplinkOptions, token: Callable[[], str | None], path: str, monotonic_s: Callable[[], float]
    ) -> None:
        self._options = options
        self._token = token
        self._path = path
        self._monotonic_s = monotonic_s
        self._client = open_client(options)

    def send(self, rows: Sequence[SpoolRow], timeout_s: float) -> Answer:
        """Send ``rows`` as one batch."""
        return post(self._client, self._options.url, self._token, rows, timeout_s, self._monotonic_s, self._path)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def open_bus(options: UplinkOptions, token: Callable[[], str | None], sensor: str, kind: str) -> Courier | None:
    """The courier that ``uplink.url`` asks for; None when that is HTTP. Raises :class:`ConfigError`."""
    scheme = urlsplit(options.url).scheme
    if scheme in ("http", "https"):
        return None
    # Libraries of a bus are heavy, and nobody's concern where there is none.
    try:
        if scheme.startswith("kafka"):
            from sensor.sinks.kafka import KafkaCourier

            return KafkaCourier(options, token, sensor, kind)
        from sensor.sinks.nats import NatsCourier

        return NatsCourier(options, token, sensor, kind)
    except ImportError:
        raise ConfigError(f"uplink.url {options.url}: needs the extra: pip install 'minewatch[bus]'") from None


def check_way(options: UplinkOptions) -> None:
    """Raise :class:`ConfigError` where the way cannot be gone: certificate files, or the library of a bus."""
    bus = open_bus(options, lambda: None, "", "")
    (bus or open_client(options)).close()


def token_or_answer(token: Callable[[], str | None]) -> str | Answer:
    """The token that a batch is sealed with, or why it has to wait."""
    try:
        found = token()
    except MinewatchError as error:
        return Answer(Kind.LATER, str(error))
    return found or Answer(Kind.LATER, "no token; name its file in uplink.token_file")


def packed(rows: Sequence[SpoolRow], token: str, sensor: str, kind: str) -> Parcel:
    """A batch as a parcel: NDJSON, gzip, sealed with the sensor's token."""
    body = gzip.compress("".join(f"{row.line}\n" for row in rows).encode(), mtime=0)
    return seal(key_of(token), sensor, kind, body)


def answered(receipt: Parcel, sent: Parcel, token: str, rows: int) -> Answer | None:
    """What a receipt says of ``sent``; None when it is another's, or nobody's who knows the token."""
    if receipt.number != sent.number or not receipt.is_genuine(key_of(token)):
        return None
    try:
        document = orjson.loads(receipt.body)
        status, content = int(document["status"]), orjson.dumps(document["answer"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return Answer(Kind.LATER, "a receipt that cannot be read; is the collector of this release?")
    if status not in _STATUSES:
        return Answer(Kind.LATER, f"a receipt with the status {status}")
    response = httpx.Response(status, headers={"Content-Type": "application/json"})
    return judge(response, content, rows)

"""What travels over a bus? A delivery or its receipt, with the name of the sensor and a proof of whose it is.

A bus is read by others too, so the token itself never travels: the proof is an HMAC-SHA-256 under the token's SHA-256,
which is all the collector keeps of a token.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

DETECTIONS = "detections"
HEARTBEATS = "heartbeats"
RECEIPT = "receipt"
STREAM = "MINEWATCH"
RECEIPT_STREAM = "MINEWATCH-RECEIPTS"
SUBJECT = "minewatch.delivery"
RECEIPT_SUBJECT = "minewatch.receipt"
TOPIC = "minewatch-deliveries"
RECEIPT_TOPIC = "minewatch-receipts"
MAX_PARCEL_BYTES = 1_000_000
"""Brokers take messages of a mebibyte unless told otherwise; headers need room too."""
_NAMES = ("sensor", "kind", "number", "mac")
_PREFIX = "Minewatch-"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message. ``number`` is the digest of the delivery, and a receipt bears the number of what it answers."""

    sensor: str
    kind: str
    number: str
    body: bytes
    mac: str

    @classmethod
    def read(cls, headers: Mapping[str, str], body: bytes) -> Self | None:
        """The parcel in a message; None when it is none. Nothing in it is believed until ``is_genuine``."""
        texts = {name: unquote(headers.get(f"{_PREFIX}{name}", "")) for name in _NAMES}
        sound = all(0 < len(text) <= 512 for text in texts.values()) and len(body) <= MAX_PARCEL_BYTES
        return cls(body=body, **texts) if sound else None

    def headers(self) -> dict[str, str]:
        """The message's headers. A name that is not ASCII travels percent-encoded."""
        return {f"{_PREFIX}{name}": quote(str(getattr(self, name))) for name in _NAMES}

    def is_genuine(self, key: bytes) -> bool:
        """Whether it was sealed under this key; in constant time."""
        expected = _mac(key, self.sensor, self.kind, self.number, self.body)
        return hmac.compare_digest(expected.encode(), self.mac.encode())


def key_of(token: str) -> bytes:
    """The key that a token stands for: its SHA-256, which the collector has in hexadecimal."""
    return hashlib.sha256(token.encode()).digest()


def seal(key: bytes, sensor: str, kind: str, body: bytes, number: str = "") -> Parcel:
    """A parcel under ``key``; a delivery is numbered by its content, so that the same one bears the same number."""
    numbered = number or hashlib.sha256(f"{kind}\n".encode() + body).hexdigest()[:32]
    return Parcel(sensor, kind, numbered, body, _mac(key, sensor, kind, numbered, body))


def address_of(sensor: str) -> str:
    """The part of a subject that stands for a sensor: ids may hold what subjects may not."""
    return hashlib.sha256(sensor.encode()).hexdigest()[:16]


def texts_of(headers: Iterable[Any]) -> dict[str, str]:
    """Headers as Kafka's client gives them, pairs of a name and bytes, as texts."""
    pairs = (pair for pair in headers if isinstance(pair, tuple) and isinstance(pair[1], bytes))
    return {str(name): value.decode("ascii", "replace") for name, value in pairs}


def _mac(key: bytes, sensor: str, kind: str, number: str, body: bytes) -> str:
    content = b"\n".join((sensor.encode(), kind.encode(), number.encode(), body))
    return hmac.new(key, content, hashlib.sha256).hexdigest()

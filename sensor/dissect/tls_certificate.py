"""Whose certificate did a TLS server show? The Certificate message of TLS 1.2 and older (RFC 5246 §7.4.2), and X.509.

In TLS 1.3 the message is encrypted. What a certificate says of itself is a claim, not an identity.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from sensor.dissect.tls import HANDSHAKE, SERVER_HELLO, leading_handshake

if TYPE_CHECKING:
    from cryptography import x509

CERTIFICATE: Final = 11
MAX_NAMES: Final = 64
MAX_TEXT: Final = 512
MAX_CERTIFICATE_BYTES: Final = 16_384
"""A longer one is not read."""
MAX_SHOWN: Final = 16
"""Names looked at before a certificate is parsed."""
_DAY_S = 86_400
_SUBJECT_ALTERNATIVE_NAME: Final = bytes.fromhex("0603551d11")
"""What stands before the names: the object identifier 2.5.29.17."""
_BOOLEAN, _OCTET_STRING, _SEQUENCE, _DNS_NAME = b"\x01", b"\x04", b"\x30", b"\x82"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an X.509 certificate says. Names of subject and issuer as in RFC 4514, at most 512 characters."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """DNS names it holds for, lower case; at most 64."""
    serial: int
    not_before: datetime
    not_after: datetime
    sha256: str
    """64 hex digits over the whole certificate."""

    @property
    def is_own_issuer(self) -> bool:
        """Does it name itself as its issuer? So does every certificate that nobody else signed."""
        return self.subject == self.issuer

    @property
    def valid_days(self) -> int:
        """Whole days from the first moment it holds to the last."""
        return int((self.not_after - self.not_before).total_seconds()) // _DAY_S

    def fields(self) -> dict[str, object]:
        """As signatures read it: ``tls.certificate.…``. The serial as hex digits."""
        return {
            "subject": self.subject,
            "issuer": self.issuer,
            "names": list(self.names),
            "serial": f"{self.serial:x}",
            "own_issuer": self.is_own_issuer,
            "valid_days": self.valid_days,
            "sha256": self.sha256,
        }


def parse_certificate(der: bytes) -> Certificate | None:
    """Read one certificate; None where it is none. Never raises, whatever stands in it."""
    # Imported at the first certificate: few sensors see one in the clear, and all of them have to start.
    from cryptography import x509
    from cryptography.utils import CryptographyDeprecationWarning

    if len(der) > MAX_CERTIFICATE_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            # Signs that old software made it, such as a negative serial number; what it says is read all the same.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return _read(x509.load_der_x509_certificate(der), der)
    except (ValueError, TypeError, OverflowError, x509.UnsupportedGeneralNameType):
        return None


def server_certificate(handshake: bytes) -> bytes | None:
    """The server's own certificate (DER) among handshake messages; None while it is not complete, or not there."""
    at = 0
    while at + 4 <= len(handshake):
        kind, size = handshake[at], int.from_bytes(handshake[at + 1 : at + 4])
        body = handshake[at + 4 : at + 4 + size]
        if len(body) < size:
            return None
        if kind == CERTIFICATE:
            length = int.from_bytes(body[3:6])
            der = body[6 : 6 + length]
            return der if 0 < length == len(der) else None
        at += 4 + size
    return None


def shown_names(head: bytes) -> tuple[str, ...] | None:
    """DNS names in the certificate at the start of a server's stream, wildcards without their asterisk; None while it
    is not whole, but may become so. It is not parsed: only its names are found (RFC 5280 §4.2.1.6)."""
    der, may_come = _own_certificate(leading_handshake(head))
    if der is not None:
        return tuple(islice(_dns_names(der), MAX_SHOWN))
    return None if may_come and not _is_over(head) else ()


def _own_certificate(handshake: bytes) -> tuple[bytes | None, bool]:
    """The server's own, the first of its list; None where it is not whole, and whether it may come."""
    at = 0
    while at + 4 <= len(handshake):
        if handshake[at] == CERTIFICATE:
            start = at + 10
            size = int.from_bytes(handshake[at + 7 : start])
            is_whole = start + size <= len(handshake) and start <= len(handshake)
            return (handshake[start : start + size] if is_whole else None), True
        if handshake[at] != SERVER_HELLO:
            return None, False
        at += 4 + int.from_bytes(handshake[at + 1 : at + 4])
    return None, True


def _is_over(head: bytes) -> bool:
    """Is what follows the leading handshake records something else?"""
    at = 0
    while at + 5 <= len(head) and head[at] == HANDSHAKE:
        at += 5 + int.from_bytes(head[at + 3 : at + 5])
    return at < len(head) and head[at] != HANDSHAKE


def _dns_names(der: bytes) -> Iterator[str]:
    at = der.find(_SUBJECT_ALTERNATIVE_NAME)
    if at < 0:
        return
    rest = der[at + len(_SUBJECT_ALTERNATIVE_NAME) :]
    if rest[:1] == _BOOLEAN:
        rest = rest[3:]
    value = _element(rest, _OCTET_STRING)
    entries = _element(value[0], _SEQUENCE) if value else None
    rest = entries[0] if entries else b""
    while found := _element(rest):
        if rest[:1] == _DNS_NAME and found[0].isascii():
            yield found[0].decode("ascii").removeprefix("*.").rstrip(".")
        rest = found[1]


def _element(data: bytes, tag: bytes | None = None) -> tuple[bytes, bytes] | None:
    """Value and what follows of one element (X.690 §8.1), of at most 65535 bytes; None where it is not whole, or not of
    ``tag``."""
    if len(data) < 2 or (tag is not None and data[:1] != tag):
        return None
    width = {0x81: 1, 0x82: 2}.get(data[1], 0)
    if data[1] >= 0x80 and not width:
        return None
    start = 2 + width
    size = int.from_bytes(data[2:start]) if width else data[1]
    end = start + size
    return (data[start:end], data[end:]) if len(data) >= max(start, end) else None


def _read(found: x509.Certificate, der: bytes) -> Certificate:
    return Certificate(
        subject=found.subject.rfc4514_string()[:MAX_TEXT],
        issuer=found.issuer.rfc4514_string()[:MAX_TEXT],
        names=_names(found),
        serial=found.serial_number,
        not_before=found.not_valid_before_utc.astimezone(UTC),
        not_after=found.not_valid_after_utc.astimezone(UTC),
        sha256=hashlib.sha256(der).hexdigest(),
    )


def _names(found: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    named = extension.value.get_values_for_type(x509.DNSName)
    return tuple(name.lower()[:MAX_TEXT] for name in named[:MAX_NAMES])

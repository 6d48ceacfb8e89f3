"""What does a TLS server show before all is encrypted? Its certificate, in TLS 1.2 and older (RFC 5246 §7.3)."""

from __future__ import annotations

import enum
from typing import Final

from sensor.dissect.tls import HANDSHAKE
from sensor.dissect.tls_certificate import Certificate, parse_certificate, server_certificate

HEADER_BYTES: Final = 5
MAX_FLIGHT_BYTES: Final = 32_768
"""Handshake bytes of a server that are looked at; chains of three take about 5 kB."""


class Sight(enum.Enum):
    """How far the reading has come."""

    GOES_ON = "goes on"
    OVER = "over"


class ServerFlight:
    """Reads one server's handshake records in order until its certificate, or until it cannot come any longer."""

    def __init__(self) -> None:
        self.certificate: Certificate | None = None
        self._pending = b""
        self._handshake = b""
        self._sight = Sight.GOES_ON

    def held_bytes(self) -> int:
        """Bytes that wait for what follows."""
        return len(self._pending) + len(self._handshake)

    def feed(self, data: bytes, *, gap: bool) -> Sight:
        """Take the server's next bytes. A hole ends the reading: what follows cannot be put in its place."""
        if self._sight is Sight.OVER or gap:
            return self._end()
        self._pending += data
        while len(self._pending) >= HEADER_BYTES:
            kind, size = self._pending[0], int.from_bytes(self._pending[3:5])
            if kind != HANDSHAKE:
                return self._end()
            if len(self._pending) < HEADER_BYTES + size:
                break
            self._handshake += self._pending[HEADER_BYTES : HEADER_BYTES + size]
            self._pending = self._pending[HEADER_BYTES + size :]
            if self._look() is Sight.OVER:
                return self._end()
        return self._end() if self.held_bytes() > MAX_FLIGHT_BYTES else self._sight

    def _look(self) -> Sight:
        if der := server_certificate(self._handshake):
            self.certificate = parse_certificate(der)
            return Sight.OVER
        return Sight.GOES_ON

    def _end(self) -> Sight:
        self._sight = Sight.OVER
        self._pending = self._handshake = b""
        return self._sight

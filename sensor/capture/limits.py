"""What bounds the reading of a capture file?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaptureLimits:
    """A length beyond these is taken for damage and ends the reading."""

    max_packet_bytes: int = 1_048_576
    """Captured bytes of one packet. Segmentation offload gives frames of 512 KiB on real interfaces."""
    max_interfaces: int = 65_536
    """Interfaces described in one pcapng section."""


class DamageError(Exception):
    """The file cannot be read further. Stays inside the reader: the source turns it into its ``damage``."""

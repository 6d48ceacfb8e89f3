"""What can be said of a stream's first bytes before it is dissected?"""

from __future__ import annotations

import enum
from typing import Protocol

from sensor.model.flow import Direction
from sensor.model.observation import Observation


class Probe(enum.Enum):
    """The four answers to "is this stream yours?"."""

    CERTAIN = "certain"
    UNSURE = "unsure"
    """Not enough bytes yet."""
    NOT_FOR_US = "not for us"
    ERROR = "error"
    """It began as ours and broke its own rules."""


class Dissector(Protocol):
    """A stateful reader of both directions of one stream."""

    def held_bytes(self) -> int:
        """About what it remembers, in bytes: cheap to ask, right within a small factor."""

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """Read the next in-order bytes of one direction; answer the messages they completed.

        ``gap`` says that bytes before ``data`` were lost. Never raises on what the network sent.
        """

"""What is a wrap? A negotiation before the conversation, and a new form for everything said in it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sensor.model.flow import Direction, Endpoint

Said: TypeAlias = tuple[Direction, bytes]
"""Who writes what; ORIG is the client."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a wrap knows of the connection. ``host`` is the name asked for, or the address where there is none."""

    client: Endpoint
    server: Endpoint
    host: str


class Wrap(Protocol):
    """One wrapping of one connection."""

    def greeting(self) -> Iterable[Said]:
        """What both sides write before the conversation, in order."""

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """The writes that carry ``data``."""


WrapMaker: TypeAlias = Callable[[Place, random.Random], Wrap]


class Raw:
    """What wraps share that only negotiate: the conversation itself passes unchanged."""

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """``data`` as it is."""
        return [data]

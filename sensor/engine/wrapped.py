"""What does a packet source that stands in front of another one take over from it?"""

from __future__ import annotations

import abc
from collections.abc import Iterator

from sensor.engine.api import Frame, PacketSource, Tick


class WrappedSource(abc.ABC):
    """Has the name and the damage of the source behind it, and gives frames of its own."""

    def __init__(self, source: PacketSource) -> None:
        self._source = source

    @property
    def name(self) -> str:
        """What the source behind it is called."""
        return self._source.name

    @property
    def damage(self) -> str | None:
        """What stopped the source behind it early, or None."""
        return self._source.damage

    @abc.abstractmethod
    def frames(self) -> Iterator[Frame | Tick]:
        """The frames, made from those of the source behind it."""

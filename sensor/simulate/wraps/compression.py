"""What does EIP-1571 look like when the server picks gzip? Everything after its welcome is compressed."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable

from sensor.model.flow import Direction
from sensor.simulate.wraps.base import Place, Said

_PLAIN, _GZIP = b'"encoding":"plain"', b'"encoding":"gzip"'


class Gzip:
    """Turns the welcome's ``encoding`` into gzip, and compresses what follows: one stream a direction, flushed."""

    def __init__(self, place: Place, rng: random.Random) -> None:
        self._packers = [zlib.compressobj(wbits=31), zlib.compressobj(wbits=31)]
        self._is_on = False

    def greeting(self) -> Iterable[Said]:
        """None: the conversation itself negotiates."""
        return []

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """``data``, compressed once the server has said so."""
        if self._is_on:
            packer = self._packers[direction]
            return [packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)]
        self._is_on = direction is Direction.RESP and _PLAIN in data
        return [data.replace(_PLAIN, _GZIP)]

"""What does the extension module of the native engine offer? Its source is ``engine/py``."""

from typing import Any

VERSION: str
SEAM: int

class Program:
    """A compiled program, shared by sessions."""

    def __init__(
        self,
        anchors: list[bytes],
        suffixes: list[str],
        names: list[str],
        addresses: list[tuple[str, list[int]]],
        limits: dict[str, float],
    ) -> None: ...

class EngineSession:
    """One run over a capture file, or over frames that are fed (``path`` is None)."""

    def __init__(self, program: Program, path: str | None, seed: bytes) -> None: ...
    @property
    def damage(self) -> str | None: ...
    @property
    def position(self) -> int: ...
    def read(self, max_packets: int) -> list[tuple[Any, ...]] | None: ...
    def feed(self, frames: list[tuple[int, int, bytes, int]]) -> None: ...
    def end_feed(self) -> None: ...
    def drop(self, flow_id: int) -> None: ...
    def counters(self) -> tuple[int, ...]: ...

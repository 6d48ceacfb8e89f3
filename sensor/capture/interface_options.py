"""What is captured on an interface, with which means, within which bounds?"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sensor.capture.bpf import MAX_EXPRESSION_CHARS
from sensor.model.errors import ConfigError

MAX_RING_BYTES = 1 << 32
_RING_OVERHEAD_BYTES = 512
"""Headers of a block and of a frame in it: a frame must fit in a block beside them."""
_MAX_NAME_BYTES = 15


class CaptureMode(enum.StrEnum):
    """How frames come from the kernel."""

    AUTO = "auto"
    """By a ring, or by a socket where no ring can be made; the log and :attr:`InterfaceSource.fallback` say so."""
    RING = "ring"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class InterfaceOptions:
    """What to capture and with what means. Raises ConfigError for values out of bounds."""

    interface: str
    """Name as ``ip link`` shows it, at most 15 bytes."""
    mode: CaptureMode = CaptureMode.AUTO
    block_bytes: int = 1 << 20
    """One block of the ring: a power of two, 64 KiB to 64 MiB, larger than ``snaplen_bytes``."""
    blocks: int = 64
    """Blocks in the ring, 2 to 65536; all together at most 4 GiB. One ring per source, so per worker."""
    block_timeout_ms: int = 20
    """A block that is not full is handed over after this long, 1 to 1000. It is also the delay of a quiet link."""
    snaplen_bytes: int = 262_144
    """Bytes kept of a frame, 64 to 1 MiB. The default holds whatever offload merges."""
    promiscuous: bool = False
    """See frames for other stations; a mirror port usually needs it, a tap on a routed host does not."""
    filter: str = ""
    """Which packets the kernel hands over, in the language of pcap-filter(7); one VLAN tag is seen past. Empty: all."""
    fanout_group: int | None = None
    """0 to 65535: sources with the same number on the same interface share its flows. None: this one sees all.

    A successor that joins the group before the old source closes takes over without a pause: the hot restart.
    """
    tick_ms: int = 100
    """Longest time between two ticks, 1 to 100."""

    def __post_init__(self) -> None:
        for name, low, high in _BOUNDS:
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name}: {getattr(self, name)} is out of bounds; give {low} to {high}")
        if not 0 < len(self.interface.encode()) <= _MAX_NAME_BYTES or {*self.interface} & {*"/\0 \t\n"}:
            raise ConfigError(f"interface: {self.interface!r} is no interface name; ip link shows what there is")
        if self.block_bytes & (self.block_bytes - 1):
            raise ConfigError(f"block_bytes: {self.block_bytes} is no power of two; give one, such as 1048576")
        if self.snaplen_bytes + _RING_OVERHEAD_BYTES > self.block_bytes:
            raise ConfigError(f"snaplen_bytes: {self.snaplen_bytes} does not fit in block_bytes; raise block_bytes")
        if self.ring_bytes > MAX_RING_BYTES:
            raise ConfigError(f"blocks: a ring of {self.ring_bytes} bytes is more than 4 GiB; lower blocks")
        if self.fanout_group is not None and not 0 <= self.fanout_group <= 0xFFFF:
            raise ConfigError(f"fanout_group: {self.fanout_group} is out of bounds; give 0 to 65535")
        if len(self.filter) > MAX_EXPRESSION_CHARS:
            raise ConfigError(
                f"filter: {len(self.filter)} characters are more than {MAX_EXPRESSION_CHARS}; "
                "name networks instead of single hosts"
            )
        if not self.filter.isprintable():
            raise ConfigError("filter: holds a character that cannot be printed; write it on one line")

    @property
    def ring_bytes(self) -> int:
        """Memory the kernel takes for one source."""
        return self.block_bytes * self.blocks


_BOUNDS = (
    ("block_bytes", 1 << 16, 1 << 26),
    ("blocks", 2, 1 << 16),
    ("block_timeout_ms", 1, 1000),
    ("snaplen_bytes", 64, 1 << 20),
    ("tick_ms", 1, 100),
)

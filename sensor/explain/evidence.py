"""How do the packets of one flow become a file that proves something? pcap with nanoseconds, and its SHA-256.

The bytes, lengths and times of the packets are those of the capture. The same packets give the same file.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from sensor.engine.api import Frame
from sensor.model.closing import Closing
from sensor.model.errors import ConfigError

_MAGIC_NS = 0xA1B23C4D
_SNAPLEN_BYTES = 1_048_576
_NS = 1_000_000_000
MAX_LINK_TYPES = 8
"""Link types that get a file of their own; frames of further ones are counted as left out."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A written file. ``kind`` is ``flow`` or ``names`` (the DNS answers that led to the flow)."""

    path: Path
    kind: str
    linktype: int
    packets: int
    bytes: int
    sha256: str


class EvidenceFiles(Closing):
    """Writes ``flow.pcap`` and, where there are any, ``names.pcap``; one more file for each further link type."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[tuple[str, int], _Pcap] = {}
        self.left_out = 0
        """Frames of more link types than :data:`MAX_LINK_TYPES`."""

    def add_flow(self, frame: Frame) -> None:
        """Write a frame of the flow."""
        self._add("flow", frame)

    def add_names(self, frame: Frame) -> None:
        """Write a DNS answer that led to the flow."""
        self._add("names", frame)

    def close(self) -> list[EvidenceFile]:
        """The files as they are now on the disk."""
        return [pcap.close() for pcap in self._files.values()]

    def _add(self, kind: str, frame: Frame) -> None:
        pcap = self._files.get((kind, frame.linktype))
        if pcap is None:
            number = sum(known == kind for known, _ in self._files)
            if number >= MAX_LINK_TYPES:
                self.left_out += 1
                return
            name = f"{kind}.pcap" if not number else f"{kind}.link{frame.linktype}.pcap"
            pcap = self._files[kind, frame.linktype] = _Pcap(self._folder / name, kind, frame.linktype)
        pcap.add(frame)


class _Pcap:
    """One pcap file that knows its digest. Source: draft-ietf-opsawg-pcap."""

    def __init__(self, path: Path, kind: str, linktype: int) -> None:
        self._path, self._kind, self._linktype = path, kind, linktype
        self._digest = hashlib.sha256()
        self._packets = self._bytes = 0
        try:
            self._stream = path.open("wb")
        except OSError as fault:
            raise ConfigError(f"-o {path}: cannot be written ({fault.strerror}); choose another folder") from fault
        self._write(struct.pack("<IHHiIII", _MAGIC_NS, 2, 4, 0, 0, _SNAPLEN_BYTES, linktype))

    def add(self, frame: Frame) -> None:
        """Write one frame."""
        seconds, rest_ns = divmod(frame.at_ns, _NS)
        self._write(struct.pack("<IIII", seconds & 0xFFFFFFFF, rest_ns, len(frame.data), frame.wire_len) + frame.data)
        self._packets += 1

    def close(self) -> EvidenceFile:
        """Close the file; closing twice is fine."""
        self._stream.close()
        sha256 = self._digest.hexdigest()
        return EvidenceFile(self._path, self._kind, self._linktype, self._packets, self._bytes, sha256)

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)
        self._bytes += len(data)

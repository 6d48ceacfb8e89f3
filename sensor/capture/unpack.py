"""How do the bytes of a plain, gzip or zstandard file come out in bounded pieces?"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
PIECE_BYTES = 262_144
_GZIP_WBITS = 31


class ByteReader:
    """Unpacked bytes of ``raw``, read strictly forward. At most two pieces are held at a time.

    Reading never raises: where the packing is damaged or the medium fails the bytes end, and :attr:`fault` says why.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self.fault: str | None = None
        self.raw_position = 0
        """Bytes taken from ``raw`` so far: packed bytes, for a progress bar."""
        self.position = 0
        """Unpacked bytes handed out so far."""
        self._raw = raw
        self._buffer = b""
        self._at = 0
        self._pieces = self._unpacked()

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes; fewer only where the bytes end."""
        end = self._at + size
        if end > len(self._buffer):
            self._fill(size)
            end = self._at + size
        taken = self._buffer[self._at : end]
        self._at += len(taken)
        self.position += len(taken)
        return taken

    def skip(self, size: int) -> int:
        """Pass over ``size`` bytes in bounded memory; answers how many there were."""
        left = size
        while left and (taken := len(self.take(min(left, PIECE_BYTES)))):
            left -= taken
        return size - left

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes without taking them."""
        if self._at + size > len(self._buffer):
            self._fill(size)
        return self._buffer[self._at : self._at + size]

    def _fill(self, size: int) -> None:
        parts = [self._buffer[self._at :]]
        have = len(parts[0])
        while have < size and (piece := next(self._pieces, b"")):
            parts.append(piece)
            have += len(piece)
        self._buffer, self._at = b"".join(parts), 0

    def _unpacked(self) -> Iterator[bytes]:
        try:
            first = self._read_raw()
            if first.startswith(GZIP_MAGIC):
                yield from self._gunzip(first)
            elif first.startswith(ZSTD_MAGIC):
                yield from self._unzstd(first)
            else:
                while first:
                    yield first
                    first = self._read_raw()
        except (OSError, zlib.error, ZstdError) as error:
            self.fault = f"{error} near byte {self.raw_position} of the file"

    def _gunzip(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            member = zlib.decompressobj(_GZIP_WBITS)
            while not member.eof and packed:
                yield from _not_empty(member.decompress(packed, PIECE_BYTES))
                packed = member.unconsumed_tail or (b"" if member.eof else self._read_raw())
            if not member.eof:
                self.fault = f"gzip data ends early at byte {self.raw_position} of the file"
                return
            packed = (member.unused_data or self._read_raw()).lstrip(b"\0")

    def _unzstd(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            frame: _Decompressor = ZstdDecompressor()
            while not frame.eof and (packed or not frame.needs_input):
                yield from _not_empty(frame.decompress(packed, PIECE_BYTES))
                packed = self._read_raw() if frame.needs_input else b""
            if not frame.eof:
                self.fault = f"zstandard data ends early at byte {self.raw_position} of the file"
                return
            packed = frame.unused_data or self._read_raw()

    def _read_raw(self) -> bytes:
        piece = self._raw.read(PIECE_BYTES)
        self.raw_position += len(piece)
        return piece


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _not_empty(piece: bytes) -> Iterator[bytes]:
    # An empty piece means "the end" to the buffer; a decompressor gives one whenever it only took input in.
    if piece:
        yield piece

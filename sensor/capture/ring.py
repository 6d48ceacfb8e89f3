"""How do frames come out of the memory that the kernel shares with us (TPACKET_V3)?

Layout: linux/if_packet.h and Documentation/networking/packet_mmap.rst. The kernel fills blocks and hands each over when
it is full or its time is up; it gets the block back once every frame in it has been copied, or, where the engine reads
the memory itself (``engine/core/src/capture/ring.rs``), worked on.
"""

from __future__ import annotations

import mmap
import socket
import struct
from collections.abc import Callable
from struct import Struct

from sensor.capture.packet_socket import PACKET_OUTGOING, SOL_PACKET, TP_STATUS_VLAN_VALID, Link, retagged
from sensor.engine.api import BlockTally, Frame

_PACKET_RX_RING, _PACKET_VERSION, _TPACKET_V3 = 5, 10, 2
_FRAME_BYTES = 2048
"""The kernel wants a frame size that divides the block; version 3 packs frames of any size all the same."""
_TP_STATUS_KERNEL, _TP_STATUS_USER = 0, 1
_STATUS_AT = 8
_PKTTYPE_AT = 58
"""In a frame's header: 48 bytes of tpacket3_hdr, then sll_pkttype in its sockaddr_ll."""
_BLOCK = Struct("=III").unpack_from
"""Status, number of packets, offset of the first."""
_FRAME = Struct("=IIIIIIH").unpack_from
"""Step to the next, seconds, nanoseconds, captured length, wire length, status, offset of the frame."""
_TAG = Struct("=IH").unpack_from
_TAG_AT = 32
_U32 = Struct("=I").pack_into


class Ring:
    """A receive ring on a packet socket. Not safe for use from several threads."""

    def __init__(self, sock: socket.socket, link: Link, block_bytes: int, blocks: int, block_timeout_ms: int) -> None:
        """Raises OSError when the kernel has no such rings or no memory for this one."""
        sock.setsockopt(SOL_PACKET, _PACKET_VERSION, _TPACKET_V3)
        frames = block_bytes // _FRAME_BYTES * blocks
        request = struct.pack("=7I", block_bytes, blocks, _FRAME_BYTES, frames, block_timeout_ms, 0, 0)
        sock.setsockopt(SOL_PACKET, _PACKET_RX_RING, request)
        self._memory = mmap.mmap(sock.fileno(), block_bytes * blocks)
        self._link = link
        self._block_bytes = block_bytes
        self._blocks = blocks
        self._at = 0
        self._lent: Block | None = None
        self.outgoing_packets = 0
        """Second copies of what this host sent to itself, left out."""

    def take(self) -> list[Frame]:
        """The frames of the next block that is ready, oldest first; nothing when none is."""
        base = self._at * self._block_bytes
        if not self._is_ready(base):
            return []
        frames, outgoing = frames_of(self._memory, base, self._link)
        self.outgoing_packets += outgoing
        self._give_back()
        return frames

    def lend(self, released: Callable[[BlockTally], None]) -> Block | None:
        """The next block that is ready, for an engine to read; None when none is, or the last one is still out.

        ``released`` hears what was in it as soon as the kernel has it back.
        """
        base = self._at * self._block_bytes
        if self._lent or not self._is_ready(base):
            return None
        memory = memoryview(self._memory)[base : base + self._block_bytes]

        def back(tally: BlockTally) -> None:
            if self._lent is not block:
                return
            self._lent = None
            self._give_back()
            self.outgoing_packets += tally.outgoing_packets
            released(tally)

        self._lent = block = Block(memory, self._link, back)
        return block

    def close(self) -> None:
        """Give the memory back, a block that is still out with it."""
        if self._lent:
            self._lent.memory.release()
            self._lent = None
        self._memory.close()

    def _is_ready(self, base: int) -> bool:
        return bool(_BLOCK(self._memory, base + _STATUS_AT)[0] & _TP_STATUS_USER)

    def _give_back(self) -> None:
        _U32(self._memory, self._at * self._block_bytes + _STATUS_AT, _TP_STATUS_KERNEL)
        self._at = (self._at + 1) % self._blocks


def frames_of(memory: mmap.mmap | bytes, base: int, link: Link) -> tuple[list[Frame], int]:
    """The frames of the block at ``base``, oldest first, and how many outgoing ones were left out.

    One loop without calls for untagged frames: it runs for every packet on the link.
    """
    _, packets, first = _BLOCK(memory, base + _STATUS_AT)
    at, outgoing = base + first, 0
    linktype, loopback = link.linktype, link.is_loopback
    frames: list[Frame] = []
    add = frames.append
    for _ in range(packets):
        step, seconds, nanoseconds, captured, wire_len, status, offset = _FRAME(memory, at)
        if loopback and memory[at + _PKTTYPE_AT] == PACKET_OUTGOING:
            outgoing += 1
        else:
            data = memory[at + offset : at + offset + captured]
            if status & TP_STATUS_VLAN_VALID:
                tci, tpid = _TAG(memory, at + _TAG_AT)
                data = retagged(data, tci, tpid, status)
                wire_len += 4
            add(Frame(seconds * 1_000_000_000 + nanoseconds, linktype, data, wire_len))
        at += step
    return frames, outgoing


class Block:
    """A block of a ring that an engine reads. See :class:`~sensor.engine.api.RingBlock`."""

    def __init__(self, memory: memoryview, link: Link, released: Callable[[BlockTally], None]) -> None:
        self.memory = memory
        self.linktype = link.linktype
        self.is_loopback = link.is_loopback
        self.max_frame_bytes = link.max_frame_bytes
        self._released = released

    def release(self, tally: BlockTally) -> None:
        """Give the memory back to the kernel; nobody may look into it after this. Doing so again is fine."""
        self.memory.release()
        self._released(tally)

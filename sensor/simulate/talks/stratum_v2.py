"""What do a miner and a pool of Stratum V2 say, in plain frames or encrypted ones? One standard channel."""

from __future__ import annotations

import random
import struct

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig, target_256
from sensor.simulate.talks.miner import MinerTalk

_CHANNEL_BIT = 0x8000
_HEADER_BYTES, _MAC_BYTES = 6, 16
_KEY_BYTES, _ANSWER_BYTES = 64, 234
_CHANNEL, _GROUP = 7, 1
_VERSION = 0x2000_0000


class StratumV2Talk(MinerTalk):
    """Setup, channel, jobs by one clock, shares by another. Answers come one by one."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self._job = self._sequence = 0

    def open(self) -> None:
        """The first job comes with the channel, and the block it is for behind it."""
        self.greet()

    def greet(self) -> None:
        """SetupConnection, OpenStandardMiningChannel, the first job."""
        rig = self.rig
        vendor, _, firmware = rig.agent.partition("/")
        device = (self.host, struct.pack("<H", self.session.wire.server.port), vendor, "", firmware, rig.worker)
        texts = b"".join(part if isinstance(part, bytes) else _text(part) for part in device)
        self._says(0x00, struct.pack("<BHHI", 0, 2, 2, 0) + texts)
        self._answers((0x01, struct.pack("<HI", 2, 0)))
        user = _text(f"{rig.account}.{rig.worker}")
        self._says(0x10, struct.pack("<I", 1) + user + struct.pack("<f", rig.hashrate_hs) + b"\xff" * 32)
        opened = struct.pack("<II", 1, _CHANNEL) + self._target() + b"\x04" + bytes(4) + struct.pack("<I", _GROUP)
        self._answers((0x11, opened), self._new_job(future=True), self._new_block())

    def push_job(self) -> None:
        """NewMiningJob."""
        self._answers(self._new_job(future=False))

    def submit(self, *, good: bool) -> None:
        """SubmitSharesStandard and the answer."""
        self._sequence += 1
        now_s, nonce = self.session.now_ns // 10**9, self.rng.getrandbits(32)
        self._says(0x1A, struct.pack("<6I", _CHANNEL, self._sequence, self._job, nonce, now_s, _VERSION))
        if good:
            self._answers((0x1C, struct.pack("<IIIQ", _CHANNEL, self._sequence, 1, self.rng.randrange(1, 10**6))))
        else:
            self._answers((0x1D, struct.pack("<II", _CHANNEL, self._sequence) + _text("stale-share")))

    def _new_job(self, *, future: bool) -> tuple[int, bytes]:
        self._job += 1
        time = b"\x00" if future else b"\x01" + struct.pack("<I", self.session.now_ns // 10**9)
        return 0x15, struct.pack("<II", _CHANNEL, self._job) + time + struct.pack("<I", _VERSION) + self._random(32)

    def _new_block(self) -> tuple[int, bytes]:
        times = struct.pack("<II", self.session.now_ns // 10**9, 0x1702_AABB)
        return 0x20, struct.pack("<II", _CHANNEL, self._job) + self._random(32) + times

    def _target(self) -> bytes:
        return bytes.fromhex(target_256(self.rig.hashes_per_share))[::-1]

    def _random(self, size: int) -> bytes:
        return self.rng.randbytes(size)

    def _says(self, kind: int, payload: bytes) -> None:
        self.session.client_sends(self._frame(kind, payload))

    def _answers(self, *messages: tuple[int, bytes]) -> None:
        for kind, payload in messages:
            self.session.server_sends(self._frame(kind, payload))

    def _frame(self, kind: int, payload: bytes) -> bytes:
        extension = _CHANNEL_BIT if kind >= 0x15 else 0
        return struct.pack("<HB", extension, kind) + len(payload).to_bytes(3, "little") + payload


class StratumV2NoiseTalk(StratumV2Talk):
    """The same behind Noise NX: keys of the exact lengths, then frames of which nothing but the length is true."""

    def open(self) -> None:
        """Both acts of the handshake, then what the plain session says."""
        self.session.client_sends(self._random(_KEY_BYTES))
        self.session.server_sends(self._random(_ANSWER_BYTES))
        super().open()

    def _frame(self, kind: int, payload: bytes) -> bytes:
        return self._random(_HEADER_BYTES + _MAC_BYTES + len(payload) + _MAC_BYTES)


def _text(text: str) -> bytes:
    """STR0_255."""
    raw = text.encode()[:255]
    return bytes([len(raw)]) + raw

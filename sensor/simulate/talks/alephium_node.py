"""What do an Alephium node and a miner without a pool say? Frames of the node's miner API."""

from __future__ import annotations

import random
from collections.abc import Mapping

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Clock, Rig, Tally, exponential

_GROUPS = 4
_NONCE_BYTES, _HEADER_BYTES, _TRANSACTION_BYTES = 24, 302, 120


class AlephiumNodeTalk:
    """The node pushes sixteen jobs at a time; the miner hands in blocks, each answered."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        self.tally = Tally()
        self._session, self._rig, self._rng = session, rig, rng
        self._height = 2_100_000

    def open(self) -> None:
        """The node speaks first."""
        self.act("job")

    def clocks(self) -> Mapping[str, Clock]:
        """Jobs and blocks by chance."""
        return {
            "job": exponential(self._rng, self._rig.job_gap_s),
            "share": exponential(self._rng, self._rig.share_gap_s),
        }

    def act(self, kind: str) -> None:
        """Push jobs, or hand in a block and answer it."""
        if kind == "job":
            self._height += 1
            jobs = b"".join(self._job(chain) for chain in range(_GROUPS * _GROUPS))
            self._session.server_sends(_frame(0, _number(_GROUPS * _GROUPS) + jobs))
            return
        good = self._rng.random() >= self._rig.reject_rate
        self.tally.submitted += 1
        self.tally.accepted += good
        self.tally.rejected += not good
        block = self._rng.randbytes(_NONCE_BYTES + _HEADER_BYTES + _TRANSACTION_BYTES)
        self._session.client_sends(_frame(0, _blob(block)))
        chain = self._chain(self._rng.randrange(_GROUPS * _GROUPS))
        self._session.server_sends(_frame(1, chain + self._rng.randbytes(32) + bytes([good])))

    def _job(self, chain: int) -> bytes:
        target = int(16 * 2**256 / self._rig.hashes_per_share)
        blobs = (
            self._rng.randbytes(_HEADER_BYTES),
            self._rng.randbytes(_TRANSACTION_BYTES),
            target.to_bytes(target.bit_length() // 8 + 1, "big"),
        )
        return self._chain(chain) + b"".join(map(_blob, blobs)) + _number(self._height)

    @staticmethod
    def _chain(chain: int) -> bytes:
        return _number(chain // _GROUPS) + _number(chain % _GROUPS)


def _frame(kind: int, payload: bytes) -> bytes:
    return _blob(bytes([1, kind]) + payload)


def _blob(data: bytes) -> bytes:
    return _number(len(data)) + data


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")

"""What do an Alephium node and a miner without a pool say? Frames of the node's miner API."""

from __future__ import annotations

from sensor.simulate.talks.miner import MinerTalk

_GROUPS = 4
_NONCE_BYTES, _HEADER_BYTES, _TRANSACTION_BYTES = 24, 302, 120


class AlephiumNodeTalk(MinerTalk):
    """The node pushes sixteen jobs at a time; the miner hands in blocks, each answered."""

    _height = 2_100_000

    def greet(self) -> None:
        """The node speaks first, and at once of jobs."""

    def push_job(self) -> None:
        """``Jobs``."""
        self._height += 1
        jobs = b"".join(self._job(chain) for chain in range(_GROUPS * _GROUPS))
        self.session.server_sends(_frame(0, _number(_GROUPS * _GROUPS) + jobs))

    def submit(self, *, good: bool) -> None:
        """``SubmitBlock``, ``SubmitResult``."""
        block = self.rng.randbytes(_NONCE_BYTES + _HEADER_BYTES + _TRANSACTION_BYTES)
        self.session.client_sends(_frame(0, _blob(block)))
        chain = self._chain(self.rng.randrange(_GROUPS * _GROUPS))
        self.session.server_sends(_frame(1, chain + self.rng.randbytes(32) + bytes([good])))

    def _job(self, chain: int) -> bytes:
        target = int(16 * 2**256 / self.rig.hashes_per_share)
        blobs = (
            self.rng.randbytes(_HEADER_BYTES),
            self.rng.randbytes(_TRANSACTION_BYTES),
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

"""What do Nimiq and the Spark dialect of CKB say? Objects of their own, without the methods of Stratum."""

from __future__ import annotations

import base64

from sensor.simulate.talks.base import compact_target, hex_digits, target_256
from sensor.simulate.talks.lines import LineTalk


class NimiqTalk(LineTalk):
    """Nimiq: messages named by a member, shares that are not answered. Its software speaks inside a WebSocket."""

    def greet(self) -> None:
        """register, registered, settings."""
        who = {"address": self.rig.account, "deviceId": self.rng.getrandbits(31), "deviceName": self.rig.worker}
        self.says({"message": "register", "mode": "nano", **who, "startDifficulty": 1, "genesisHash": self._base64(32)})
        self.answers({"message": "registered"})
        settings = {"address": self.rig.account, "extraData": self._base64(12), "nonce": self.rng.getrandbits(31)}
        target = 2.0**256 / self.rig.hashes_per_share
        self.answers({"message": "settings", **settings, "target": target, "targetCompact": compact_target(target)})

    def push_job(self) -> None:
        """``new-block``."""
        hashes = {"bodyHash": self._base64(32), "accountsHash": self._base64(32)}
        self.answers({"message": "new-block", **hashes, "previousBlock": self._base64(170)})

    def submit(self, *, good: bool) -> None:
        """``share``; only a refusal is said."""
        self.says({"message": "share", "block": self._base64(190), "minerAddrProof": self._base64(64)})
        if not good:
            self.answers({"message": "error", "reason": "invalid-share", "block": self._base64(32)})

    def _base64(self, size: int) -> str:
        return base64.b64encode(self.rng.randbytes(size)).decode()


class CkbSparkTalk(LineTalk):
    """Nervos CKB as SparkPool had it: work by its hash, pushed as the answer to nothing."""

    _work = ""
    reports = True

    def greet(self) -> None:
        """Login."""
        who = {"login": self.rig.account, "agent": self.rig.agent, "worker": self.rig.worker}
        self.ask("ckb_submitLogin", who, True)

    def push_job(self) -> None:
        """A result with the id 0."""
        self._work = "0x" + hex_digits(self.rng, 64)
        target = "0x" + target_256(self.rig.hashes_per_share)
        self.answers({"id": 0, "result": {"pow_hash": self._work, "target": target}})

    def submit(self, *, good: bool) -> None:
        """``ckb_submitWork``."""
        error = None if good else {"code": "101", "message": "Stale share"}
        share = {"pow_hash": self._work, "nonce": "0x" + hex_digits(self.rng, 16)}
        self.ask("ckb_submitWork", share, good or None, error)

    def report(self) -> None:
        """``ckb_submitHashrate``."""
        self.ask("ckb_submitHashrate", hex(round(self.rig.hashrate_hs)), True)

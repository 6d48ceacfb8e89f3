"""What do a web page's script and a browser mining service say? Coinhive's messages, which its clones use too."""

from __future__ import annotations

from typing import Any

from sensor.simulate.talks.base import hex_digits
from sensor.simulate.talks.lines import LineTalk

_BLOB_DIGITS = 152


class BrowserMinerTalk(LineTalk):
    """auth with the site's key, jobs, shares, and how many hashes they were worth so far."""

    _job, _credited = "", 0

    def greet(self) -> None:
        """auth, authed."""
        site = {"site_key": self.rig.account, "type": "anonymous", "user": None, "goal": 0}
        self._say("auth", site)
        self._tell("authed", {"token": "", "hashes": 0})

    def push_job(self) -> None:
        """The CryptoNote job of the moment."""
        self._job = str(self.rng.randrange(10**14, 10**15))
        target = (2**32 - 1) // max(round(self.rig.hashes_per_share), 1)
        job = {"job_id": self._job, "blob": hex_digits(self.rng, _BLOB_DIGITS)}
        self._tell("job", {**job, "target": target.to_bytes(4, "little").hex()})

    def submit(self, *, good: bool) -> None:
        """One share, and the hashes credited."""
        share = {"job_id": self._job, "nonce": hex_digits(self.rng, 8), "result": hex_digits(self.rng, 64)}
        self._say("submit", share)
        self._credited += round(self.rig.hashes_per_share)
        self._tell("hash_accepted", {"hashes": self._credited})

    def _say(self, kind: str, params: dict[str, Any]) -> None:
        self.says({"type": kind, "params": params})

    def _tell(self, kind: str, params: dict[str, Any]) -> None:
        self.answers({"type": kind, "params": params})

"""How is a conversation in JSON lines played? One message a line, requests numbered."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig, line
from sensor.simulate.talks.miner import MinerTalk


class LineTalk(MinerTalk):
    """One miner and one pool that exchange JSON lines. A dialect says what stands in them."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, host: str) -> None:
        super().__init__(session, rig, rng, host)
        self.user = f"{rig.account}.{rig.worker}" if rig.worker else rig.account
        self.number = 0

    def ask(self, method: str, params: Any, result: Any, error: Any = None) -> None:
        """A numbered request and its answer."""
        self.number += 1
        self.says({"id": self.number, "method": method, "params": params})
        self.answers({"id": self.number, "result": result, "error": error})

    def push(self, method: str, params: Any) -> None:
        """A notification from the pool."""
        self.answers({"id": None, "method": method, "params": params})

    def says(self, message: Mapping[str, Any]) -> None:
        """One line from the miner."""
        self.session.client_sends(line(message, spaced=self.rig.spaced))

    def answers(self, message: Mapping[str, Any]) -> None:
        """One line from the pool."""
        self.session.server_sends(line(message, spaced=self.rig.spaced))

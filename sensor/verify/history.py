"""What was done before? Connections of the last day and answers that still hold."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

from sensor.config.verify import DAY_S, VerifyOptions
from sensor.model.flow import Endpoint
from sensor.model.verification import Finding, ServerAnswer

MAX_ANSWERS = 200_000
"""Answers remembered; the oldest goes first. At 600 connections a minute a week cannot hold more that matter."""
_LASTING = {Finding.POOL, Finding.UNCLEAR, Finding.NOT_POOL, Finding.SILENT, Finding.UNREACHABLE}


@dataclass(slots=True)
class History:
    """Grows with every record of the log; forgets what no limit looks at any longer. Times are Unix seconds."""

    connections: deque[tuple[float, str]] = field(default_factory=deque)
    by_address: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[Endpoint, ServerAnswer] = field(default_factory=dict)

    def connected(self, ip: str, at_s: float) -> None:
        """A connection was begun then, whether or not it came about."""
        self.connections.append((at_s, ip))
        self.by_address.setdefault(ip, []).append(at_s)
        while self.connections and self.connections[0][0] <= at_s - DAY_S:
            _, old = self.connections.popleft()
            self.by_address[old].pop(0)
            if not self.by_address[old]:
                del self.by_address[old]

    def answered(self, answer: ServerAnswer) -> None:
        """A server was asked to the end."""
        if answer.finding in _LASTING and not answer.is_cached and answer.ip is not None:
            key = Endpoint(answer.ip, answer.port)
            self.answers.pop(key, None)
            self.answers[key] = answer
            if len(self.answers) > MAX_ANSWERS:
                del self.answers[next(iter(self.answers))]

    def connections_to(self, ip: str, since_s: float) -> int:
        """Connections to one address after ``since_s``."""
        times = self.by_address.get(ip, [])
        return len(times) - bisect_left(times, since_s)

    def wait_s(self, at_s: float, window_s: float, most: int) -> float:
        """How long until fewer than ``most`` connections lie within ``window_s``."""
        if len(self.connections) < most:
            return 0.0
        return max(self.connections[-most][0] + window_s - at_s, 0.0)

    def answer(self, server: Endpoint, at_s: float, options: VerifyOptions) -> ServerAnswer | None:
        """What the server answered, if that still holds."""
        found = self.answers.get(server)
        if found is None or found.at.timestamp() + options.cache_days * DAY_S < at_s:
            return None
        return found

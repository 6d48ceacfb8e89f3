"""Does the log bear out what was done? Makes every decision again from what stood in the log before it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sensor.config.verify import VerifyOptions
from sensor.model.flow import Direction
from sensor.model.verification import ServerRequest
from sensor.signature import SignatureSet
from sensor.verify.channel import Said
from sensor.verify.history import History
from sensor.verify.judge import judge
from sensor.verify.log import read_log, take
from sensor.verify.rules import ASK, LOOK_UP, Asked, decide, stop, wait_s


def replay(path: Path, signatures: SignatureSet) -> Iterator[str]:
    """Every line that does not follow from those before it, as ``file:line: what``.

    What a server said is judged again only where the log names the same signature set. Raises
    :class:`~sensor.model.errors.VerifyError` where the log itself was altered.
    """
    again = _Again(signatures)
    for number, line in read_log(path):
        if fault := again.check(line):
            yield f"{path}:{number}: {fault}"
        again.options = take(again.history, line) or again.options


class _Again:
    """The state of the verification as the lines tell it."""

    def __init__(self, signatures: SignatureSet) -> None:
        self.history = History()
        self.options: VerifyOptions | None = None
        self._signatures = signatures
        self._request: ServerRequest | None = None
        self._may_connect = self._may_look_up = False
        self._made = 0

    def check(self, line: dict[str, Any]) -> str | None:
        """What is wrong with the line; None where it follows."""
        if line["kind"] == "request":
            return self._decide(line)
        if line["kind"] == "look-up":
            return self._look_up(line)
        if line["kind"] == "connection":
            return self._connect(line)
        if line["kind"] == "conversation" and line.get("signatures") == self._signatures.fingerprint:
            return self._judge(line)
        return None

    def _decide(self, line: dict[str, Any]) -> str | None:
        if self.options is None:
            return "a request before any limits"
        request = self._request = ServerRequest.model_validate(line["request"])
        decision = decide(Asked(self.options, request, self.history, line["at_s"])).word
        self._may_connect, self._may_look_up, self._made = decision == ASK, decision == LOOK_UP, 0
        return None if decision == line["decision"] else f"decided {line['decision']}, follows {decision}"

    def _look_up(self, line: dict[str, Any]) -> str | None:
        may, self._may_look_up = self._may_look_up, False
        if not may or self._request is None or line["name"] != self._request.name:
            return "a look-up that no request allowed"
        return None

    def _connect(self, line: dict[str, Any]) -> str | None:
        if self.options is None or self._request is None or not self._may_connect:
            return "a connection that no request allowed"
        if line["ip"] != self._request.ip or line["source"] != self.options.source_address:
            return "a connection to another server, or from another address"
        asked = Asked(self.options, self._request, self.history, line["at_s"])
        rule, early_s = stop(asked, self._made), wait_s(asked)
        self._made += 1
        if rule is not None:
            return f"a connection that {rule.name} forbids"
        return f"a connection {early_s:.3f} s too early" if early_s > 0 else None

    def _judge(self, line: dict[str, Any]) -> str | None:
        talk = [Said(Direction[who], at_s, base64.b64decode(data)) for who, at_s, data in line["talk"]]
        found = judge(talk, self._signatures, 0).finding
        return None if found == line["finding"] else f"judged {line['finding']}, follows {found}"

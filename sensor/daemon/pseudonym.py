"""How does a statement leave the sensor without saying whose account it is? Keyed pseudonyms, the same every time.

A pseudonym is the first 128 bits of HMAC-SHA-256 under the key: without it nobody can try out accounts, and with the
same key the same account is the same pseudonym in every statement of every sensor.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from sensor.model.evidence import EvidenceClass
from sensor.model.wire import Detection, EvidenceRow

MARK = "hmac:"
DIGITS = 32
MIN_SECRET_CHARS = 6
"""Shorter texts are not looked for inside others: they would be found everywhere."""
_FIELD = re.compile(r", (?=[a-z0-9]{3,16}\.[A-Za-z0-9_.\-]+=)")
_PLAIN = frozenset({"method", "reply_to", "status", "type", "algo", "height", "target", "difficulty", "proto", "kind"})
"""Last words of the paths whose values name no account; every other value in an excerpt becomes a pseudonym."""


def pseudonym(text: str, key: bytes) -> str:
    """What stands for ``text``; one that is a pseudonym already stays."""
    if re.fullmatch(MARK + f"[0-9a-f]{{{DIGITS}}}", text):
        return text
    return MARK + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:DIGITS]


def without_accounts(said: Detection, key: bytes) -> Detection:
    """``said`` with pseudonyms for the account and the workers, wherever they stand."""
    secrets = _secrets(said)
    return said.model_copy(
        update={
            "account": None if said.account is None else pseudonym(said.account, key),
            "workers": [pseudonym(worker, key) for worker in said.workers],
            "agents": [_hidden(agent, secrets, key)[:512] for agent in said.agents],
            "fleet": said.fleet
            and said.fleet.model_copy(update={"basis": _hidden(said.fleet.basis, secrets, key)[:512]}),
            "evidence": [_row(row, secrets, key) for row in said.evidence],
        }
    )


def _secrets(said: Detection) -> list[str]:
    """What must not be read anywhere, the longest first."""
    known = {said.account or "", *said.workers, *(f"{said.account}.{worker}" for worker in said.workers)}
    return sorted((text for text in known if len(text) >= MIN_SECRET_CHARS), key=len, reverse=True)


def _row(row: EvidenceRow, secrets: Iterable[str], key: bytes) -> EvidenceRow:
    excerpt = row.excerpt
    if row.evidence_class is EvidenceClass.PROTOCOL:
        excerpt = ", ".join(_field(field, key) for field in _FIELD.split(excerpt))
    return row.model_copy(update={"excerpt": _hidden(excerpt, secrets, key)[:2048]})


def _field(field: str, key: bytes) -> str:
    path, separator, value = field.partition("=")
    if separator and path.rpartition(".")[2] not in _PLAIN:
        return f"{path}={pseudonym(value, key)}"
    return field


def _hidden(text: str, secrets: Iterable[str], key: bytes) -> str:
    for secret in secrets:
        text = text.replace(secret, pseudonym(secret, key))
    return text

"""Who is paid, and for which rig? Splitting the login field of a mining session.

Grammars in the wild: ``ADDRESS.WORKER``, ``ADDRESS/WORKER``, ``ADDRESS+DIFFICULTY``, ``ADDRESS.PAYMENTID.WORKER``,
``ADDRESS/WORKER/email``, ``USER.WORKER``, ``COIN:ADDRESS.WORKER#REFERRAL``, an e-mail address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAYMENT_ID = re.compile(r"[0-9a-fA-F]{16}|[0-9a-fA-F]{64}")
_SEPARATORS = re.compile(r"[./+#]")


@dataclass(frozen=True, slots=True)
class Login:
    """A login field taken apart. ``worker`` is None when none is named."""

    account: str
    worker: str | None


def split_login(text: str) -> Login:
    """Take a login field apart. E-mail addresses behind a worker are personal data and are left out."""
    text = text.strip()
    if "@" in text and not re.search(r"[/]", text):
        return Login(text, None)
    account, separator, rest = _partition(text)
    if separator == "+":
        return Login(account, None)
    parts = [part for part in re.split(r"[/#]", rest) if part and "@" not in part]
    worker = parts[0] if parts else ""
    if separator == ".":
        worker = _without_payment_id(worker)
    return Login(account, worker.split("+")[0] or None)


def _partition(text: str) -> tuple[str, str, str]:
    found = _SEPARATORS.search(text)
    if not found or not found.start():
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]


def _without_payment_id(worker: str) -> str:
    first, _, rest = worker.partition(".")
    return rest if _PAYMENT_ID.fullmatch(first) else worker

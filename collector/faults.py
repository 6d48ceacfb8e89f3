"""What can go wrong on the office's side? Faults a user can mend, and faults an API client is told."""

from __future__ import annotations

from typing import Literal

from sensor.model.errors import MinewatchError


class CollectorError(MinewatchError):
    """A command of the collector cannot do what was asked.

    ``en`` says where, what and, after a semicolon, what to do; ``zh`` the same in Chinese. Who reads it sees both,
    unless the reader's language is known.
    """

    def __init__(self, en: str, zh: str = "") -> None:
        super().__init__(_both(zh, en))
        self._en, self._zh = en, zh

    def said(self, lang: Literal["zh", "en"]) -> str:
        """The wording of one language; the other where there is only that."""
        return (self._zh if lang == "zh" else self._en) or str(self)

    def parts(self) -> tuple[str, str]:
        """What is wrong, and what to do; "" where nothing is said of that. Each in both languages."""
        en, _, en_hint = self._en.partition("; ")
        zh, _, zh_hint = self._zh.partition("；")
        return _both(zh, en), _both(zh_hint, en_hint)


class ApiError(Exception):
    """An answer other than success: HTTP status, what is wrong, and what to do."""

    def __init__(self, status: int, error: str, hint: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint


def refusal(fault: CollectorError, status: int = 400) -> ApiError:
    """A fault of the asker as an answer."""
    error, hint = fault.parts()
    return ApiError(status, error, hint or "see /api/v1/docs")


def _both(zh: str, en: str) -> str:
    return " / ".join(filter(None, (zh, en)))

"""How is one sentence said to readers of Chinese, of English, or of both?"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Lang(enum.StrEnum):
    """In which language a text is told. ``BOTH`` puts Chinese first."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str

    def told(self, lang: Lang, between: str = " ") -> str:
        """The words in ``lang``; ``between`` parts the two languages where both are told and differ."""
        if lang is Lang.BOTH and self.zh != self.en:
            return f"{self.zh}{between}{self.en}"
        return self.en if lang is Lang.EN else self.zh

    def put(self, **values: object) -> Words:
        """The words with their ``{placeholders}`` filled in."""
        return Words(self.zh.format(**values), self.en.format(**values))


def lang_of(env: Mapping[str, str]) -> Lang:
    """The language that the locale asks for: Chinese for any ``zh`` locale, English for all else (POSIX order)."""
    locale = next((text for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (text := env.get(name))), "")
    return Lang.ZH if locale.lower().startswith("zh") else Lang.EN

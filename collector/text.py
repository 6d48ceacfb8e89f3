"""How does a label read in the reader's language? Both wordings stand side by side where the label is defined."""

from __future__ import annotations

import functools
from typing import Literal

from django.db.models import Choices
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import get_language

Lang = Literal["zh", "en"]
_DJANGO_LANGUAGE = {"zh": "zh-hans", "en": "en"}


def _choose(zh: str, en: str) -> str:
    return zh if (get_language() or "en").startswith("zh") else en


bilingual = lazy(_choose, str)
"""``bilingual(zh, en)``: a lazy string, Chinese under any ``zh-*`` language and English under every other."""


def label(choices: type[Choices], value: str, lang: Lang) -> str:
    """The label of one value of a closed set; the value itself when it is none of them."""
    return next((text for known, text in labels(choices, lang) if known == value), value)


@functools.cache
def labels(choices: type[Choices], lang: Lang) -> tuple[tuple[str, str], ...]:
    """All values of a closed set with their labels."""
    with translation.override(_DJANGO_LANGUAGE[lang]):
        return tuple((str(value), str(text)) for value, text in choices.choices)

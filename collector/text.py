"""How does a label read in the reader's language? Both wordings stand side by side where the label is defined."""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.translation import get_language


def _choose(zh: str, en: str) -> str:
    return zh if (get_language() or "en").startswith("zh") else en


bilingual = lazy(_choose, str)
"""``bilingual(zh, en)``: a lazy string, Chinese under any ``zh-*`` language and English under every other."""

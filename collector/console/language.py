"""Which of the two languages does the reader see?"""

from __future__ import annotations

from django.utils.translation import get_language

from collector.faults import CollectorError
from collector.text import Lang


def reader_lang() -> Lang:
    """Chinese under any ``zh-*`` language, English under every other."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def in_words(fault: CollectorError) -> str:
    """What is wrong and what to do, in the reader's language alone."""
    return fault.said(reader_lang())

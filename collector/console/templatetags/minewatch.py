"""How does a template say a thing in the reader's language, and show a frozen value?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.db.models import Choices
from django.utils.translation import get_language

from collector.ingest.choices import DetectionVerdict
from collector.lists.choices import Category
from collector.lists.render import words
from collector.lists.render.words import Lang
from collector.lists.snapshot import local_text
from collector.registry.choices import Source
from collector.resolve.choices import Match, Status

register = template.Library()

_CELLS = {
    "basis": words.basis,
    "coin": words.coin,
    "hashrate": words.hash_rate,
    "method": words.method,
    "nature": words.nature,
    "pool": words.pool,
    "ports": words.ports,
    "unit": words.unit,
}
_SETS: dict[str, type[Choices]] = {
    "verdict": DetectionVerdict,
    "category": Category,
    "source": Source,
    "match": Match,
    "status": Status,
}


@register.simple_tag
def t(zh: str, en: str) -> str:
    """Both wordings stand side by side in the template; the reader's language picks one."""
    return zh if _lang() == "zh" else en


@register.simple_tag
def cell(row: Mapping[str, Any], name: str) -> str:
    """A cell of a list row, in the words of the weekly list."""
    return _CELLS[name](row, _lang())


@register.simple_tag
def rate_text(rate: Mapping[str, Any]) -> str:
    """Bounds of one session's hash rate."""
    return words.hash_rate({"hashrate": [rate]}, _lang())


@register.simple_tag
def label(name: str, value: str) -> str:
    """A value of a closed set, in words."""
    return words.label(_SETS[name], value, _lang())


@register.filter
def local(utc: str) -> str:
    """A frozen time as it stands on paper."""
    return local_text(utc)


@register.simple_tag
def reason(document: Mapping[str, str]) -> str:
    """One reason of a score."""
    return document.get(_lang(), "")


def _lang() -> Lang:
    return "zh" if (get_language() or "en").startswith("zh") else "en"

"""How does a template say a thing in the reader's language, and show a frozen value?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import template
from django.db.models import Choices
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html

from collector.accounts.scope import Capability
from collector.cases.choices import Measure
from collector.console.access import viewer
from collector.console.choices import EvidenceKind, RateMethod
from collector.console.language import reader_lang
from collector.console.navigation import Entry, menu
from collector.console.places import Places
from collector.ingest.choices import DetectionVerdict
from collector.lists.choices import Category, Change, Truth
from collector.lists.render import words
from collector.registry.choices import Source
from collector.resolve.choices import Match, Status
from collector.text import label as label_of
from collector.trace.choices import UserType

register = template.Library()

_BEFORE_ENGLISH = re.compile(r"[\u4e00-\u9fff]+ (?=[A-Za-z])")

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
    "user_type": UserType,
    "truth": Truth,
    "change": Change,
    "measure": Measure,
    "evidence": EvidenceKind,
    "rate_method": RateMethod,
}


@register.simple_tag
def t(zh: str, en: str) -> str:
    """Both wordings stand side by side in the template; the reader's language picks one."""
    return zh if reader_lang() == "zh" else en


@register.simple_tag
def cell(row: Mapping[str, Any], name: str) -> str:
    """A cell of a list row, in the words of the weekly list."""
    return _CELLS[name](row, reader_lang())


@register.simple_tag
def rate_text(rate: Mapping[str, Any]) -> str:
    """Bounds of one session's hash rate."""
    return words.hash_rate({"hashrate": [rate]}, reader_lang())


@register.simple_tag
def label(name: str, value: str) -> str:
    """A value of a closed set, in words."""
    return label_of(_SETS[name], value, reader_lang())


@register.filter
def in_one_language(text: str) -> str:
    """A basis of the wire ("专用矿机 ASIC, sha256d …") without the Chinese name before the English one."""
    return text if reader_lang() == "zh" else _BEFORE_ENGLISH.sub("", str(text))


@register.filter
def item(values: Mapping[str, Any], key: str) -> Any:
    """A value by its name; "" where there is none."""
    return values.get(key, "")


@register.simple_tag
def reason(document: Mapping[str, str]) -> str:
    """One reason of a score."""
    return document.get(reader_lang(), "")


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[tuple[Entry, bool]]:
    """The signed-in person's menu."""
    request: HttpRequest = context["request"]
    match = request.resolver_match
    return menu(viewer(request), match.url_name or "" if match else "")


@register.simple_tag(takes_context=True)
def may_search(context: Context) -> bool:
    """Whether there is anything that the signed-in person could find."""
    person = viewer(context["request"])
    return bool(person.reads or person.carriers)


@register.simple_tag(takes_context=True)
def may_unmask(context: Context) -> bool:
    """Whether the signed-in person may see personal data in clear anywhere."""
    return bool(viewer(context["request"]).scope(Capability.UNMASK))


@register.simple_tag
def when(moment: datetime | str | None) -> str:
    """A time, frozen in ISO 8601 or not, as it is in China; in UTC on hover and for machines."""
    if not moment:
        return "—"
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    utc = known.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    day, _, clock = timezone.localtime(known).strftime("%Y-%m-%d %H:%M:%S").partition(" ")
    # A narrow table breaks it between day and clock, and nowhere else.
    return format_html('<time datetime="{}" title="UTC {}"><span>{}</span> {}</time>', utc, utc, day, clock)


@register.simple_tag
def place(places: Places, code: str) -> str:
    """A division by the name its reader knows, with its code beside it and those above it on hover."""
    name = places.name(code)
    if name == code:
        return code or "—"
    return format_html('<span title="{}">{}</span> <small class="mono">{}</small>', places.full(code), name, code)


@register.simple_tag
def whereabouts(places: Places, code: str) -> str:
    """A division's whole name, with its code to be copied."""
    name = places.full(code)
    return copyable(code) if name == code else format_html("{} {}", name, copyable(code))


@register.simple_tag
def copyable(text: object) -> str:
    """A code, an address or a number, with a button that copies it."""
    shown = "" if text is None else str(text)
    if not shown:
        return "—"
    label = t("复制", "Copy")
    button = '<button type="button" class="copy" data-copy="{}" aria-label="{} {}" title="{}"></button>'
    return format_html('<span class="mono">{}</span>' + button, shown, shown, label, shown, label)

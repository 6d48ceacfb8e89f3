"""What is in an RDAP bulk file? IP network objects (RFC 9083, section 5.4): one, a list, or one to a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from collector.registry.choices import ImportKind
from collector.registry.imports.faults import Fault, RowFault
from collector.registry.imports.files import numbered_lines
from collector.registry.imports.kind import Kind, Parsed
from collector.registry.imports.rpsl import COLUMNS
from collector.registry.imports.rpsl import KIND as RPSL

_HOLDERS = ("registrant", "administrative")
_CHANGES = ("last changed", "registration")


def parse(text: str, name: str) -> Iterator[Parsed]:
    """One row per IP network; entities and other objects are left out."""
    for number, item in _objects(text):
        if isinstance(item, RowFault):
            yield item
        elif isinstance(item, dict) and item.get("objectClassName") == "ip network":
            yield number, _cells(item)


def _objects(text: str) -> Iterator[tuple[int, Any]]:
    whole = _load(text, 1)
    if not isinstance(whole, RowFault):
        items = whole if isinstance(whole, list) else [whole]
        yield from enumerate(items, start=1)
        return
    for number, line in numbered_lines(text):
        if line.strip():
            yield number, _load(line, number)


def _load(text: str, number: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return RowFault(number, "", Fault.NO_JSON)


def _cells(item: Mapping[str, Any]) -> Mapping[str, str]:
    holder = _holder(item)
    return {
        "network": f"{item.get('startAddress', '')}-{item.get('endAddress', '')}",
        "valid_from": _changed(item),
        "unit_name": _card(holder, "fn") or _remark(item),
        "netname": str(item.get("name") or item.get("handle") or ""),
        "address": _card(holder, "adr"),
    }


def _holder(item: Mapping[str, Any]) -> Mapping[str, Any]:
    entities = [entity for entity in _list(item.get("entities")) if isinstance(entity, dict)]
    for role in _HOLDERS:
        for entity in entities:
            if role in _list(entity.get("roles")):
                return entity
    return {}


def _card(entity: Mapping[str, Any], name: str) -> str:
    """A property of the entity's jCard (RFC 7095); an address without parts is written in its label."""
    card = _list(entity.get("vcardArray"))
    for line in _list(card[1]) if len(card) > 1 else []:
        if isinstance(line, list) and len(line) > 3 and line[0] == name:
            label = line[1].get("label") if isinstance(line[1], dict) else None
            value = label or line[3]
            text = " ".join(str(part) for part in value if part) if isinstance(value, list) else str(value)
            return " ".join(text.split())
    return ""


def _remark(item: Mapping[str, Any]) -> str:
    for remark in _list(item.get("remarks")):
        lines = _list(remark.get("description")) if isinstance(remark, dict) else []
        if lines:
            return str(lines[0])
    return ""


def _changed(item: Mapping[str, Any]) -> str:
    dates = {
        str(event.get("eventAction")): str(event.get("eventDate") or "")
        for event in _list(item.get("events"))
        if isinstance(event, dict)
    }
    return next((dates[action] for action in _CHANGES if dates.get(action)), "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


KIND = Kind(ImportKind.RDAP, COLUMNS, RPSL.read, RPSL.store, parse=parse)

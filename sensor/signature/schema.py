"""What do editors and other programs need to check a signature file? The JSON Schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from sensor.signature.document import CoinDocument, ExceptionDocument, IndicatorDocument, ProtocolDocument
from sensor.signature.efficiency import EfficiencyDocument
from sensor.signature.refusals import RefusalDocument

_SOURCES: dict[str, tuple[str, TypeAdapter[Any]]] = {
    "signature.schema.json": ("A Minewatch signature", TypeAdapter(ProtocolDocument | IndicatorDocument)),
    "coins.schema.json": ("How coins are told", TypeAdapter(list[CoinDocument])),
    "efficiency.schema.json": ("How much energy a hash takes", TypeAdapter(EfficiencyDocument)),
    "refusals.schema.json": ("Why a pool refuses a share", TypeAdapter(RefusalDocument)),
    "known_false_positives.schema.json": ("Lint exceptions", TypeAdapter(list[ExceptionDocument])),
}


def schemas() -> dict[str, bytes]:
    """File name → JSON Schema (draft 2020-12), written the same on every machine."""
    return {name: _render(title, adapter) for name, (title, adapter) in _SOURCES.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into ``folder``; answers the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in schemas().items():
        path = folder / name
        path.write_bytes(content)
        written.append(path)
    return written


def _render(title: str, adapter: TypeAdapter[Any]) -> bytes:
    schema = adapter.json_schema(by_alias=True)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

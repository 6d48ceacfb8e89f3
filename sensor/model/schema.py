"""Which JSON Schemas are published? ``python -m sensor.model.schema docs/wire`` writes them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sensor.model import heartbeat, verification, wire

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "minewatch.detection-1.schema.json": wire.json_schema,
    "minewatch.heartbeat-1.schema.json": heartbeat.heartbeat_schema,
    "minewatch.verify-request-1.schema.json": verification.request_schema,
    "minewatch.verify-answer-1.schema.json": verification.answer_schema,
}
"""File name → what makes it."""


def write(folder: Path) -> None:
    """Write every schema into ``folder``."""
    for name in SCHEMAS:
        (folder / name).write_text(text(name), encoding="utf-8")


def text(name: str) -> str:
    """One schema as it is published: indented JSON with a final line end."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))

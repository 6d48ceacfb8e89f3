"""A scan's detections as JSON lines."""

from __future__ import annotations

from typing import TypeAlias

import orjson

from sensor.model.wire import Detection

Found: TypeAlias = tuple[str, Detection]
"""A detection with the capture it is from."""


def json_line(found: Found) -> bytes:
    """One detection as one line of JSON, with the capture it is from."""
    capture, detection = found
    body = orjson.loads(detection.to_json())
    return orjson.dumps({"capture": capture, **body}, option=orjson.OPT_APPEND_NEWLINE)

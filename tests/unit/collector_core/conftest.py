"""What do the collector's tests share? An enrolled sensor, its token, and a way to deliver."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from core_data import SENSOR_ID
from django.test import Client
from ledger_data import Import

from collector.ingest.services import enroll_sensor
from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.settings.config import ImportOptions


@pytest.fixture
def token(db: None) -> str:
    """The token of the enrolled sensor."""
    return enroll_sensor(SENSOR_ID, "330402", datetime(2026, 3, 1, tzinfo=UTC), rotate=False)


@pytest.fixture
def deliver(token: str) -> Callable[..., Any]:
    """POST a body to the ingest API with the sensor's token; header names as WSGI spells them."""

    def post(body: str | bytes, content_type: str = "application/x-ndjson", **headers: str) -> Any:
        fields: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"} | headers
        return Client().post("/api/v1/detections", data=body, content_type=content_type, **fields)

    return post


@pytest.fixture
def bring(db: None, tmp_path: Path) -> Import:
    """Import a text; keyword arguments are those of the request."""

    def run(kind: ImportKind, text: str | bytes, options: ImportOptions | None = None, **request: Any) -> ImportReport:
        path = tmp_path / f"{kind.value}.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return run_import(ImportRequest(kind, path, **request), options or ImportOptions())

    return run

"""What is handed out? One ZIP: workbook, CSV, NDJSON, and a manifest with the digest of each."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

from collector.lists.models import ListIssue
from collector.lists.render.columns import row_of
from collector.lists.render.repack import zip_bytes
from collector.lists.render.tables import csv_bytes, ndjson_bytes
from collector.lists.render.words import Lang
from collector.lists.render.workbook import workbook_bytes
from collector.lists.week import CHINA

MANIFEST_SCHEMA = "minewatch.weekly-list/1"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A file to hand out."""

    name: str
    data: bytes


def bundle(issue: ListIssue, lang: Lang = "zh") -> Bundle:
    """The ZIP of an issue; the same issue and language give the same bytes."""
    rows = issue_rows(issue)
    stem = issue.number if lang == "zh" else f"{issue.number}.{lang}"
    files = [
        (f"{stem}.xlsx", workbook_bytes(issue, rows, lang)),
        (f"{stem}.csv", csv_bytes(rows, lang)),
        (f"{stem}.ndjson", ndjson_bytes(rows)),
    ]
    manifest = json.dumps(_manifest(issue, rows, files), indent=2, ensure_ascii=False).encode() + b"\n"
    local = issue.frozen_at.astimezone(CHINA)
    return Bundle(f"{stem}.zip", zip_bytes([*files, ("manifest.json", manifest)], local))


def issue_rows(issue: ListIssue) -> list[dict[str, Any]]:
    """The frozen rows in their order."""
    return [row_of(issue, row) for row in issue.rows.order_by("position")]


def _manifest(issue: ListIssue, rows: list[dict[str, Any]], files: list[tuple[str, bytes]]) -> dict[str, Any]:
    return {
        "schema": MANIFEST_SCHEMA,
        "number": issue.number,
        "kind": issue.kind,
        "week": issue.week,
        "division": {"code": issue.division_code, "name": issue.division_name},
        "version": issue.version,
        "cutoff": _utc(issue.cutoff),
        "frozen_at": _utc(issue.frozen_at),
        "counts": {
            "rows": len(rows),
            **{
                key: dict(sorted(Counter(row[key] for row in rows).items()))
                for key in ("status", "category", "verdict")
            },
        },
        "digest": {"alg": "sha256", "value": issue.digest},
        "files": [_file(name, data) for name, data in files],
    }


def _tally(rows: list[dict[str, Any]], key: str) -> dict[str, int]:
    return dict(sorted(Counter(row[key] for row in rows).items()))


def _file(name: str, data: bytes) -> dict[str, Any]:
    sm3 = Hash(SM3())
    sm3.update(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return {"name": name, "bytes": len(data), "sha256": sha256, "sm3": sm3.finalize().hex()}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""What is an assessor handed? A sealed pack: snapshot, documents, the list, and a sample anybody can draw again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from typing import Any

from collector.bulletin.models import Snapshot
from collector.bulletin.render.weekly import bulletin
from collector.bulletin.render.workbook import workbook
from collector.lists.drawing import draw
from collector.lists.issuing import canonical
from collector.lists.models import ListIssue
from collector.lists.render.bundle import bundle, sm3_hex
from collector.lists.render.repack import zip_bytes
from collector.lists.signing import Signer
from collector.lists.week import CHINA
from sensor.model.sheet import guard

SAMPLE_COLUMNS = (
    "row_id",
    "position",
    "lead",
    "ip",
    "division_code",
    "county",
    "unit_name",
    "uscc",
    "nature",
    "status",
)
README = (
    "抽样方法：对清单每一行计算 SHA-256(种子|行标识)，按十六进制值从小到大取前 N 行；任何人可用同一种子复算。\n"
    "manifest.json 列出每个文件的 SHA-256 与 SM3；manifest.json.sig 为其 Ed25519 签名。\n\n"
    "Sample: for every row of the list take SHA-256(seed|row id), sort the hexadecimal values, keep the first N rows; "
    "anybody can draw the same with the same seed.\n"
    "manifest.json has SHA-256 and SM3 of every file; manifest.json.sig is its Ed25519 signature.\n"
)


def pack(
    snapshot: Snapshot, former: Snapshot | None, issue: ListIssue, seed: str, size: int, signer: Signer
) -> tuple[str, bytes]:
    """Name and bytes of the ZIP; the same arguments give the same bytes."""
    drawn = draw(issue.rows.values_list("row_id", flat=True).iterator(chunk_size=2_000), seed, size)
    listed = bundle(issue)
    files = [
        ("README.txt", README.encode()),
        ("snapshot.json", canonical(document(snapshot)) + b"\n"),
        (f"{snapshot.number}.docx", bulletin(snapshot, former)),
        (f"{snapshot.number}.xlsx", workbook(snapshot, former)),
        (listed.name, listed.data),
        ("sample.csv", _sample(issue, drawn)),
    ]
    manifest = {
        "schema": "minewatch.assessor-pack/1",
        "snapshot": snapshot.number,
        "snapshot_digest": {"sha256": snapshot.digest, "sm3": snapshot.digest_sm3},
        "issue": issue.number,
        "sample": {"seed": seed, "size": len(drawn), "of": issue.row_count, "rows": drawn},
        "files": [_told(name, data) for name, data in files],
    }
    sealed = json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n"
    parts = [*files, ("manifest.json", sealed), ("manifest.json.sig", signer.detached(sealed))]
    return f"{snapshot.number}.pack.zip", zip_bytes(parts, snapshot.frozen_at.astimezone(CHINA))


def document(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as a machine reads it. ``indicators`` in canonical form has the digest that is told."""
    return {
        "schema": "minewatch.bulletin-snapshot/1",
        "number": snapshot.number,
        "week": snapshot.week,
        "division": {"code": snapshot.division_code, "name": snapshot.division_name},
        "version": snapshot.version,
        "cutoff": snapshot.cutoff.astimezone(CHINA).isoformat(),
        "frozen_at": snapshot.frozen_at.astimezone(CHINA).isoformat(),
        "definitions": snapshot.definitions,
        "digest": {"sha256": snapshot.digest, "sm3": snapshot.digest_sm3},
        "indicators": snapshot.indicators,
    }


def _sample(issue: ListIssue, drawn: Iterable[str]) -> bytes:
    """The rows of the sample as the list has them: what is masked there is masked here."""
    wanted = {row_id: number for number, row_id in enumerate(drawn)}
    rows = [row for row in issue.rows.iterator(chunk_size=500) if row.row_id in wanted]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(SAMPLE_COLUMNS)
    for row in sorted(rows, key=lambda row: wanted[row.row_id]):
        told = {"row_id": row.row_id, "position": row.position, **row.snapshot}
        writer.writerow(guard(str(told.get(name) or "")) for name in SAMPLE_COLUMNS)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _told(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sm3": sm3_hex(data)}

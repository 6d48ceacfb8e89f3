"""What is handed out? One ZIP: workbook, CSV, NDJSON, and a manifest with the digest of each, and its signature."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.hashes import SM3, Hash

from collector.lists.changes import gone_rows
from collector.lists.choices import Change
from collector.lists.divisions import DivisionTree
from collector.lists.issuing import canonical
from collector.lists.models import ListIssue
from collector.lists.render.annex import Plain
from collector.lists.render.layouts import LAYOUTS
from collector.lists.render.repack import zip_bytes
from collector.lists.render.rows import IssueRows
from collector.lists.render.tables import Charset, Tables
from collector.lists.render.workbook import list_title, workbook_bytes
from collector.lists.signing import Signer
from collector.lists.week import CHINA, parse_week
from collector.text import Lang, label

MANIFEST_SCHEMA = "minewatch.weekly-list/1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
Counters: TypeAlias = dict[str, Counter[str]]
_COUNTED = ("status", "category", "verdict", "change")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A file to hand out."""

    name: str
    data: bytes
    rows: int


def bundle(
    issue: ListIssue, lang: Lang = "zh", charset: Charset = "utf-8", recipient: str = "", signer: Signer | None = None
) -> Bundle:
    """The ZIP of an issue, or of one recipient's part; the same issue and options give the same bytes."""
    rows = IssueRows(issue, recipient)
    stem = "-".join(part for part in (issue.number, recipient) if part) + ("" if lang == "zh" else f".{lang}")
    layout = LAYOUTS[issue.kind]
    name = DivisionTree(parse_week(issue.week).monday).name(recipient) if recipient else ""
    extra = [] if recipient else _gone(issue, lang)
    counters: Counters = {name: Counter() for name in _COUNTED}
    tables, title = Tables(layout, lang, charset), list_title(issue, lang, name)
    lines = tables.passing(_counted(rows, counters))
    files = [
        (f"{stem}.xlsx", workbook_bytes(issue, layout, lines, lang, rows.count, title, extra, rows)),
        (f"{stem}.csv", tables.csv_bytes()),
        (f"{stem}.ndjson", tables.ndjson_bytes()),
    ]
    document = _manifest(issue, rows.count, counters, files) | (
        {"recipient": {"code": recipient, "name": name}} if recipient else {}
    )
    manifest = json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
    signed = [(SIGNATURE, signer.detached(manifest))] if signer else []
    local = issue.frozen_at.astimezone(CHINA)
    return Bundle(f"{stem}.zip", zip_bytes([*files, (MANIFEST, manifest), *signed], local), rows.count)


def sm3_hex(data: bytes) -> str:
    """GB/T 32905 digest, in hexadecimal."""
    sm3 = Hash(SM3())
    sm3.update(data)
    return sm3.finalize().hex()


def _gone(issue: ListIssue, lang: Lang) -> list[Plain]:
    """The sheet of what last week's issue had and this one has not."""
    found = gone_rows(issue)
    if not found:
        return []
    zh = lang == "zh"
    rows = [
        (row["lead"], row["ip"], row.get("unit_name", ""), row.get("county", ""), label(Change, change, lang))
        for row, change in found
    ]
    headings = (
        ("线索编号", "IP地址", "单位名称", "县（市、区）", "较上周")
        if zh
        else ("Lead", "IP", "Unit", "County", "Change")
    )
    return [Plain("较上周" if zh else "Since last week", headings, (16, 18, 34, 16, 14), rows)]


def _manifest(issue: ListIssue, rows: int, counters: Counters, files: list[tuple[str, bytes]]) -> dict[str, Any]:
    return {
        "schema": MANIFEST_SCHEMA,
        "number": issue.number,
        "kind": issue.kind,
        "week": issue.week,
        "division": {"code": issue.division_code, "name": issue.division_name},
        "version": issue.version,
        "cutoff": _utc(issue.cutoff),
        "frozen_at": _utc(issue.frozen_at),
        "former": issue.former.number if issue.former else None,
        "counts": {"rows": rows, **_tallies(counters)},
        "summary": _summary(issue),
        "digest": {"alg": "sha256", "value": issue.digest},
        "digest_sm3": issue.digest_sm3,
        "files": [_file(name, data) for name, data in files],
    }


def _summary(issue: ListIssue) -> Any:
    """In one order: PostgreSQL keeps the keys of JSON in its own."""
    told = {name: value for name, value in issue.summary.items() if name != "gone"}
    return json.loads(canonical(told))


def _counted(rows: Iterable[dict[str, Any]], counters: Counters) -> Iterator[dict[str, Any]]:
    """The same rows, each counted by its values of the closed sets."""
    for row in rows:
        for name, counter in counters.items():
            if row.get(name):
                counter[row[name]] += 1
        yield row


def _tallies(counters: Counters) -> dict[str, dict[str, int]]:
    """How often each value occurs, for those that the list has."""
    return {name: dict(sorted(counter.items())) for name, counter in counters.items() if counter}


def _file(name: str, data: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    return {"name": name, "bytes": len(data), "sha256": sha256, "sm3": sm3_hex(data)}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

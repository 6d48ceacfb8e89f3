"""What goes into a bundle, and what becomes of one? The same content as over HTTP, each piece kept once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.db.models import Q

from collector.accounts.scope import Scope, within
from collector.audit.choices import Action
from collector.audit.services import Deed, record
from collector.cases.tables import Case
from collector.chain import canonical, digest
from collector.exchange.envelope import Opened, close, open_bundle, public_text
from collector.exchange.models import Peer, ReceivedBundle, ReceivedDocument
from collector.faults import CollectorError
from collector.ingest.models import Batch, Detection, Sensor
from collector.ingest.rows import Context, read_row
from collector.ingest.store import insert_new
from collector.lists.models import ListIssue
from collector.lists.render.rows import IssueRows
from collector.registry.divisions import is_code, is_within
from collector.settings.config import IngestOptions
from sensor.model.wire import Detection as Wire

DETECTIONS, LISTS, CASES = "detections.ndjson", "lists.ndjson", "cases.ndjson"
MAX_DETECTIONS = 200_000
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Span:
    """What to send: a division's, received or changed in ``since <= t < until``."""

    division_code: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bundle brought. ``is_new`` false: it had come before."""

    peer: Peer
    is_new: bool
    detections: int
    duplicates: int
    documents: int
    refused: tuple[str, ...]


def make_bundle(key: Ed25519PrivateKey, span: Span, recipient: str, actor: str, now: datetime) -> bytes:
    """A signed bundle of a span; that it was shared, with whom, is in the audit log. Raises ``CollectorError``."""
    if not is_code(span.division_code):
        raise CollectorError(f"--division {span.division_code!r}: is no division code; give six digits, like 330400")
    parts = {DETECTIONS: _detections(span), LISTS: _joined(_lists(span)), CASES: _joined(_cases(span))}
    data = close(key, span.division_code, now, parts)
    rows = {name: str(part.count(b"\n")) for name, part in parts.items()}
    detail = {"recipient": recipient, "sha256": digest(data), **rows}
    record(Deed(actor, Action.SHARE, "bundle", span.division_code, purpose=recipient, detail=detail), now)
    return data


def take_bundle(path: Path, actor: str, now: datetime, options: IngestOptions, within_code: str = "000000") -> Taken:
    """Take in a trusted peer's bundle, all of it or nothing; twice is once. Raises ``CollectorError``.

    ``within_code``: the division that whoever hands it over may speak for.
    """
    opened = open_bundle(path)
    peer = Peer.objects.filter(public_key=opened.manifest.public_key).first()
    if peer is None:
        raise CollectorError(
            f"{path}: signed by {opened.manifest.public_key}, whom nobody trusts; see exchange trust",
            f"{path}：签名者未受信任；先用 exchange trust",
        )
    if not is_within(opened.manifest.division, peer.division_code):
        raise CollectorError(
            f"{path}: {peer} speaks for {peer.division_code}, not {opened.manifest.division}",
            f"{path}：{peer} 只代表 {peer.division_code}，不代表 {opened.manifest.division}",
        )
    if not is_within(opened.manifest.division, within_code):
        raise CollectorError(
            f"{path}: is of {opened.manifest.division}, and who sent it speaks for {within_code}",
            f"{path}：属 {opened.manifest.division}，报送单位只代表 {within_code}",
        )
    with transaction.atomic():
        if ReceivedBundle.objects.filter(digest=opened.digest).exists():
            return Taken(peer, False, 0, 0, 0, ())
        taken = _store(opened, peer, now, options)
        detail = {"digest": opened.digest, "detections": str(taken.detections), "refused": str(len(taken.refused))}
        record(Deed(actor, Action.IMPORT, "bundle", path.name, office=peer.name, detail=detail), now)
    return taken


def trust(name: str, public_key: str, division_code: str) -> Peer:
    """Trust a peer's signature for a division and all below it; raises ``CollectorError``."""
    if len(public_key) != 64 or set(public_key) - set("0123456789abcdef"):
        raise CollectorError(f"key {public_key!r}: is no Ed25519 key; give 64 hexadecimal digits: exchange key")
    if not is_code(division_code):
        raise CollectorError(f"--division {division_code!r}: is no division code; give six digits, like 330400")
    if Peer.objects.filter(Q(name=name) | Q(public_key=public_key)).exists():
        raise CollectorError(f"peer {name}: the name or the key is already there; choose another name")
    return Peer.objects.create(name=name, public_key=public_key, division_code=division_code)


def fingerprint(key: Ed25519PrivateKey) -> str:
    """What a peer is told once, by telephone or on paper."""
    return public_text(key)


def _detections(span: Span) -> bytes:
    place = within("sensor__division_code", Scope((span.division_code,)))
    rows = Detection.objects.filter(place, received_at__gte=span.since, received_at__lt=span.until).order_by("pk")
    lines = []
    for number, row in enumerate(rows.values_list("body", "sensor__division_code").iterator(chunk_size=_CHUNK)):
        if number >= MAX_DETECTIONS:
            raise CollectorError(f"more than {MAX_DETECTIONS} detections in the span; make several shorter bundles")
        lines.append(orjson.dumps({"division": row[1], "detection": row[0]}))
    return b"".join(line + b"\n" for line in lines)


def _lists(span: Span) -> Iterator[dict[str, Any]]:
    place = within("division_code", Scope((span.division_code,)))
    for issue in ListIssue.objects.filter(place, frozen_at__gte=span.since, frozen_at__lt=span.until).order_by("pk"):
        yield {"kind": "list", "key": issue.number, "digest": issue.digest, "rows": list(IssueRows(issue))}


def _cases(span: Span) -> Iterator[dict[str, Any]]:
    place = within("division_code", Scope((span.division_code,)))
    for case in Case.objects.filter(place, opened_at__lt=span.until).select_related("lead").order_by("pk"):
        yield {
            "kind": "case",
            "key": case.no,
            "lead": case.lead.no,
            "state": case.state,
            "grade": case.grade,
            "cause": case.cause,
            "division": case.division_code,
            "department": case.department,
            "relapses": case.relapses,
            "opened_at": case.opened_at.isoformat(),
            "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        }


def _joined(documents: Iterator[dict[str, Any]]) -> bytes:
    return b"".join(canonical(one) + b"\n" for one in documents)


def _store(opened: Opened, peer: Peer, now: datetime, options: IngestOptions) -> Taken:
    new, known, refused = _store_detections(opened.parts.get(DETECTIONS, b""), peer, now, options)
    documents = [one for part in (LISTS, CASES) for one in _documents(opened.parts.get(part, b""), peer)]
    before = ReceivedDocument.objects.filter(peer=peer).count()
    ReceivedDocument.objects.bulk_create(documents, ignore_conflicts=True, batch_size=_CHUNK)
    fresh = ReceivedDocument.objects.filter(peer=peer).count() - before
    counts = {"detections": new, "duplicates": known, "documents": fresh}
    ReceivedBundle.objects.create(peer=peer, digest=opened.digest, made_at=opened.manifest.made_at, **counts)
    return Taken(peer, True, new, known, fresh, tuple(refused))


def _documents(part: bytes, peer: Peer) -> Iterator[ReceivedDocument]:
    for number, line in enumerate(part.splitlines(), 1):
        body = _object(line, number)
        kind, key = str(body.get("kind"))[:20], str(body.get("key"))[:60]
        yield ReceivedDocument(peer=peer, kind=kind, key=key, digest=digest(canonical(body)), body=body)


def _store_detections(part: bytes, peer: Peer, now: datetime, options: IngestOptions) -> tuple[int, int, list[str]]:
    """Rows by the sensor that saw them, judged as a delivery of its own would be."""
    by_sensor: dict[tuple[str, str], list[Wire]] = {}
    refused: list[str] = []
    for number, line in enumerate(part.splitlines(), 1):
        body = _object(line, number)
        place, wire = str(body.get("division", "")), body.get("detection")
        sensor_id = str((wire or {}).get("sensor", {}).get("id", ""))[:200] if isinstance(wire, dict) else ""
        if not is_code(place) or not is_within(place, peer.division_code):
            refused.append(f"row {number}: division {place!r} is not the peer's")
            continue
        read = read_row(number, orjson.dumps(wire).decode(), Context(sensor_id, now, options))
        if isinstance(read, Wire):
            by_sensor.setdefault((sensor_id, place), []).append(read)
        else:
            refused.append(f"row {number}: {read.reason}")
    counted = [_store_of(key, rows, peer, now, refused) for key, rows in sorted(by_sensor.items())]
    return sum(new for new, _ in counted), sum(known for _, known in counted), refused


def _store_of(key: tuple[str, str], rows: list[Wire], peer: Peer, now: datetime, refused: list[str]) -> tuple[int, int]:
    """A sensor known here by its own token is not a peer's to speak for, unless it is the peer's place."""
    sensor_id, place = key
    values = {"division_code": place, "operator": peer.name}
    sensor, _ = Sensor.objects.get_or_create(sensor_id=sensor_id, defaults=values)
    if sensor.division_code != place:
        refused.append(f"sensor {sensor_id}: stands in {sensor.division_code} here, in {place} there")
        return 0, 0
    batch = Batch.objects.create(
        sensor=sensor,
        received_at=now,
        rows=len(rows),
        accepted=0,
        duplicates=0,
        rejected=0,
        sha256=digest(b"".join(row.event_id.encode() for row in rows)),
    )
    batch.accepted = insert_new(batch, rows)
    batch.duplicates = len(rows) - batch.accepted
    batch.save(update_fields=["accepted", "duplicates"])
    return batch.accepted, batch.duplicates


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise CollectorError(f"bundle: row {number}: is no JSON object; have it made again")
    return body

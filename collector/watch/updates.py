"""How do accepted indicators reach the sensors? As a signed update that ``minewatch signatures`` checks and loads."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import yaml
from django.db import transaction

from collector.faults import CollectorError
from collector.lists.render.repack import zip_bytes
from collector.lists.signing import Signer
from collector.watch.choices import SIGNATURES, ProposalKind
from collector.watch.models import Proposal, SignatureUpdate
from collector.watch.proposals import accepted, age
from sensor.model.update import MANIFEST, SIGNATURE, UpdateManifest

_SOURCE, _LICENCE = "minewatch/pool-watch", "own observation"
_FILES = {
    ProposalKind.NAME: ("b0d6f8c4-3f0e-4a0c-9a1b-6f0f2f1d7a01", "domain", "medium", "indicator"),
    ProposalKind.ADDRESS: ("5e8a4c0b-0d53-4f4e-8f0a-1f8c5d1b7a02", "address", "low", "indicator"),
    ProposalKind.PROBED: ("c7a1b6de-92a7-4b7e-b5f3-6c5b1d2e7a03", "address", "medium", "probe"),
}
"""By kind: id that never changes, type, level and class of evidence of the file."""
_ABOUT = {
    ProposalKind.NAME: ("Names of pools that pool watch found", "Names under which confirmed pools were reached."),
    ProposalKind.ADDRESS: ("Addresses of pools that pool watch found", "Endpoints of confirmed mining, with ports."),
    ProposalKind.PROBED: ("Servers that answered as pools", "Endpoints that answered a verification as a pool does."),
}
_NEGATIVES = {
    "domain": [{"fields": {"tls.sni": "www.example.org"}}, {"fields": {"dns.query": "pool.example.net"}}],
    "address": [{"fields": {"ip": "192.0.2.1", "port": 443}}, {"fields": {"ip": "2001:db8::1", "port": 443}}],
}


def make_update(who: str, signer: Signer, now: datetime) -> tuple[SignatureUpdate, bool]:
    """The next update; the last one, and False, where nothing changed since. Raises ``CollectorError``."""
    age(now)
    rows = _each_port_once(accepted(now))
    content = _content(rows)
    with transaction.atomic():
        last = SignatureUpdate.objects.select_for_update().order_by("revision").last()
        if last is not None and last.content_digest == content:
            return last, False
        if last is None and not rows:
            raise CollectorError("nothing was accepted yet; decide on proposals first: watch proposals")
        revision = last.revision + 1 if last else 1
        data = _zip(rows, revision, signer, now)
        return SignatureUpdate.objects.create(
            revision=revision, made_at=now, made_by=who[:200], entries=len(rows), content_digest=content, data=data
        ), True


def latest() -> SignatureUpdate:
    """The newest update. Raises ``CollectorError``."""
    found = SignatureUpdate.objects.order_by("revision").last()
    if found is None:
        raise CollectorError("no update was made yet; make one: watch update")
    return found


def write_update(update: SignatureUpdate, folder: Path) -> Path:
    """The update as a file. Raises ``CollectorError``."""
    path = folder / f"minewatch-signatures-{update.revision:06d}.zip"
    try:
        path.write_bytes(update.data)
    except OSError as fault:
        raise CollectorError(f"{path}: {fault.strerror}; name a folder that can be written") from None
    return path


def _each_port_once(rows: Sequence[Proposal]) -> list[Proposal]:
    """What answered a verification is listed for that, and not as a mere address besides."""
    probed = {row.value: set(row.ports) for row in rows if row.kind == ProposalKind.PROBED}
    for row in rows:
        if row.kind == ProposalKind.ADDRESS:
            row.ports = sorted(set(row.ports) - probed.get(row.value, set()))
    return [row for row in rows if row.kind != ProposalKind.ADDRESS or row.ports]


def _content(rows: Sequence[Proposal]) -> str:
    told = [(row.kind, row.value, row.ports, row.coin) for row in rows]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()


def _zip(rows: Sequence[Proposal], revision: int, signer: Signer, now: datetime) -> bytes:
    files = []
    for kind, name in SIGNATURES.items():
        if listed := [row for row in rows if row.kind == kind]:
            files.append((f"pools/{name}.yml", _document(kind, listed, revision, now)))
    manifest = UpdateManifest(
        revision=revision,
        made_at=now,
        entries=len(rows),
        files={name: hashlib.sha256(data).hexdigest() for name, data in files},
    )
    told = json.dumps(manifest.model_dump(mode="json", by_alias=True), indent=2).encode() + b"\n"
    moment = now.astimezone(UTC).replace(tzinfo=None)
    return zip_bytes([(MANIFEST, told), (SIGNATURE, signer.detached(told)), *files], moment)


def _document(kind: ProposalKind, rows: Sequence[Proposal], revision: int, now: datetime) -> bytes:
    name, (number, type_, level, evidence) = SIGNATURES[kind], _FILES[kind]
    title, description = _ABOUT[kind]
    document = {
        "id": number,
        "name": name,
        "title": title,
        "revision": revision,
        "status": "test",
        "level": level,
        "description": f"{description} Reviewed by a person; what is not seen any longer goes out.",
        "author": "Minewatch pool watch",
        "date": now.date().isoformat(),
        "modified": now.date().isoformat(),
        "references": [],
        "falsepositives": ["Another service that has taken over the name or the address"],
        "tags": ["attack.impact", "attack.t1496", "kind.pool"],
        "indicators": {"kind": "pool", "type": type_, "match": "exact", "entries": _entries(rows)},
        "evidence": {"class": evidence, "strength": "ambiguous"},
        "samples": {"positive": _positives(type_, rows), "negative": _NEGATIVES[type_]},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120).encode()


def _entries(rows: Sequence[Proposal]) -> list[dict[str, Any]]:
    return [
        {
            "value": row.value,
            **({"coin": row.coin} if row.coin else {}),
            **({"ports": row.ports} if row.ports else {}),
            "source": _SOURCE,
            "licence": _LICENCE,
            "added": (row.decided_at or row.first_evidence).date().isoformat(),
            "verified": row.last_evidence.year,
        }
        for row in sorted(rows, key=lambda row: row.value)
    ]


def _positives(type_: str, rows: Sequence[Proposal]) -> list[dict[str, Any]]:
    """Two samples: of the first entry and of the last, the name also in another place."""
    if type_ == "domain":
        return [{"fields": {"tls.sni": rows[0].value}}, {"fields": {"dns.query": rows[-1].value}}]
    return [
        {"fields": {"ip": str(ipaddress.ip_address(row.value)), "port": row.ports[0]}} for row in (rows[0], rows[-1])
    ]

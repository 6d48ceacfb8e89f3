"""How is a bundle closed and opened? A ZIP of bounded parts, a manifest with their digests, one Ed25519 signature."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from collector.chain import Algorithm, digest
from collector.faults import CollectorError

SCHEMA: Final = "minewatch.bundle/1"
MANIFEST, SIGNATURE = "manifest.json", "signature.ed25519"
PARTS = ("detections.ndjson", "lists.ndjson", "cases.ndjson")
MAX_BUNDLE_BYTES = 512 * 1024**2
MAX_PART_BYTES = 1024**3
MAX_MANIFEST_BYTES = 65_536
_KEY_FILE = "exchange.key"
_CHUNK = 1_048_576
# The same content gives the same bytes: a ZIP's own times are the earliest there is.
_EARLIEST = (1980, 1, 1, 0, 0, 0)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(Strict):
    """One file of the bundle."""

    name: Literal["detections.ndjson", "lists.ndjson", "cases.ndjson"]
    size: int = Field(ge=0, le=MAX_PART_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    sm3: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(Strict):
    """What is in a bundle, and whose it is."""

    schema_name: Literal["minewatch.bundle/1"] = Field(SCHEMA, alias="schema")
    public_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    made_at: AwareDatetime
    division: str = Field(pattern=r"^[0-9]{6}$")
    parts: list[Part] = Field(max_length=len(PARTS))


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose signature and digests hold."""

    manifest: Manifest
    digest: str
    parts: Mapping[str, bytes]


def own_key(folder: Path) -> Ed25519PrivateKey:
    """This office's key; made (0600) on first use. Raises ``CollectorError``."""
    path = folder / _KEY_FILE
    try:
        if not path.exists():
            _make(path)
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as fault:
        raise CollectorError(f"{path}: cannot be used: {fault}; mend data_dir, or restore the file") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CollectorError(f"{path}: is no Ed25519 key; move it away to have one made")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half, as peers enter it."""
    return key.public_key().public_bytes_raw().hex()


def close(key: Ed25519PrivateKey, division: str, made_at: datetime, parts: Mapping[str, bytes]) -> bytes:
    """A signed bundle; the same key, time and parts give the same bytes."""
    listed = [
        Part(name=name, size=len(data), sha256=digest(data), sm3=digest(data, Algorithm.SM3))
        for name, data in sorted(parts.items())
    ]
    manifest = Manifest(public_key=public_text(key), made_at=made_at, division=division, parts=listed, schema=SCHEMA)
    text = manifest.model_dump_json(by_alias=True, indent=1).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [(MANIFEST, text), (SIGNATURE, key.sign(text)), *sorted(parts.items())]:
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def open_bundle(path: Path) -> Opened:
    """Read and prove a bundle; raises ``CollectorError`` on what is damaged, altered, too large or none."""
    try:
        if path.stat().st_size > MAX_BUNDLE_BYTES:
            raise CollectorError(f"{path}: is larger than {MAX_BUNDLE_BYTES} bytes; ask for a shorter span")
        with zipfile.ZipFile(path) as archive:
            return _proven(archive, str(path))
    except OSError as fault:
        raise CollectorError(f"{path}: cannot be read: {fault.strerror}; check the path") from None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError, RuntimeError) as fault:
        raise CollectorError(f"{path}: is no bundle, or damaged ({fault}); have it sent again") from None
    except Exception as fault:
        # zlib.error and whatever else a damaged archive makes the reader raise.
        if isinstance(fault, CollectorError):
            raise
        raise CollectorError(f"{path}: is damaged ({type(fault).__name__}); have it sent again") from None


def _proven(archive: zipfile.ZipFile, name: str) -> Opened:
    text = _bounded(archive, MANIFEST, MAX_MANIFEST_BYTES)
    try:
        manifest = Manifest.model_validate_json(text)
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest.public_key))
        public.verify(_bounded(archive, SIGNATURE, 64), text)
    except (ValidationError, InvalidSignature) as fault:
        raise CollectorError(f"{name}: signature does not hold ({type(fault).__name__}); have it sent again") from None
    parts: dict[str, bytes] = {part.name: _bounded(archive, part.name, part.size) for part in manifest.parts}
    for part in manifest.parts:
        if digest(parts[part.name]) != part.sha256 or digest(parts[part.name], Algorithm.SM3) != part.sm3:
            raise CollectorError(f"{name}: {part.name}: is not what was signed; have it sent again")
    return Opened(manifest, digest(text), parts)


def _bounded(archive: zipfile.ZipFile, name: str, max_bytes: int) -> bytes:
    """A member's content. Read in pieces: what its header claims to unpack to is not believed."""
    pieces, size = [], 0
    with archive.open(name) as member:
        while piece := member.read(min(_CHUNK, max_bytes + 1 - size)):
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                raise ValueError(f"{name} unpacks to more than it says")
    return b"".join(pieces)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)

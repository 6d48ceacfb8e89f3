"""How is a file of evidence sealed? Stored under its digest, and both digests in the ledger."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.hashes import SM3, Hash

from collector.cases.book import enter
from collector.cases.choices import Action
from collector.cases.tables import Case
from collector.faults import CollectorError

_CHUNK = 1024 * 1024
_MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Seal:
    """What a file's bytes are, for ever."""

    sha256: str
    sm3: str
    size: int


def attach(no: str, file: BinaryIO, name: str, folder: Path, max_bytes: int, actor: str, now: datetime) -> Case:
    """Store a file and enter it with its digests. A file stored without its entry is harmless, so it comes first."""
    seal = store(file, folder, max_bytes)
    said = {"name": Path(name).name[:_MAX_NAME_CHARS], "sha256": seal.sha256, "sm3": seal.sm3, "bytes": seal.size}
    return enter(no, Action.EVIDENCE, actor, now, said)


def store(file: BinaryIO, folder: Path, max_bytes: int) -> Seal:
    """Write a file under its own SHA-256, whole or not at all; the same bytes twice are one file."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f".{secrets.token_hex(8)}.partial"
    try:
        with partial.open("xb") as target:
            seal = _copy(file, target, max_bytes)
            target.flush()
            os.fsync(target.fileno())
        final = path_of(folder, seal.sha256)
        final.parent.mkdir(exist_ok=True, mode=0o700)
        partial.chmod(0o400)
        partial.replace(final)
    except OSError as fault:
        raise CollectorError(
            f"{folder}: cannot be written: {fault.strerror}; nothing was stored",
            "证据文件无法写入，未保存；请系统管理员检查磁盘",
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return seal


def path_of(folder: Path, sha256: str) -> Path:
    """Where the bytes of a digest lie."""
    return folder / sha256[:2] / sha256


def faults_of(folder: Path, entry: Mapping[str, Any]) -> Iterator[str]:
    """Why a file is no longer what its entry says."""
    path = path_of(folder, entry["sha256"])
    try:
        with path.open("rb") as file:
            seal = _sealed(file)
    except OSError as fault:
        yield f"evidence {entry['name']} ({path.name[:16]}…) cannot be read: {fault.strerror}"
        return
    if (seal.sha256, seal.sm3) != (entry["sha256"], entry["sm3"]):
        yield f"evidence {entry['name']} ({path.name[:16]}…) was altered: its digest is not that of its entry"


def _copy(file: BinaryIO, target: BinaryIO, max_bytes: int) -> Seal:
    sha256, sm3, size = hashlib.sha256(), Hash(SM3()), 0
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise CollectorError(
                f"evidence: larger than {max_bytes} bytes; see cases.max_evidence_bytes",
                f"证据文件超过 {max_bytes} 字节；上限见 cases.max_evidence_bytes",
            )
        sha256.update(chunk)
        sm3.update(chunk)
        target.write(chunk)
    return Seal(sha256.hexdigest(), sm3.finalize().hex(), size)


def _sealed(file: BinaryIO) -> Seal:
    sha256, sm3, size = hashlib.sha256(), Hash(SM3()), 0
    while chunk := file.read(_CHUNK):
        sha256.update(chunk)
        sm3.update(chunk)
        size += len(chunk)
    return Seal(sha256.hexdigest(), sm3.finalize().hex(), size)

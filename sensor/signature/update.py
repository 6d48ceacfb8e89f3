"""Is a signature update whole, whose is it, and how does it come into a set? Checked first, then put in file by file.

The folder's files keep working until the new ones stand beside them: each is replaced in one step, and a set that would
not load is never put in.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sensor.model.detached import holds
from sensor.model.errors import SignatureError
from sensor.model.update import MANIFEST, SIGNATURE, UpdateManifest
from sensor.signature.load import load
from sensor.signature.location import shipped_folder
from sensor.signature.set import SignatureSet

MAX_UPDATE_BYTES = 64 * 1024 * 1024
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_FILES = 16
REVISION_FILE = "watch_revision"
"""Beside the folders of a set: the revision of the update that is in it."""
_LEFT_OUT = shutil.ignore_patterns("schema", "*.md")


@dataclass(frozen=True, slots=True)
class Update:
    """An update whose signature and digests hold."""

    manifest: UpdateManifest
    files: dict[str, bytes]


def read_update(path: Path, key: Path) -> Update:
    """The update in the file ``path``, signed by ``key`` (PEM). Raises :class:`SignatureError`."""
    members = _members(path)
    try:
        is_theirs = holds(members[MANIFEST], members[SIGNATURE], _read(key, MAX_FILE_BYTES))
        manifest = UpdateManifest.model_validate_json(members[MANIFEST])
    except KeyError as fault:
        raise SignatureError(f"{path}: has no {fault.args[0]}; fetch the update again") from None
    except ValidationError as fault:
        raise SignatureError(f"{path}: {MANIFEST}: {fault.errors()[0]['msg']}; fetch the update again") from None
    except ValueError as fault:
        raise SignatureError(f"{path}, {key}: signature or key cannot be read ({fault}); fetch both again") from None
    if not is_theirs:
        raise SignatureError(f"{path}: is not signed by {key}; do not use it, ask whoever it comes from")
    files = {name: data for name, data in members.items() if name not in {MANIFEST, SIGNATURE}}
    if {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} != manifest.files:
        raise SignatureError(f"{path}: its files are not those that were signed; fetch the update again")
    return Update(manifest, files)


def put_in(update: Update, folder: Path, *, is_older_allowed: bool = False) -> SignatureSet:
    """Put an update into the set in ``folder``, which is made from the shipped one where there is none.

    Answers the new set. Raises :class:`SignatureError` where it is older than what is in there, or does not load.
    """
    before = revision_in(folder)
    if update.manifest.revision < before and not is_older_allowed:
        raise SignatureError(
            f"{folder}: has update {before}, and {update.manifest.revision} is older; add --older to go back to it"
        )
    with _beside(folder) as trial:
        _write(trial, update)
        try:
            made = load(trial)
        except SignatureError as fault:
            raise SignatureError(f"the update does not go with {folder}: {fault}") from None
        if not folder.exists():
            trial.rename(folder)
            return made
        _write(folder, update)
    return load(folder)


def revision_in(folder: Path) -> int:
    """The revision of the update in a folder; 0 where there is none."""
    try:
        return int((folder / REVISION_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _members(path: Path) -> dict[str, bytes]:
    """The files in the ZIP, each and all bounded: a small archive may hold much."""
    try:
        with zipfile.ZipFile(io.BytesIO(_read(path, MAX_UPDATE_BYTES))) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_FILES or any(entry.file_size > MAX_FILE_BYTES for entry in entries):
                raise SignatureError(f"{path}: holds too much for an update; fetch it again")
            return {entry.filename: _inflated(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as fault:
        raise SignatureError(f"{path}: is no update ({fault}); fetch it again") from None


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:
        return file.read(MAX_FILE_BYTES)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as fault:
        raise SignatureError(f"{path}: {fault.strerror}; name a file that can be read") from None
    if len(data) > most:
        raise SignatureError(f"{path}: is larger than {most} bytes; this is no update")
    return data


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A copy of the set to try the update on, on the same disk."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as room:
            trial = Path(room) / folder.name
            shutil.copytree(folder if folder.exists() else shipped_folder(), trial, ignore=_LEFT_OUT)
            yield trial
    except OSError as fault:
        raise SignatureError(f"{folder}: {fault.strerror}; name a folder that can be written") from None


def _write(folder: Path, update: Update) -> None:
    for old in sorted((folder / "pools").glob("watch_*.yml")):
        if f"pools/{old.name}" not in update.files:
            old.unlink()
    for name, data in update.files.items():
        _replace(folder / name, data)
    _replace(folder / REVISION_FILE, f"{update.manifest.revision}\n".encode())


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)

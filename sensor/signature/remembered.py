"""What did these texts say when they were read last? One file of the user's saves every further start the parsing.

It is trusted as far as the user is: it must be the user's own, and nobody else's to write to. What it says is checked
like what a parser says. A text that is not in it, or another reader of texts, means parsing as ever.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from sensor.model import yamlfile
from sensor.model.yamlfile import parse_yaml
from sensor.version import __version__

MAX_BYTES = 64 * 1024 * 1024
_NAME = "signatures.json"
_OFF = "off"


def user_file(environ: Mapping[str, str]) -> Path | None:
    """Where the file is: in ``MINEWATCH_CACHE`` (``off``: nowhere), else among the caches of who owns the home."""
    chosen = environ.get("MINEWATCH_CACHE", "")
    if chosen:
        return None if chosen == _OFF else Path(chosen) / _NAME
    home = environ.get("HOME", "")
    if not _is_own_folder(home):
        return None
    caches = Path(environ.get("XDG_CACHE_HOME", ""))
    return (caches if caches.is_absolute() else Path(home, ".cache")) / "minewatch" / _NAME


class Remembered:
    """The texts of one start: what the file knows of them, and what it should know the next time."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[str, Any] = {} if file is None else _read(file)
        self._asked: dict[str, Any] = {}
        self._reader = _reader_digest()

    def parse(self, text: str) -> Any:
        """What ``text`` says. Raises :class:`~sensor.model.yamlfile.YamlError`."""
        if self._file is None:
            return parse_yaml(text)
        key = hashlib.sha256(self._reader + text.encode()).hexdigest()
        value = self._known[key] if key in self._known else parse_yaml(text)
        self._asked[key] = value
        return value

    def keep(self) -> None:
        """Write the file anew where it does not hold just these texts; where it cannot be written there is none."""
        texts = {key: value for key, value in self._asked.items() if key in self._known or _is_exact(value)}
        if self._file is not None and texts.keys() != self._known.keys():
            with suppress(OSError):
                _write(self._file, orjson.dumps(texts))


def _is_own_folder(path: str) -> bool:
    """As root with another's home, as sudo leaves it, nothing is to be left there that its owner cannot remove."""
    with suppress(OSError):
        return bool(path) and Path(path).stat().st_uid == os.geteuid()
    return False


def _reader_digest() -> bytes:
    """Another way of reading makes other values of the same text: the source of the reader is part of every key."""
    source = Path(yamlfile.__file__).with_name("yamlbuild.py")
    return hashlib.sha256(source.read_bytes() if source.is_file() else __version__.encode()).digest()


def _read(file: Path) -> dict[str, Any]:
    """What the file holds; nothing where it is not there, is not ours alone, is too long or is damaged."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            if not _is_ours(os.fstat(stream.fileno())):
                return {}
            texts = orjson.loads(stream.read())
    except (OSError, ValueError):
        return {}
    return texts if isinstance(texts, dict) else {}


def _is_ours(status: os.stat_result) -> bool:
    is_private = not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    is_plain = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
    return is_plain and is_private and status.st_uid == os.geteuid()


def _is_exact(value: Any) -> bool:
    """Does JSON give the value back as it was? There are numbers it does not know."""
    with suppress(TypeError):
        return repr(orjson.loads(orjson.dumps(value))) == repr(value)
    return False


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, for the user's eyes only. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
            stream.write(data)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)

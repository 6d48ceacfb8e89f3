"""Where does the secret key come from? The configuration, or a file made once in the data directory."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from collector.settings.config import CollectorConfig
from sensor.model.errors import ConfigError

_FILE_NAME = "secret.key"
_MIN_CHARS = 32


def secret_key(config: CollectorConfig) -> str:
    """The configured key, or the kept one; makes it (0600) on first use. Raises ``ConfigError``."""
    if config.secret_key:
        return config.secret_key
    path = config.data_dir / _FILE_NAME
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        kept = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path}: cannot be used: {fault}; set data_dir or secret_key") from None
    if len(kept) < _MIN_CHARS:
        raise ConfigError(f"{path}: holds no key of at least {_MIN_CHARS} characters; delete it and start again")
    return kept


def _make(path: Path) -> None:
    """Several workers may start at once: the file appears whole, and the first to link it wins."""
    partial = path.with_name(f"{_FILE_NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            path.hardlink_to(partial)
    finally:
        partial.unlink()

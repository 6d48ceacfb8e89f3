"""Where does the secret key come from? The configuration, or a file made once in the data directory."""

from __future__ import annotations

import os
import secrets

from collector.settings.config import CollectorConfig
from sensor.model.errors import ConfigError

_FILE_NAME = "secret.key"


def secret_key(config: CollectorConfig) -> str:
    """The configured key, or the kept one; makes it (0600) on first use. Raises ``ConfigError``."""
    if config.secret_key:
        return config.secret_key
    path = config.data_dir / _FILE_NAME
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            kept = path.read_text("ascii").strip()
        else:
            kept = secrets.token_urlsafe(48)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(kept)
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path}: cannot be used: {fault}; set data_dir or secret_key") from None
    if len(kept) < 32:
        raise ConfigError(f"{path}: holds no key of at least 32 characters; delete it and start again")
    return kept

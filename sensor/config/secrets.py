"""Where do the secrets come from: the uplink's token, the key of accounts?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sensor.config.options import PrivacyOptions, UplinkOptions
from sensor.model.errors import ConfigError

TOKEN_VARIABLE = "MINEWATCH_UPLINK_TOKEN"  # noqa: S105 - the name of a variable
MAX_TOKEN_CHARS = 4096
MIN_KEY_BYTES, MAX_KEY_BYTES = 16, 4096


def uplink_token(options: UplinkOptions, environ: Mapping[str, str]) -> str | None:
    """The bearer token: the environment's if set, else the token file's first line, else None."""
    if token := environ.get(TOKEN_VARIABLE, "").strip():
        return _checked(token, f"variable {TOKEN_VARIABLE}")
    if options.token_file is None:
        return None
    return _checked(_first_line(options.token_file), str(options.token_file))


def account_key(options: PrivacyOptions) -> bytes | None:
    """The key under which accounts leave as pseudonyms; None when they leave as they are. White space around it does
    not count."""
    path = options.hash_accounts_key
    if path is None:
        return None
    advice = "make one with: head -c 32 /dev/urandom | base64"
    try:
        with path.open("rb") as file:
            key = file.read(MAX_KEY_BYTES + 1).strip()
    except OSError as error:
        raise ConfigError(f"{path}: the key of accounts cannot be read ({error.strerror}); {advice}") from error
    if not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        what = f"holds a key of {len(key)} bytes" if len(key) <= MAX_KEY_BYTES else "is too long for a key"
        raise ConfigError(f"{path}: {what}, needs {MIN_KEY_BYTES} to {MAX_KEY_BYTES}; {advice}")
    return key


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            return file.readline(MAX_TOKEN_CHARS + 1).strip()
    except OSError as error:
        advice = "put the token there or mend uplink.token_file"
        raise ConfigError(f"{path}: the token cannot be read ({error.strerror}); {advice}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is no token (not ASCII); write the token the collector gave you") from error


def _checked(token: str, where: str) -> str:
    if not token or len(token) > MAX_TOKEN_CHARS or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(f"{where}: holds no usable token; write the token the collector gave you, on one line")
    return token

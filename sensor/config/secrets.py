"""Where does the uplink's token come from?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sensor.config.options import UplinkOptions
from sensor.model.errors import ConfigError

TOKEN_VARIABLE = "MINEWATCH_UPLINK_TOKEN"  # noqa: S105 - the name of a variable
MAX_TOKEN_CHARS = 4096


def uplink_token(options: UplinkOptions, environ: Mapping[str, str]) -> str | None:
    """The bearer token: the environment's if set, else the token file's first line, else None."""
    if token := environ.get(TOKEN_VARIABLE, "").strip():
        return _checked(token, f"variable {TOKEN_VARIABLE}")
    if options.token_file is None:
        return None
    return _checked(_first_line(options.token_file), str(options.token_file))


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

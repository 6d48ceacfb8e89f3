"""How is a YAML file read fast, and where in it does a key stand?

A small YAML: mappings, sequences and plain or quoted scalars of the YAML 1.2 core schema (so ``no`` and ``on``
are strings). Tags, anchors and aliases are refused: they have no use here, and aliases can make a short file big.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]

MAX_FILE_BYTES = 16 * 1024 * 1024


class YamlError(Exception):
    """A file is not the YAML that is understood here; ``line`` is 1-based."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def read_text(path: Path) -> str:
    """The file as text. Raises :class:`YamlError` when it cannot be read, is too big or not UTF-8."""
    try:
        if not path.is_file():
            raise YamlError(1, "this is no file that can be read")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise YamlError(1, f"the file is larger than {MAX_FILE_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise YamlError(1, f"the file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise YamlError(1, f"the file is not UTF-8 (byte {error.start})") from error


def parse_yaml(text: str) -> Any:
    """The one document in ``text`` as dicts, lists and scalars. Raises :class:`YamlError`."""
    return _build(text)


class Lines:
    """Where every key path of one text stands. Built on first use: a sound file never pays for it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: dict[KeyPath, int] | None = None

    def at(self, path: KeyPath) -> int:
        """The 1-based line of ``path``, or of its nearest ancestor that is there."""
        lines = self._read()
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path, 1)

    def keys(self) -> list[str]:
        """The keys of the outermost mapping, in the order of the text."""
        return [str(path[0]) for path in self._read() if len(path) == 1]

    def _read(self) -> dict[KeyPath, int]:
        if self._lines is None:
            self._lines = lines_of(self._text)
        return self._lines


def lines_of(text: str) -> dict[KeyPath, int]:
    """The 1-based line of every key path in ``text``; what comes after a fault in the YAML is left out."""
    lines: dict[KeyPath, int] = {}
    with suppress(YamlError):
        _build(text, lines)
    return lines


def _build(text: str, lines: dict[KeyPath, int] | None = None) -> Any:
    # Imported with the first text: a scan whose signatures were parsed before has none.
    from sensor.model.yamlbuild import build

    return build(text, lines)

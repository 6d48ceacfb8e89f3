"""Which model is in use, and which one was before? A folder of signed models with a list of what was in use, in order.

The list is a text file, ``in_use``: one file name a line, oldest first, the last one in use. Going back strikes the
last line; nothing is deleted. A model comes in only when its signature holds, and is checked whenever it is loaded.
"""

from __future__ import annotations

from pathlib import Path

from sensor.behaviour.model import Model, load_model, signature_of
from sensor.model.errors import SignatureError

IN_USE = "in_use"
MAX_LINES = 256
"""Of the list; the oldest are dropped."""
_MAX_LIST_BYTES = 65_536


def model_in(path: Path, key: Path | None) -> Model:
    """The model of a file, or the one in use in a folder. Raises :class:`SignatureError` as ``load_model`` does."""
    return load_model(_current(path) if path.is_dir() else path, key)


def put_in_use(file: Path, folder: Path, key: Path) -> Model:
    """Check a model, copy it with its signature into a folder and use it from now on."""
    model = load_model(file, key)
    path = folder / f"{model.name}-{model.digest[:12]}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(signature_of(path), signature_of(file).read_bytes())
        _replace(path, file.read_bytes())
        # What lies there now is what will be loaded: it is checked once more before it is used.
        model = load_model(path, key)
        before = _names(folder)
        if before[-1:] != [path.name]:
            _write(folder, [*before, path.name])
    except OSError as error:
        raise SignatureError(f"{folder}: {error.strerror}; name a folder that can be written") from error
    return model


def go_back(folder: Path, key: Path) -> Model:
    """Use again what was in use before. Raises :class:`SignatureError` where there was nothing."""
    names = _names(folder)
    if len(names) < 2:
        raise SignatureError(f"{folder}: no model was in use before; put one in with: minewatch model use")
    model = load_model(folder / names[-2], key)
    try:
        _write(folder, names[:-1])
    except OSError as error:
        raise SignatureError(f"{folder}: {error.strerror}; name a folder that can be written") from error
    return model


def _current(folder: Path) -> Path:
    names = _names(folder)
    if not names:
        raise SignatureError(f"{folder}: no model is in use there; put one in with: minewatch model use")
    return folder / names[-1]


def _names(folder: Path) -> list[str]:
    """The list, oldest first. A line that leads out of the folder is a fault."""
    try:
        with (folder / IN_USE).open(encoding="ascii") as file:
            names = file.read(_MAX_LIST_BYTES).split()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise SignatureError(f"{folder / IN_USE}: cannot be read ({error}); restore it") from error
    if strange := next((name for name in names if "/" in name or name.startswith(".")), None):
        raise SignatureError(f"{folder / IN_USE}: {strange!r} is no file of this folder; strike the line")
    return names


def _write(folder: Path, names: list[str]) -> None:
    _replace(folder / IN_USE, "".join(f"{name}\n" for name in names[-MAX_LINES:]).encode("ascii"))


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)

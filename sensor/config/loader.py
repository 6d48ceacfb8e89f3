"""How does a YAML file become options, and how is every fault in it reported at once?"""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sensor.config.options import SensorOptions
from sensor.config.places import KeyPath, line_of
from sensor.model.errors import ConfigError

MAX_FILE_BYTES = 1_048_576
"""A larger file is no sensor configuration."""


def load(path: Path) -> SensorOptions:
    """The options in the file ``path``.

    Raises :class:`ConfigError` that lists every fault as ``file:line: key: what (and what the key is for)``.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); give the path of a sensor.yaml with -c"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_FILE_BYTES} bytes; this is not a sensor configuration")
    return parse(text, path)


def parse(text: str, path: Path) -> SensorOptions:
    """The options in ``text``; ``path`` names it in messages, and relative paths start at its folder."""
    as_json = _as_json(_document(text, path), path)
    folder = path.absolute().parent
    try:
        return SensorOptions.model_validate_json(as_json, strict=True, context={"folder": folder})
    except ValidationError as error:
        faults = sorted((line_of(text, fault["loc"]), _sentence(fault)) for fault in error.errors(include_url=False))
    raise ConfigError("\n".join(f"{path}:{line}: {sentence}" for line, sentence in faults))


def _document(text: str, path: Path) -> Any:
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not valid YAML: {error.problem}; mend this line") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path}:1: holds no options; start from configs/sensor.minimal.yaml")
    return document


def _as_json(document: Any, path: Path) -> str:
    """JSON, because pydantic's strict mode then still takes a string for a path or an enum, and nothing else."""
    try:
        return json.dumps(document, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: keys must be plain words and aliases must not loop ({error})") from error


def _sentence(fault: ErrorDetails) -> str:
    path = fault["loc"]
    where = ".".join(str(part) for part in path) or "(file)"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown option; {_alternatives(path)}"
    if fault["type"] == "missing":
        return f"{where}: is missing; add it. {_help(path)}".rstrip()
    return f"{where}: {_what(fault)} {_help(path)}".rstrip()


def _what(fault: ErrorDetails) -> str:
    if fault["type"] == "value_error":
        return f"{fault['ctx']['error']}."
    shown = repr(fault["input"])
    return f"{fault['msg']}, not {shown if len(shown) <= 60 else shown[:57] + '...'}."


def _alternatives(path: KeyPath) -> str:
    names = sorted(_model_at(path[:-1]).model_fields)
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"the options here are: {', '.join(names)}"


def _help(path: KeyPath) -> str:
    """What the option means, so that the message itself says what to write."""
    if not path:
        return ""
    field = _model_at(path[:-1]).model_fields.get(str(path[-1]))
    return f"({field.description})" if field and field.description else ""


def _model_at(path: KeyPath) -> type[BaseModel]:
    """The option model that holds the keys right below ``path``."""
    model: type[BaseModel] = SensorOptions
    for part in path:
        field = model.model_fields.get(str(part))
        model = _model_in(field.annotation) or model if field else model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(inner) for inner in getattr(annotation, "__args__", ()))
    return next((model for model in found if model), None)

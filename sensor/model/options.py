"""How does a YAML file become options, and how is every fault in it reported at once?"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sensor.model.errors import ConfigError
from sensor.model.yamlfile import KeyPath, Lines, YamlError, parse_yaml

MAX_FILE_BYTES = 1_048_576
"""A larger file is no configuration."""

SECRET = re.compile(r"secret|password|token|key")
"""Options whose value is never shown in a message."""

Model = TypeVar("Model", bound=BaseModel)


def load_options(path: Path, model: type[Model], *, example: str) -> Model:
    """The options in the file ``path``; ``example`` names a file that shows every key.

    Raises :class:`ConfigError` that lists every fault as ``file:line: key: what (and what the key is for)``.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); give the path of a file like {example}"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_FILE_BYTES} bytes; this is no configuration")
    return parse_options(text, path, model, example=example)


def parse_options(text: str, path: Path, model: type[Model], *, example: str) -> Model:
    """The options in ``text``; ``path`` names it in messages.

    The folder of ``path`` goes to the model's validators as ``context["folder"]``, for relative paths.
    """
    # As JSON, because pydantic's strict mode then still takes a string for a path or an enum, and nothing else.
    as_json = json.dumps(_document(text, path, example))
    try:
        return model.model_validate_json(as_json, strict=True, context={"folder": path.absolute().parent})
    except ValidationError as error:
        lines = Lines(text)
        details = error.errors(include_url=False)
        faults = sorted((lines.at(fault["loc"]), _sentence(fault, model)) for fault in details)
    raise ConfigError("\n".join(f"{path}:{line}: {sentence}" for line, sentence in faults))


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The first option model in a field's type; None where there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (model_in(inner) for inner in getattr(annotation, "__args__", ()))
    return next((model for model in found if model), None)


def _document(text: str, path: Path, example: str) -> dict[str, Any]:
    try:
        document = parse_yaml(text)
    except YamlError as error:
        raise ConfigError(f"{path}:{error.line}: {error.what}; mend this line") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path}:1: holds no options; start from {example}")
    return document


def _sentence(fault: ErrorDetails, model: type[BaseModel]) -> str:
    path = fault["loc"]
    where = ".".join(str(part) for part in path) or "(file)"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown option; {_alternatives(path, model)}"
    if fault["type"] == "missing":
        return f"{where}: is missing; add it. {_help(path, model)}".rstrip()
    return f"{where}: {_what(fault)} {_help(path, model)}".rstrip()


def _what(fault: ErrorDetails) -> str:
    if fault["type"] == "value_error":
        return f"{fault['ctx']['error']}."
    if SECRET.search(str(fault["loc"])):
        return f"{fault['msg']}."
    shown = repr(fault["input"])
    return f"{fault['msg']}, not {shown if len(shown) <= 60 else shown[:57] + '...'}."


def _alternatives(path: KeyPath, model: type[BaseModel]) -> str:
    names = sorted(_model_at(path[:-1], model).model_fields)
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"the options here are: {', '.join(names)}"


def _help(path: KeyPath, model: type[BaseModel]) -> str:
    """What the option means, so that the message itself says what to write."""
    if not path:
        return ""
    field = _model_at(path[:-1], model).model_fields.get(str(path[-1]))
    return f"({field.description})" if field and field.description else ""


def _model_at(path: KeyPath, model: type[BaseModel]) -> type[BaseModel]:
    """The option model that holds the keys right below ``path``."""
    for part in path:
        field = model.model_fields.get(str(part))
        model = model_in(field.annotation) or model if field else model
    return model

"""Are the options documented, mirrored and shown in the shipped files?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sensor.config import SensorOptions, load
from sensor.config.options import DetectSettings, LimitOptions, UplinkOptions
from sensor.config.secrets import uplink_token
from sensor.detect.pipeline import DetectOptions
from sensor.engine.api import Limits
from sensor.model.errors import ConfigError
from sensor.model.options import model_in
from sensor.model.yamlfile import parse_yaml

CONFIGS = Path(__file__).resolve().parents[3] / "configs"


def options_below(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield prefix + name, field
        if inner := model_in(field.annotation):
            yield from options_below(inner, f"{prefix}{name}.")


OPTIONS = dict(options_below(SensorOptions))


def test_limits_mirror_the_engine_s() -> None:
    assert LimitOptions().model_dump() == dataclasses.asdict(Limits())


def test_detect_settings_mirror_the_detector_s() -> None:
    wanted = dataclasses.asdict(DetectOptions())
    assert {"home_networks": (), **DetectSettings().model_dump()} == wanted


@pytest.mark.parametrize("name", OPTIONS)
def test_option_is_documented_with_default(name: str) -> None:
    field = OPTIONS[name]
    assert field.description
    is_group = model_in(field.annotation) is not None and field.default is not None
    if not is_group and field.default is not PydanticUndefined:
        assert "Default: " in field.description


@pytest.mark.parametrize("name", OPTIONS)
def test_complete_file_shows_every_option_with_its_default(name: str) -> None:
    document: Any = parse_yaml((CONFIGS / "sensor.yaml").read_text(encoding="utf-8"))
    for part in name.split("."):
        # Items of a list show different kinds of the same thing.
        document = {key: row[key] for row in document for key in row} if isinstance(document, list) else document
        assert part in document, f"{name} is not in configs/sensor.yaml"
        document = document[part]
    default = OPTIONS[name].default
    if isinstance(default, str | int | float | Path):
        assert str(document) == str(default) or document == default


@pytest.mark.parametrize("name", ["sensor.yaml", "sensor.minimal.yaml"])
def test_shipped_file_loads(name: str) -> None:
    assert load(CONFIGS / name).sources


TOKENS = [
    # environment, file content, token or what the error says
    ({}, None, None),
    ({}, "abc\n", "abc"),
    ({}, "abc\nsecond line\n", "abc"),
    ({"MINEWATCH_UPLINK_TOKEN": "env"}, "abc", "env"),
    ({"MINEWATCH_UPLINK_TOKEN": " "}, "abc", "abc"),
    ({}, "", ConfigError("holds no usable token")),
    ({}, "a b", ConfigError("holds no usable token")),
    ({}, "令牌", ConfigError("not ASCII")),
    ({}, "x" * 5000, ConfigError("holds no usable token")),
    ({"MINEWATCH_UPLINK_TOKEN": "a b"}, None, ConfigError("variable MINEWATCH_UPLINK_TOKEN: holds no usable")),
]


@pytest.mark.parametrize(("environ", "content", "expected"), TOKENS)
def test_token(tmp_path: Path, environ: dict[str, str], content: str | None, expected: str | Exception | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    options = UplinkOptions(url="https://x", token_file=path if content is not None else None)
    if isinstance(expected, Exception):
        with pytest.raises(ConfigError, match=str(expected)):
            uplink_token(options, environ)
    else:
        assert uplink_token(options, environ) == expected


def test_missing_token_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere: the token cannot be read \(No such file"):
        uplink_token(UplinkOptions(url="https://x", token_file=tmp_path / "nowhere"), {})

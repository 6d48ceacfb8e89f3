"""Configuration files of any shape, read into options."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from sensor.model.errors import ConfigError
from sensor.model.options import parse_options


class Inner(BaseModel):
    """Options below others."""

    model_config = ConfigDict(extra="forbid")

    secret_key: str = Field("x" * 32, min_length=32, description="What signs sessions.")
    port: int = Field(1, ge=1, description="Where to listen.")


class Outer(BaseModel):
    """Options at the top."""

    model_config = ConfigDict(extra="forbid")

    serve: Inner = Inner()
    names: tuple[str, ...] = ()


FAULTS = [
    ("serve: {prot: 1}", "c.yaml:1: serve.prot: unknown option; did you mean 'port'?"),
    ("\nserve:\n    port: 0\n", "c.yaml:3: serve.port: Input should be greater than or equal to 1, not 0. (Where to"),
    ("names:\n    - a\n    - 1\n", "c.yaml:3: names.1: Input should be a valid string, not 1."),
    ("- 1", "c.yaml:1: holds no options; start from an example"),
    ("a: &x 1", "c.yaml:1: anchors (&name) are not allowed"),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_faults_name_file_line_key_and_remedy(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_options(text, Path("c.yaml"), Outer, example="an example")
    assert str(caught.value).startswith(said)


def test_a_secret_is_never_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_options("serve: {secret_key: hunter2}", Path("c.yaml"), Outer, example="an example")
    assert "serve.secret_key" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_empty_file_gives_the_defaults() -> None:
    assert parse_options("# nothing\n", Path("c.yaml"), Outer, example="an example") == Outer()

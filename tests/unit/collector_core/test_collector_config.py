"""Are the options checked, and does the shipped file say the truth about the defaults?"""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from collector.settings.config import CONFIG_VARIABLE, CollectorConfig, load_config
from collector.settings.secret import secret_key
from sensor.model.errors import ConfigError
from sensor.model.yamlfile import parse_yaml

SHIPPED = Path(__file__).resolve().parents[3] / "configs" / "collector.yaml"


def test_the_shipped_file_states_every_default() -> None:
    assert load_config(SHIPPED) == CollectorConfig()
    assert parse_yaml(SHIPPED.read_text(encoding="utf-8")) == CollectorConfig().model_dump(mode="json")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour: red", "colour: unknown option"),
        ("serve: {port: 0}", "serve.port: "),
        ("serve: {port: high}", "serve.port: "),
        ("ingest: {max_rows: 0}", "ingest.max_rows: "),
        ("secret_key: short", "secret_key: "),
        ("database: {engine: oracle}", "database: "),
        ("serve: {tls_certificate: a.pem}", "serve: "),
        ("- list", "holds no options"),
        ("a: [", "not YAML"),
        ("language: fr", "language: "),
    ],
)
def test_a_fault_names_file_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert str(raised.value).startswith(f"{path}:1: ")
    assert told in str(raised.value)


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.yaml")


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("serve: {port: 9}")
    assert load_config(environ={CONFIG_VARIABLE: str(path)}).serve.port == 9
    assert load_config(environ={}) == CollectorConfig()


@pytest.mark.parametrize(
    ("changes", "https"),
    [
        ({}, False),
        ({"behind_proxy": True}, True),
        ({"https": True}, True),
        ({"behind_proxy": True, "https": False}, False),
    ],
)
def test_cookies_are_secure_where_there_is_tls(changes: dict[str, bool], https: bool) -> None:
    assert CollectorConfig.model_validate(changes).over_https is https


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    config = CollectorConfig(data_dir=tmp_path / "data")
    first = secret_key(config)
    assert secret_key(config) == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
    assert secret_key(CollectorConfig(secret_key="x" * 40)) == "x" * 40


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_a_spoilt_secret_is_a_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(ConfigError, match=r"secret\.key"):
        secret_key(CollectorConfig(data_dir=tmp_path))


def test_a_data_directory_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="set data_dir"):
        secret_key(CollectorConfig(data_dir=tmp_path / "file" / "data"))

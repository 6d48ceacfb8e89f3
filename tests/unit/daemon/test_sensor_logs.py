"""Is a log line one line, in the format and from the level that were chosen?"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from sensor.config.options import LogFormat, LogLevel, LogOptions
from sensor.daemon.logs import configure_logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        (LogLevel.DEBUG, ["debug", "info", "warning", "error"]),
        (LogLevel.INFO, ["info", "warning", "error"]),
        (LogLevel.WARNING, ["warning", "error"]),
        (LogLevel.ERROR, ["error"]),
    ],
)
def test_json_lines(level: LogLevel, heard: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogOptions(level=level))
    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), name)("event.name", site="杭州\n", number=3)
    captured = capsys.readouterr()
    entries = [json.loads(line) for line in captured.err.splitlines()]
    assert captured.out == ""
    assert [entry["level"] for entry in entries] == heard
    assert all((entry["event"], entry["site"], entry["number"]) == ("event.name", "杭州\n", 3) for entry in entries)
    assert all(entry["timestamp"].endswith("Z") for entry in entries)


def test_json_carries_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogOptions())
    try:
        raise ValueError("boom")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: boom" in json.loads(capsys.readouterr().err)["exception"]


def test_console(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogOptions(format=LogFormat.CONSOLE))
    structlog.get_logger().info("event.name", reason="a long reason " * 20)
    said = capsys.readouterr().err
    assert "event.name" in said
    assert "a long reason " * 20 in said
    assert "\x1b" not in said

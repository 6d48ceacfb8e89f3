"""Does ``minewatch --version`` say which engine works here?"""

from __future__ import annotations

import pytest

from sensor.cli import main
from sensor.engine.select import NATIVE_MODULE, VARIABLE


@pytest.mark.parametrize(
    ("choice", "said"),
    [("portable", "engine portable (complete but slow"), ("native", "engine native ·")],
)
def test_the_engine_is_said(
    choice: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if choice == "native":
        pytest.importorskip(NATIVE_MODULE, reason="the native engine is not built")
    monkeypatch.setenv(VARIABLE, choice)
    assert main.main(["--version"]) == 0
    assert said in capsys.readouterr().out

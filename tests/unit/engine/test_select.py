"""Is the right engine chosen, and is a broken one never passed over in silence?"""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from sensor.engine.portable import PortableEngine
from sensor.engine.select import NATIVE_MODULE, choose_engine
from sensor.model.errors import EngineError


class _Native(PortableEngine):
    @property
    def name(self) -> str:
        return "native"


def _module(**members: object) -> ModuleType:
    module = ModuleType(NATIVE_MODULE)
    module.__dict__.update(members)
    return module


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, NATIVE_MODULE, _module(NativeEngine=_Native))


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, NATIVE_MODULE, raising=False)
    monkeypatch.setattr("importlib.import_module", _refuse)


def _refuse(name: str) -> ModuleType:
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({}, "native"),
        ({"MINEWATCH_ENGINE": ""}, "native"),
        ({"MINEWATCH_ENGINE": "auto"}, "native"),
        ({"MINEWATCH_ENGINE": "native"}, "native"),
        ({"MINEWATCH_ENGINE": "Portable"}, "portable"),
    ],
)
@pytest.mark.usefixtures("built")
def test_where_the_native_engine_is_built(env: dict[str, str], name: str) -> None:
    assert choose_engine(env).name == name


@pytest.mark.parametrize("env", [{}, {"MINEWATCH_ENGINE": "auto"}, {"MINEWATCH_ENGINE": "portable"}])
@pytest.mark.usefixtures("absent")
def test_where_it_is_not_built(env: dict[str, str]) -> None:
    assert choose_engine(env).name == "portable"


@pytest.mark.usefixtures("absent")
def test_asking_for_it_where_it_is_not_built_says_how_to_get_it() -> None:
    with pytest.raises(EngineError, match="MINEWATCH_NATIVE=require"):
        choose_engine({"MINEWATCH_ENGINE": "native"})


@pytest.mark.parametrize("choice", ["auto", "native"])
def test_one_that_is_broken_is_an_error(monkeypatch: pytest.MonkeyPatch, choice: str) -> None:
    monkeypatch.setitem(sys.modules, NATIVE_MODULE, _module())
    with pytest.raises(EngineError, match="cannot be loaded"):
        choose_engine({"MINEWATCH_ENGINE": choice})


@pytest.mark.parametrize(
    "fault", [ImportError("undefined symbol: PyFoo"), ModuleNotFoundError("No module named 'other'", name="other")]
)
def test_one_that_does_not_load_is_an_error(monkeypatch: pytest.MonkeyPatch, fault: ImportError) -> None:
    def refuse(name: str) -> ModuleType:
        raise fault

    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(EngineError, match="MINEWATCH_ENGINE=portable"):
        choose_engine({})


def test_an_unknown_choice_is_an_error() -> None:
    with pytest.raises(EngineError, match="auto, native, portable"):
        choose_engine({"MINEWATCH_ENGINE": "fast"})

"""Is the right engine chosen, and is a broken one never passed over in silence?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
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


INSTALLATIONS = [
    ("not built", None, 0, "portable"),
    ("damaged", b"this is no shared object", 1, "cannot be loaded"),
]


@pytest.mark.parametrize(("module", "status", "said"), [row[1:] for row in INSTALLATIONS], ids=["not built", "damaged"])
def test_a_real_installation_without_a_sound_module(
    module: bytes | None, status: int, said: str, tmp_path: Path
) -> None:
    package = Path(__file__).resolve().parents[3] / "sensor"
    shutil.copytree(package, tmp_path / "sensor", ignore=shutil.ignore_patterns("*.so", "shipped", "__pycache__"))
    if module is not None:
        (tmp_path / "sensor/engine/_native.abi3.so").write_bytes(module)
    code = "from sensor.engine.select import choose_engine; print(choose_engine({}).name)"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": ""},
    )
    assert run.returncode == status, run.stderr
    assert said in run.stdout + run.stderr

"""Which engine runs here?"""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from sensor.engine.api import Engine
from sensor.model.errors import EngineError

VARIABLE = "MINEWATCH_ENGINE"
CHOICES = ("auto", "native", "portable")
NATIVE_MODULE = "sensor.engine.native"
_NOT_BUILT = (NATIVE_MODULE, "sensor.engine._native")


def choose_engine(env: Mapping[str, str]) -> Engine:
    """The engine that ``MINEWATCH_ENGINE`` in ``env`` asks for: ``auto`` (the default), ``native`` or ``portable``.

    ``auto`` takes the native engine where it is built. One that is there but cannot be loaded is an
    :class:`~sensor.model.errors.EngineError`, never a silent step down to the slower one.
    """
    choice = env.get(VARIABLE, "").strip().lower() or "auto"
    if choice not in CHOICES:
        raise EngineError(f"{VARIABLE}={choice}: no such engine; use one of {', '.join(CHOICES)}")
    if choice == "portable":
        return _portable()
    native = _native()
    if native is None and choice == "native":
        raise EngineError(
            f"{VARIABLE}=native: the native engine is not built into this installation; "
            "reinstall with MINEWATCH_NATIVE=require and a Rust toolchain, or use auto"
        )
    return native or _portable()


def _portable() -> Engine:
    # Imported when it is the one that runs: its libraries cost a tenth of the start.
    from sensor.engine.portable import PortableEngine

    return PortableEngine()


def _native() -> Engine | None:
    try:
        engine: Engine = importlib.import_module(NATIVE_MODULE).NativeEngine()
    except ModuleNotFoundError as error:
        if error.name in _NOT_BUILT:
            return None
        raise _broken(error) from error
    except Exception as error:
        # A stale or damaged extension module fails in ways that only its loader knows.
        raise _broken(error) from error
    return engine


def _broken(error: Exception) -> EngineError:
    return EngineError(
        f"{NATIVE_MODULE}: the native engine is there but cannot be loaded: {error}; "
        f"rebuild it, or set {VARIABLE}=portable"
    )

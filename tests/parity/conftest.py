"""Fixtures of the parity tests: both engines, or a reason why one is not there."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable

import pytest

from sensor.engine.api import Engine

SEED = bytes(range(32))


@pytest.fixture(scope="session")
def native() -> Callable[[], Engine]:
    """Makes native engines whose flow table lies the same in every run. Where CI is set, it has to be there."""
    try:
        module = importlib.import_module("sensor.engine.native")
    except ModuleNotFoundError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("the native engine is not built: install with MINEWATCH_NATIVE=require")
    return lambda: module.NativeEngine(SEED)

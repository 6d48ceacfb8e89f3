"""Fixtures of the engine tests: both engines, or a reason why one is not there."""

from __future__ import annotations

import os

import pytest

from sensor.engine.api import Engine
from sensor.engine.select import VARIABLE, choose_engine
from sensor.model.errors import EngineError


@pytest.fixture(params=["portable", "native"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn. Where CI is set, both have to be there."""
    try:
        return choose_engine({VARIABLE: request.param})
    except EngineError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("the native engine is not built: install with MINEWATCH_NATIVE=require")

"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real captures that lies beside a checkout; set MINEWATCH_SHARED if it lies elsewhere."""
    folder = Path(os.environ.get("MINEWATCH_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "captures").is_dir():
        pytest.skip("no real captures: set MINEWATCH_SHARED to a folder that has captures/")
    return folder

"""A collector's stand-in that speaks real HTTP over loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sinks_support import StandIn, serving


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, str]]:
    state = StandIn()
    with serving(state) as port:
        yield state, f"http://127.0.0.1:{port}"

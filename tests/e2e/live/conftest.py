"""Fixtures of tests on real interfaces, in network namespaces of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_kit import Look, Wire, make_look, make_wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire that carries nothing but what the test sends."""
    with make_wire() as made:
        yield made


@pytest.fixture
def look(wire: Wire) -> Iterator[Look]:
    """Opens sources on the near end of the wire."""
    with make_look(wire) as opener:
        yield opener

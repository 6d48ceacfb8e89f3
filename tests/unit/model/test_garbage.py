"""Is what stays left alone by the collector, and is the collector itself left as it was?"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from sensor.model.garbage import made_to_stay


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_pauses_and_goes_on_as_before(was_on: bool) -> None:
    (gc.enable if was_on else gc.disable)()
    with made_to_stay():
        assert not gc.isenabled()
    assert gc.isenabled() is was_on


def test_it_goes_on_after_a_fault() -> None:
    with pytest.raises(KeyError), made_to_stay():
        raise KeyError
    assert gc.isenabled()


def test_what_was_made_is_not_looked_at_again() -> None:
    with made_to_stay():
        made = [[] for _ in range(100)]
    looked_at = gc.get_objects()
    assert not any(one is looked for one in made[:3] for looked in looked_at)

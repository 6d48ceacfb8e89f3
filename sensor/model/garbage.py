"""How often does Python look for garbage in cycles?"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (50_000, 20, 100)


def collect_rarely() -> None:
    """Far less often than by default: what is made here has next to no cycles, and looking costs a tenth of a start."""
    gc.set_threshold(*_THRESHOLDS)


def settle() -> None:
    """Call once all is loaded and before the first packet: garbage is not looked for in what is there now.

    The signature set would be walked over and over, for a fifth of the time of a scan.
    """
    gc.freeze()
    collect_rarely()


@contextmanager
def made_to_stay() -> Iterator[None]:
    """For imports and for what is loaded once: garbage is not looked for meanwhile, nor later in what is there then."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()

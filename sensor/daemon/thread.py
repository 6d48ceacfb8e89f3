"""How does a thread's fault reach the one who waits for it?"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background(threading.Thread):
    """A thread that keeps what it died of. It never holds up the end of the process."""

    def __init__(self, name: str, work: Callable[[], object], on_end: Callable[[], object]) -> None:
        """``on_end`` is called after ``work`` in the same thread, whatever became of it."""
        super().__init__(name=name, daemon=True)
        self._work = work
        self._on_end = on_end
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Work, and keep the fault if there is one."""
        try:
            self._work()
        except BaseException as fault:
            self.fault = fault
        finally:
            self._on_end()

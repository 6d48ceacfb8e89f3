"""Which worker processes does a process have? Asked from /proc."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """The workers that ``pid`` started and that still run, oldest first."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        # Threads and processes end while they are listed.
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in (task / "children").read_text().split():
                with suppress(FileNotFoundError, ProcessLookupError):
                    if b"sensor.daemon.member" in Path(f"/proc/{child}/cmdline").read_bytes():
                        found.append(int(child))
    return sorted(found)

"""Which worker processes does a process have? Asked from /proc."""

from __future__ import annotations

from pathlib import Path


def children(pid: int) -> list[int]:
    """The workers that ``pid`` started and that still run, oldest first."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline")
            if command.exists() and b"sensor.daemon.member" in command.read_bytes():
                found.append(int(child))
    return sorted(found)

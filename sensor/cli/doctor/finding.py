"""What does one look at the host say: how bad, what was found, and how to mend it?"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.IntEnum):
    """How bad; also the exit status of the worst finding."""

    WELL = 0
    WARNING = 1
    STOP = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table. ``what`` and ``mend`` are Chinese and English, in this order."""

    level: Level
    what: tuple[str, str]
    found: str
    mend: tuple[str, str] = ("", "")


def well(what: tuple[str, str], found: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.WELL, what, found)


def warning(what: tuple[str, str], found: str, zh: str, en: str) -> Finding:
    """It works, but not as well as it could or not for long."""
    return Finding(Level.WARNING, what, found, (zh, en))


def stop(what: tuple[str, str], found: str, zh: str, en: str) -> Finding:
    """The sensor will not do its work."""
    return Finding(Level.STOP, what, found, (zh, en))

"""Which sessions does a log tell of? Beginnings and ends of one key, put together in the order of the lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Session:
    """One holding as far as the log tells it. ``row_no`` is the line it began at."""

    row_no: int
    cells: Mapping[str, str]
    start: datetime | None
    end: datetime | None = None


class SessionLog:
    """Puts lines together. Never holds more sessions than the file has lines."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}
        self._done: list[Session] = []

    def begin(self, key: str, session: Session) -> None:
        """A session starts; one of the same key that is still open ends where this one starts."""
        self.end(key, session.start)
        self._open[key] = session

    def end(self, key: str, at: datetime | None) -> bool:
        """A session ends; False when no beginning was seen."""
        session = self._open.pop(key, None)
        if session is None:
            return False
        session.end = at if session.end is None or at is None else min(session.end, at)
        self._done.append(session)
        return True

    def current(self, key: str) -> Session | None:
        """The open session of a key."""
        return self._open.get(key)

    def end_all(self, prefix: str, at: datetime) -> None:
        """Every open session whose key starts so ends: the device restarted."""
        for key in [key for key in self._open if key.startswith(prefix)]:
            self.end(key, at)

    def add(self, session: Session) -> None:
        """A session of which both ends are known at once."""
        self._done.append(session)

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Every session as cells with ``start`` and ``end``, in the order of their lines; open ones have no end."""
        for session in sorted([*self._done, *self._open.values()], key=lambda session: session.row_no):
            times = {"start": _text(session.start), "end": _text(session.end)}
            yield session.row_no, {**session.cells, **times}


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""

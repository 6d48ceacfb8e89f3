"""What was noted under a key, and does it still hold? A bounded table whose entries end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Entries hold for ``hold_ns`` from when they were put last; over ``most`` the one put longest ago goes."""

    def __init__(self, most: int, hold_ns: int, on_cut: Callable[[], None]) -> None:
        self._most, self._hold_ns, self._on_cut = most, hold_ns, on_cut
        self._entries: OrderedDict[Key, tuple[int, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, key: Key, value: Value, at_ns: int) -> None:
        """Note it anew."""
        self._entries[key] = at_ns, value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
            self._on_cut()

    def get(self, key: Key, at_ns: int) -> Value | None:
        """What was noted, unless that is over."""
        found = self._entries.get(key)
        if found is None:
            return None
        if at_ns - found[0] > self._hold_ns:
            del self._entries[key]
            return None
        return found[1]

"""When do the tests of casework play? In November 2026, in China."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

CHINA = dt.timezone(dt.timedelta(hours=8))
Make = Callable[..., Any]


def at(text: str) -> dt.datetime:
    """``2026-11-18 10:00`` in China."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA)


NOW = at("2026-11-18 10:00")

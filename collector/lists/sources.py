"""Where do the rows of each list come from? One function per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from collector.lists.choices import ListKind
from collector.lists.issuing import Made, Scope

SOURCES: Mapping[ListKind, Callable[[Scope], Made]] = {}

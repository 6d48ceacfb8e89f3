"""Which columns has which list? One entry per kind."""

from __future__ import annotations

from collections.abc import Mapping

from collector.lists.choices import ListKind
from collector.lists.render.columns import WEEKLY
from collector.lists.render.layout import Layout

LAYOUTS: Mapping[str, Layout] = {ListKind.WEEKLY: WEEKLY}

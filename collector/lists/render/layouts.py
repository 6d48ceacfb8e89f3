"""Which columns has which list? One entry per kind."""

from __future__ import annotations

from collections.abc import Mapping

from collector.lists.choices import ListKind
from collector.lists.render import registers
from collector.lists.render.columns import WEEKLY
from collector.lists.render.layout import Layout

LAYOUTS: Mapping[str, Layout] = {
    ListKind.WEEKLY: WEEKLY,
    ListKind.KEY: registers.KEY,
    ListKind.STOCK: registers.STOCK,
    ListKind.CHECK: registers.CHECK,
    ListKind.PROJECTS: registers.PROJECTS,
    ListKind.PLANNED: registers.PLANNED,
    ListKind.PRICE: registers.PRICE,
    ListKind.CREDIT: registers.CREDIT,
    ListKind.SELF_AUDIT: registers.SELF_AUDIT,
    ListKind.ENERGY: registers.ENERGY,
    ListKind.REFERRAL: registers.REFERRAL,
}

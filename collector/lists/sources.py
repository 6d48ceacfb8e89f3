"""Where do the rows of each list come from? One function per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from collector.lists.choices import ListKind
from collector.lists.issuing import Made, Scope
from collector.lists.of_energy import energy, price
from collector.lists.of_leads import check, key, self_audit, stock
from collector.lists.of_registers import credit, planned, projects, referrals

SOURCES: Mapping[ListKind, Callable[[Scope], Made]] = {
    ListKind.KEY: key,
    ListKind.STOCK: stock,
    ListKind.CHECK: check,
    ListKind.PROJECTS: projects,
    ListKind.PLANNED: planned,
    ListKind.PRICE: price,
    ListKind.CREDIT: credit,
    ListKind.SELF_AUDIT: self_audit,
    ListKind.ENERGY: energy,
    ListKind.REFERRAL: referrals,
}

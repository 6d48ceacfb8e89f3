"""Which ledger do the tests of imports read? A line ledger of good rows, one changed here and there."""

from __future__ import annotations

from collections.abc import Callable

from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportReport

Import = Callable[..., ImportReport]
ORG, LINE, AAA, DIV = ImportKind.ORGANISATIONS, ImportKind.LINE_LEDGER, ImportKind.AAA, ImportKind.DIVISIONS
USCC = "91350100M000100Y43"
LINE_HEADER = "IP地址,启用时间,停用时间,专线号,单位名称,统一社会信用代码,装机地址,区划代码"


def line_row(**changes: str) -> str:
    """One good row of a line ledger, with changes by position name."""
    cells = {
        "ip": "203.0.113.0/29",
        "from": "2026-01-01",
        "to": "",
        "line": "L-1",
        "unit": "嘉兴某某有限公司",
        "uscc": USCC,
        "address": "中山路1号",
        "division": "330402",
    }
    return ",".join((cells | changes).values())


def ledger(*rows: str) -> str:
    """A line ledger of these rows."""
    return "\r\n".join((LINE_HEADER, *rows, ""))

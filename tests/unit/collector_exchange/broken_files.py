"""Which files do people really send? Two hundred broken ones, made from a seed, over every kind of import."""

from __future__ import annotations

import functools
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from openpyxl import Workbook

SEED = 20261122
COUNT = 200
HUGE_ROWS = 1_000_000
_WORDS = (
    "203.0.113.9",
    "10.0.0.0/24",
    "星云网吧",
    "330402",
    "91330402MA2B00001X",
    "2026-11-19",
    "46345.5",
    "1024-2047",
    "",
)
_ENCODINGS = ("utf-16-le", "shift_jis")
_ODD = (
    "=HYPERLINK(1)",
    "2026-02-31",
    "1.23E+17",
    "٣٣٠٤٠٢",
    "-1",
    "\x07",
    "a" * 5000,
    "9999-99-99",
    "１９２．０．２．１",
)


@dataclass(frozen=True)
class Broken:
    """A file, and what is wrong with it."""

    number: int
    fault: str
    suffix: str
    content: bytes


@functools.cache
def broken_files() -> tuple[Broken, ...]:
    """The same two hundred every time; made once for all tests."""
    return tuple(made())


def made() -> Iterator[Broken]:
    """The files one after the other."""
    draw = random.Random(SEED)
    faults = sorted(_FAULTS)
    for number in range(COUNT):
        name = faults[number % len(faults)]
        suffix, content = _FAULTS[name](draw)
        yield Broken(number, name, suffix, content)


def _table(draw: random.Random, odd: float = 0.3) -> list[list[str]]:
    header = ["IP", "单位名称", "区划代码", "统一社会信用代码", "启用时间", "户号", "名称", "代码", "账号", "编号"]
    rows = [[draw.choice(_ODD if draw.random() < odd else _WORDS) for _ in header] for _ in range(draw.randint(1, 30))]
    return [header, *rows]


def _csv(rows: list[list[str]]) -> str:
    return "\n".join(",".join(row) for row in rows) + "\n"


def _book(rows: list[list[str]], merge: str = "") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            sheet.cell(number, column, "".join(char for char in text if char.isprintable()))
    if merge:
        sheet.merge_cells(merge)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _shifted(draw: random.Random) -> tuple[str, bytes]:
    rows = _table(draw)
    return "csv", _csv([rows[0], *([""] * draw.randint(1, 4) + row for row in rows[1:])]).encode()


def _bomb(_draw: random.Random) -> tuple[str, bytes]:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return "xlsx", target.getvalue()


def _cut(draw: random.Random) -> tuple[str, bytes]:
    whole = _book(_table(draw))
    return "xlsx", whole[: draw.randint(1, len(whole) - 1)]


def _flipped(draw: random.Random) -> tuple[str, bytes]:
    whole = bytearray(_book(_table(draw)))
    for _ in range(20):
        whole[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
    return "xlsx", bytes(whole)


_FAULTS: dict[str, Callable[[random.Random], tuple[str, bytes]]] = {
    "another encoding": lambda draw: (
        "csv",
        _csv(_table(draw)).encode(draw.choice(["utf-16-le", "shift_jis"]), "replace"),
    ),
    "bytes of nothing": lambda draw: ("csv", draw.randbytes(2_000)),
    "no header": lambda draw: ("csv", _csv(_table(draw)[1:]).encode()),
    "shifted columns": _shifted,
    "formulas and wrong dates": lambda draw: ("csv", _csv(_table(draw, 0.9)).encode("gb18030")),
    "formulas in a workbook": lambda draw: ("xlsx", _book(_table(draw, 0.9))),
    "merged cells": lambda draw: ("xlsx", _book(_table(draw), f"A1:C{draw.randint(2, 9)}")),
    "a quote that never ends": lambda draw: ("csv", b'IP,"' + _csv(_table(draw)).encode()),
    "a million rows": lambda _draw: ("csv", b"IP\n" + b"x\n" * HUGE_ROWS),
    "a bomb": _bomb,
    "a cut workbook": _cut,
    "flipped bits": _flipped,
    "an old workbook": lambda draw: ("xls", b"\xd0\xcf\x11\xe0" + draw.randbytes(500)),
    "objects of JSON": lambda draw: ("json", b'{"IP": ' + b"[" * draw.randint(1, 5_000)),
    "nothing": lambda _draw: ("csv", b""),
}

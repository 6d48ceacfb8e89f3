"""How is an explanation written: for a terminal, as JSON, or as a page?"""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import jinja2
import orjson
from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensor.cli.explain.view import Section
from sensor.explain.run import Explanation
from sensor.model.bilingual import Lang, Words

TITLE = Words("矿哨 · 一条流的解释", "Minewatch · one flow explained")
MARKS = {"yes": "bold", "no": "dim", "differs": "yellow"}
FILE_WIDTH = 160
SCHEMA = "minewatch.explanation/1"


def print_sections(parts: list[Section], console: Console) -> None:
    """The sections as tables. Words off the wire are plain text, never terminal markup."""
    for part in parts:
        console.print(Text(f"\n■ {part.title}", style="bold"))
        for line in part.lines:
            console.print(Text(_clean(line)))
        if part.rows:
            console.print(_table(part))


def as_text(parts: list[Section]) -> bytes:
    """The same for a file, without colours."""
    out = io.StringIO()
    print_sections(parts, Console(file=out, width=FILE_WIDTH))
    return out.getvalue().encode()


def as_page(parts: list[Section], lang: Lang) -> bytes:
    """One self-contained page, ready to print."""
    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=folder, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    tag = "en" if lang is Lang.EN else "zh-Hans"
    page = environment.get_template("explanation.html.j2")
    return page.render(title=TITLE.told(lang), tag=tag, sections=parts).encode()


def as_json(told: Explanation) -> bytes:
    """Everything, as one JSON document with times in nanoseconds since the epoch."""
    document: dict[str, Any] = {"schema": SCHEMA}
    for field in dataclasses.fields(told):
        if field.name != "marks":
            document[field.name] = getattr(told, field.name)
    document["entries"] = [_entry(entry, told.marks) for entry in told.entries]
    document["works"] = [{"work": work, "shares": count} for work, count in told.works]
    return orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n"


def _entry(entry: Any, marks: dict[int, int]) -> dict[str, Any]:
    fields = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    return {"packet": marks.get(entry.at_ns), **fields}


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Path):
        return value.name
    raise TypeError(f"no JSON for {type(value).__name__}")


def _table(part: Section) -> Table:
    table = Table(box=box.SIMPLE_HEAD if part.headings else None, show_header=bool(part.headings), pad_edge=False)
    for number in range(len(part.rows[0])):
        table.add_column(part.headings[number] if part.headings else "", overflow="fold")
    marks = part.marks or [""] * len(part.rows)
    for row, mark in zip(part.rows, marks, strict=True):
        table.add_row(*(Text(_clean(cell)) for cell in row), style=MARKS.get(mark))
    return table


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)

"""What is in the file of a list? Exactly what the page shows; no more rows wait in memory than one part of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from tempfile import TemporaryFile
from typing import TypeAlias

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from openpyxl import Workbook

from collector.console.places import Places
from collector.console.tables import Column, Listing, M, learn, plain_rows, texts, titles
from collector.lists.render.guard import harmless

ROWS_AT_ONCE = 1_000
"""Rows fetched together with what belongs to them, and sent before the next are."""
Parts: TypeAlias = Iterator[list[list[str]]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file: how it is written, and of how many rows at most."""

    write: Callable[[str, Parts], HttpResponseBase]
    max_rows: int


def file_of(listing: Listing[M], columns: Sequence[Column[M]], rows: QuerySet[M], form: str) -> HttpResponseBase:
    """The rows as a file; ``form`` is one of ``FORMS``. What a spreadsheet would take for a formula stays text."""
    # The request is over by the time the file is sent, and its language with it.
    parts = _parts(listing, columns, rows, translation.get_language() or "en")
    response = FORMS[form].write(f"minewatch-{listing.name}.{form}", parts)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _parts(listing: Listing[M], columns: Sequence[Column[M]], rows: QuerySet[M], language: str) -> Parts:
    """The titles, then the rows."""
    with translation.override(language):
        head = titles(columns)
    yield [head]
    places = Places()
    waiting = plain_rows(listing, rows, ROWS_AT_ONCE)
    while part := list(islice(waiting, ROWS_AT_ONCE)):
        with translation.override(language):
            listing.prepare(part)
            learn(places, part, columns)
            lines = [[harmless(text) for text in texts(row, columns, places)] for row in part]
        yield lines


def _csv(name: str, parts: Parts) -> StreamingHttpResponse:
    """UTF-8 with a byte order mark and CRLF: Excel reads it as it is."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(_csv_parts(parts), content_type="text/csv; charset=utf-8", headers=headers)


def _csv_parts(parts: Parts) -> Iterator[bytes]:
    yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
    for part in parts:
        file = io.StringIO(newline="")
        csv.writer(file).writerows(part)
        yield file.getvalue().encode()


def _xlsx(name: str, parts: Parts) -> FileResponse:
    """Written to disk row by row, and sent from there: what a ZIP holds is known at its end only."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("minewatch")
    sheet.freeze_panes = "A2"
    for part in parts:
        for line in part:
            sheet.append(line)
    file = TemporaryFile()  # noqa: SIM115  # the response closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=_SPREADSHEET)


_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"csv": Form(_csv, 1_000_000), "xlsx": Form(_xlsx, 100_000)}

"""How do a hundred thousand rows get into the database before a test's patience ends? As they would stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db import connection, models

_PART = 3_000
_AS_THEY_ARE = frozenset(
    {
        models.BigAutoField,
        models.BooleanField,
        models.CharField,
        models.DateTimeField,
        models.FloatField,
        models.ForeignKey,
        models.OneToOneField,
        models.PositiveIntegerField,
        models.TextField,
    }
)
"""Columns whose values the server takes as they stand in a row."""


def store(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Rows with their keys, past everything that would look at each of them; sequences go on behind them."""
    waiting = iter(rows)
    while part := list(islice(waiting, _PART)):
        if connection.vendor == "postgresql":
            _copy(model, part)
        else:
            model._base_manager.bulk_create(part)
    if connection.vendor == "postgresql" and model._meta.pk.get_internal_type() == "BigAutoField":
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def _copy(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    fields = model._meta.concrete_fields
    names = ", ".join(field.column for field in fields)
    readers = [_reader(field) for field in fields]
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([read(row) for read in readers])


def _reader(field: Any) -> Callable[[models.Model], Any]:
    """How a column's value is taken from a row."""
    if type(field) in _AS_THEY_ARE and not getattr(field, "auto_now_add", False):
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, True), connection)

"""Which numbers and words does the law set, and from when? Clauses, tariffs, energy factors, working days."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from collector.stamped import Stamped


class Dated(Stamped):
    """Abstract: holds on the days ``valid_from <= day < valid_to``; ``valid_to`` null: until something newer."""

    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=300, blank=True, default="", help_text="Document and clause")

    class Meta:
        abstract = True


def put(table: type[Dated], key: Sequence[str], columns: Mapping[str, Any]) -> bool:
    """Let a rule hold from its ``valid_from`` on; answers whether anything changed.

    ``columns`` are field values, ``key`` the fields that tell one series of rules from others. The rule before it ends
    where it begins, and it ends where a later one begins: what was decided under each can still be explained.
    """
    start = columns["valid_from"]
    same = table._default_manager.filter(**{name: columns[name] for name in key})
    reaches = models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=start)
    same.filter(reaches, valid_from__lt=start).update(valid_to=start)
    later = same.filter(valid_from__gt=start).order_by("valid_from").first()
    if later is not None and columns.get("valid_to") is None:
        columns = {**columns, "valid_to": later.valid_from}
    known = same.filter(valid_from=start).first()
    if known is None:
        table._default_manager.create(**columns)
        return True
    if all(getattr(known, name) == value for name, value in columns.items()):
        return False
    same.filter(pk=known.pk).update(**columns)
    return True


class PolicyClause(Dated):
    """One article of one document, as notices quote it."""

    document = models.CharField(max_length=100, help_text="Number of the document: 发改运行〔2021〕1283号")
    article = models.CharField(max_length=40)
    title = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "article", "valid_from"], name="clause_once_per_start")
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.article}"


class Tariff(Dated):
    """What a kilowatt-hour used for mining costs on top (差别电价加价), in one division and what lies below it."""

    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Empty: everywhere")
    surcharge_yuan_per_kwh = models.DecimalField(max_digits=8, decimal_places=4)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["division_code", "valid_from"], name="tariff_once_per_start")]

    def __str__(self) -> str:
        return f"{self.division_code or '*'} {self.surcharge_yuan_per_kwh}"


class EnergyFactor(Dated):
    """A factor by which energy is converted or counted: tonnes of coal equivalent, doubling, carbon."""

    key = models.CharField(max_length=40)
    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Empty: everywhere")
    value = models.DecimalField(max_digits=16, decimal_places=8)
    unit = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "division_code", "valid_from"], name="factor_once_per_start")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.value} {self.unit}"


class CalendarDay(Stamped):
    """A day that is not what its weekday says: a holiday, or a weekend day that is worked (调休)."""

    day = models.DateField(unique=True)
    is_working = models.BooleanField()
    name = models.CharField(max_length=60, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {'work' if self.is_working else 'rest'}"


ALWAYS = datetime.date(1980, 1, 1)
"""Valid-from of a parameter whose file names no date."""

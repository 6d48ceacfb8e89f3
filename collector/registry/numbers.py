"""How does a thing get a number that no other has, whoever asks at the same time?"""

from __future__ import annotations

from collections.abc import Callable

from django.db import models, transaction

from collector.registry.models import NumberSeries


def next_number(prefix: str, last_known: Callable[[], int] = lambda: 0) -> str:
    """``prefix`` and six digits or more. Inside a transaction; others that ask wait for its end.

    ``last_known`` tells the highest number given before the series was kept.
    """
    series = _held(prefix, last_known)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{prefix}{series.last:06d}"


def hold(name: str) -> None:
    """Make everybody else who holds ``name`` wait for the end of this transaction."""
    _held(f"hold {name}", lambda: 0)


def last_of(table: type[models.Model], prefix: str) -> int:
    """The highest number under a prefix among the rows of a table with a column ``no``; 0 without any."""
    numbers = table._default_manager.filter(no__startswith=prefix).values_list("no", flat=True)
    return max((int(no.removeprefix(prefix)) for no in numbers.iterator()), default=0)


def _held(prefix: str, last_known: Callable[[], int]) -> NumberSeries:
    held = NumberSeries.objects.select_for_update().filter(prefix=prefix)
    known = held.first()
    if known is not None:
        return known
    with transaction.atomic():
        NumberSeries.objects.bulk_create([NumberSeries(prefix=prefix, last=last_known())], ignore_conflicts=True)
    return held.get()

"""Has anything that attribution rests on changed since an answer was checked?"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db.models import Max, Model

from collector.ingest.models import Sensor
from collector.registry.models import ImportBatch, ImportChange, NatRule, Organisation, OwnershipRecord, Site
from collector.resolve.foreign import foreign_state
from collector.resolve.options import BASE_SCORES, ResolveOptions

_REVISION = 2
"""Raise it when the rules of attribution change, so that every answer is checked again."""


def registry_state(options: ResolveOptions) -> str:
    """A digest that changes with every import, undone import, new record, sensor's division and option."""
    tables: tuple[type[Model], ...] = (OwnershipRecord, NatRule, ImportBatch, ImportChange, Organisation, Site)
    newest = [table._default_manager.aggregate(newest=Max("pk"))["newest"] for table in tables]
    undone = ImportBatch.objects.filter(undone_at__isnull=False).count()
    sensors = list(Sensor.objects.order_by("pk").values_list("pk", "division_code"))
    foreign = foreign_state(settings.COLLECTOR.attribution)
    state = (_REVISION, newest, undone, sensors, options, sorted(BASE_SCORES.items()), foreign)
    return hashlib.sha256(repr(state).encode()).hexdigest()

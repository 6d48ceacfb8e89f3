"""What does the registry keep? Divisions, organisations, sites, import batches and ownership records."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models

from collector.registry.choices import DivisionLevel, ImportKind, Nature, Source
from collector.stamped import Stamped

GB2260_FIRST = datetime.date(1980, 1, 1)
"""Valid-from of a division whose file names no date: the year GB/T 2260 first appeared."""


class ImportBatch(Stamped):
    """One imported file. An undone batch keeps its row; what it brought is gone."""

    no = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, choices=ImportKind)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    encoding = models.CharField(max_length=20)
    rows_ok = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    dry_run = models.BooleanField(default=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.no


class ImportChange(Stamped):
    """What a batch did to one division or organisation, so that undoing is exact."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=40)
    row_id = models.BigIntegerField()
    before = models.JSONField(null=True, help_text="Field values before the change; null where the row was created")

    class Meta:
        indexes = [models.Index(fields=["table", "row_id"], name="importchange_row")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.table} {self.row_id}"


class Division(Stamped):
    """An administrative division in the interval ``valid_from <= day < valid_to``; codes change over the years."""

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=DivisionLevel)
    parent = models.CharField(max_length=12, blank=True, default="", db_index=True)
    valid_from = models.DateField(default=GB2260_FIRST)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="division_code_once_per_start")]
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Organisation(Stamped):
    """A unit. Contact name and phone are personal data: mask them in every output by default."""

    uscc = models.CharField(max_length=18, unique=True, null=True, blank=True)
    name = models.CharField(max_length=200, db_index=True)
    nature = models.CharField(max_length=20, choices=Nature, default=Nature.OTHER)
    industry = models.CharField(max_length=10, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    address = models.CharField(max_length=500, blank=True, default="")
    contact_name = models.CharField(max_length=100, blank=True, default="")
    contact_phone = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Site(Stamped):
    """A physical place of an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="sites")
    address = models.CharField(max_length=500)
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)

    def __str__(self) -> str:
        return self.address


class OwnershipRecord(Stamped):
    """One source's statement: this block belonged to this subscriber from ``valid_from`` until before ``valid_to``.

    ``network`` is always one CIDR block (a range in a file becomes several records), so a lookup asks
    ``ip_lo in covering_los(ip)`` and ``ip_hi >= ip_key(ip)``, and the index answers. ``valid_to`` null: still open.
    """

    source = models.CharField(max_length=20, choices=Source)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="records")
    row_no = models.PositiveIntegerField(default=0)
    network = models.CharField(max_length=50)
    ip_lo = models.BinaryField(max_length=16)
    ip_hi = models.BinaryField(max_length=16)
    port_lo = models.PositiveIntegerField(null=True, blank=True)
    port_hi = models.PositiveIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    subscriber = models.CharField(max_length=200, blank=True, default="", db_index=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="records"
    )
    unit_name = models.CharField(max_length=200, blank=True, default="")
    uscc = models.CharField(max_length=18, blank=True, default="", db_index=True)
    address = models.CharField(max_length=500, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="")
    raw = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["ip_lo", "valid_from"], name="ownership_lo_from")]

    def __str__(self) -> str:
        return f"{self.network} {self.unit_name or self.subscriber}"

"""What does a list keep? Frozen, numbered issues, their rows, who got them and what came back.

What an office keeps by hand (projects, commitments, tip-offs …) is in ``registers.py``.
"""

from __future__ import annotations

from django.db import models

from collector.cases.models import Lead
from collector.lists.choices import Cause, ListKind, Measure, Truth
from collector.lists.registers import Commitment, KeyEntry, PlannedProject, Project, Referral, TipOff
from collector.registry.models import ImportBatch
from collector.stamped import Stamped

REGISTERS = (Commitment, KeyEntry, PlannedProject, Project, Referral, TipOff)
"""Django looks for tables in this file; these stand in ``registers.py``."""


class ListIssue(Stamped):
    """One frozen list. What changes later becomes the next version, never a change of this one."""

    kind = models.CharField(max_length=20, choices=ListKind, default=ListKind.WEEKLY)
    week = models.CharField(max_length=8, help_text="ISO week in Asia/Shanghai: 2026-W47")
    division_code = models.CharField(max_length=12, db_index=True)
    division_name = models.CharField(max_length=100, help_text="As it was called when frozen")
    version = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=40, unique=True)
    cutoff = models.DateTimeField(help_text="Nothing seen at or after this moment is in the list")
    frozen_at = models.DateTimeField()
    digest = models.CharField(max_length=64, help_text="SHA-256 over the canonical rows")
    digest_sm3 = models.CharField(max_length=64, blank=True, default="", help_text="SM3 over the same bytes")
    row_count = models.PositiveIntegerField()
    former = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Last week's newest issue"
    )
    summary = models.JSONField(default=dict, help_text="Sums of the list, as they were when it was frozen")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "week", "division_code", "version"], name="issue_version_once")
        ]

    def __str__(self) -> str:
        return self.number


class ListRow(Stamped):
    """One row as it was when the list was frozen."""

    issue = models.ForeignKey(ListIssue, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    row_id = models.CharField(max_length=16, unique=True)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="list_rows")
    snapshot = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["issue", "position"], name="row_position_once")]

    def __str__(self) -> str:
        return f"{self.issue_id} #{self.position}"


class Dispatch(Stamped):
    """One county's file of an issue: what it was handed, when it signed for it, when its reply came."""

    issue = models.ForeignKey(ListIssue, on_delete=models.CASCADE, related_name="dispatches")
    recipient_code = models.CharField(max_length=12, db_index=True)
    recipient_name = models.CharField(max_length=100)
    file_name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField()
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True, help_text="签收")
    received_by = models.CharField(max_length=100, blank=True, default="")
    returned_at = models.DateTimeField(null=True, blank=True, help_text="When the first reply came in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "recipient_code"], name="dispatch_once_per_recipient")]

    def __str__(self) -> str:
        return f"{self.file_name} → {self.recipient_name}"


class ListReply(Stamped):
    """What came back for one row; a later reply amends it, and the import batch remembers what stood before."""

    row = models.OneToOneField(ListRow, on_delete=models.PROTECT, related_name="reply")
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")
    truth = models.CharField(max_length=12, choices=Truth, blank=True, default="")
    cause = models.CharField(max_length=12, choices=Cause, blank=True, default="")
    devices = models.PositiveIntegerField(null=True, blank=True)
    measure = models.CharField(max_length=12, choices=Measure, blank=True, default="")
    done_on = models.DateField(null=True, blank=True)
    checker = models.CharField(max_length=100, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    note = models.CharField(max_length=2_000, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.row_id} {self.truth}"

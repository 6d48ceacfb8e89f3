"""What does a list keep? Frozen, numbered issues and their rows; and which department leads, by when."""

from __future__ import annotations

from django.db import models

from collector.cases.models import Lead
from collector.lists.choices import ListKind
from collector.registry.choices import Nature
from collector.stamped import Stamped


class DutyRule(Stamped):
    """Which department leads and how long it has; the most specific rule that is valid at the week's end holds."""

    division_prefix = models.CharField(max_length=12, blank=True, default="", help_text="Empty: everywhere")
    nature = models.CharField(max_length=20, choices=Nature, blank=True, default="", help_text="Empty: any unit")
    department_zh = models.CharField(max_length=100)
    department_en = models.CharField(max_length=200)
    deadline_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after the week's Sunday; null: the rule sets no deadline"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=300, help_text="Document and clause")

    def __str__(self) -> str:
        return f"{self.department_zh} ({self.nature or '*'})"


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
    row_count = models.PositiveIntegerField()

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
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="list_rows")
    snapshot = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["issue", "position"], name="row_position_once")]

    def __str__(self) -> str:
        return f"{self.issue_id} #{self.position}"

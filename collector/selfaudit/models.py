"""What is kept of a self-audit? Whose it is, what was looked at, how far it is, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from collector.accounts.models import Office
from collector.stamped import Stamped
from collector.text import bilingual


class AuditState(models.TextChoices):
    """Where a self-audit stands."""

    WAITING = "waiting", bilingual("等待", "Waiting")
    RUNNING = "running", bilingual("检查中", "Running")
    DONE = "done", bilingual("完成", "Done")
    FAILED = "failed", bilingual("失败", "Failed")


class SelfAudit(Stamped):
    """One look at one capture, or at what a sensor told. The file goes when the look ends; the reports stay."""

    no = models.CharField(max_length=20, unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="self_audits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    file_name = models.CharField(max_length=255)
    file_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    assets_name = models.CharField(max_length=255, blank=True, default="", help_text="Empty: without an asset table")
    networks = models.JSONField(default=list, help_text="The unit's own networks (CIDR); empty: any private one")
    state = models.CharField(max_length=10, choices=AuditState, default=AuditState.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    said = models.CharField(max_length=500, blank=True, default="", help_text="Why it failed")
    result = models.JSONField(null=True, blank=True, help_text="The report's document, minewatch.audit/1")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    handed_in_at = models.DateTimeField(null=True, blank=True, help_text="Since when the division's offices see it")

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="self_audit_state")]

    def __str__(self) -> str:
        return f"{self.no} {self.office}"

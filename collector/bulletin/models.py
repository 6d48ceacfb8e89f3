"""What does a bulletin stand on? One frozen snapshot of indicators per week, division and version."""

from __future__ import annotations

from django.db import models

from collector.stamped import Stamped


class Snapshot(Stamped):
    """The figures of a week as they were; every document of the week is made from it and from nothing else."""

    number = models.CharField(max_length=40, unique=True)
    week = models.CharField(max_length=8, help_text="ISO week in Asia/Shanghai: 2026-W47")
    division_code = models.CharField(max_length=12, db_index=True)
    division_name = models.CharField(max_length=100, help_text="As it was called when frozen")
    version = models.PositiveSmallIntegerField()
    cutoff = models.DateTimeField()
    frozen_at = models.DateTimeField()
    definitions = models.CharField(max_length=20, help_text="Version of the definitions of the indicators")
    indicators = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 over the canonical indicators")
    digest_sm3 = models.CharField(max_length=64, help_text="SM3 over the same bytes")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["week", "division_code", "version"], name="snapshot_version_once")
        ]

    def __str__(self) -> str:
        return self.number

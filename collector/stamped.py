"""What does every table have? The moment its row was written."""

from __future__ import annotations

from django.db import models


class Stamped(models.Model):
    """Abstract base of every table of the collector."""

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

"""What does the audit log keep? One row per deed, chained; and where the chain ends."""

from __future__ import annotations

from django.db import models

from collector.audit.choices import Action
from collector.chain import GENESIS, Algorithm, Link
from collector.stamped import Stamped


class AuditEntry(Stamped):
    """Who did what, when, from where and what for. Never changed; the oldest go when their term is over."""

    seq = models.BigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=200, db_index=True, help_text="Login name, token:prefix, or command:account")
    office = models.CharField(max_length=200, blank=True, default="")
    address = models.GenericIPAddressField(null=True, blank=True, help_text="Where the request came from")
    action = models.CharField(max_length=20, choices=Action)
    object_kind = models.CharField(max_length=60, blank=True, default="")
    object_id = models.CharField(max_length=200, blank=True, default="", db_index=True)
    purpose = models.CharField(max_length=500, blank=True, default="", help_text="The reason that was given")
    detail = models.JSONField(default=dict, help_text="Texts by name")
    algorithm = models.CharField(max_length=10, default=Algorithm.SHA256.value)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.actor} {self.action} {self.object_id}"

    def content(self) -> dict[str, object]:
        """What the hash covers, besides sequence and predecessor."""
        return {
            "at": self.at.isoformat(),
            "actor": self.actor,
            "office": self.office,
            "address": self.address,
            "action": str(self.action),
            "object_kind": self.object_kind,
            "object_id": self.object_id,
            "purpose": self.purpose,
            "detail": self.detail,
        }

    def link(self) -> Link:
        """This row as part of the chain."""
        return Link(self.seq, self.content(), self.previous, self.hash, self.algorithm)


class AuditHead(Stamped):
    """The one row that says where the chain ends; whoever appends holds it."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"

"""Which accounts are kept? Offices, memberships and hashed API tokens; people are Django users."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from collector.accounts.choices import OfficeKind, Role, TokenScope
from collector.stamped import Stamped


class Office(Stamped):
    """A government office, carrier or assessor; it sees the subtree of its division."""

    name = models.CharField(max_length=200, unique=True)
    division_code = models.CharField(max_length=12, db_index=True)
    kind = models.CharField(max_length=20, choices=OfficeKind, default=OfficeKind.CYBERSPACE)
    uscc = models.CharField(max_length=18, blank=True, default="", help_text="Of a notified unit: all it may see")

    def __str__(self) -> str:
        return self.name


class Membership(Stamped):
    """A user's role in an office."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Null: until it is taken away")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "office"], name="membership_once_per_office")]

    def __str__(self) -> str:
        return f"{self.user} · {self.office} · {self.role}"


class ApiToken(Stamped):
    """A bearer token, kept as its SHA-256 only. A sensor's token is the one its ``ingest.Sensor`` row points at.

    An office's opens nothing until a second person approved it: one administrator alone never reads an office's data.
    """

    name = models.CharField(max_length=200)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    sha256 = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    scope = models.CharField(max_length=20, choices=TokenScope)
    hidden_fields = models.JSONField(default=list, blank=True, help_text="Names of fields its bearer never sees")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.CharField(max_length=200, blank=True, default="", help_text="As the audit log names them")
    approved_by = models.CharField(max_length=200, blank=True, default="")
    approved_at = models.DateTimeField(null=True, blank=True, help_text="Null: an office's key that waits")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class LoginFailure(Stamped):
    """A wrong password for a name, known or not; forgotten after the window the configuration sets."""

    username = models.CharField(max_length=150, db_index=True)

    def __str__(self) -> str:
        return self.username

"""What does the console itself keep? A person's named views of a list, and the knocks at its open pages."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from collector.console.choices import Knocking
from collector.stamped import Stamped


class SavedView(Stamped):
    """The filters, columns and order of a list that a person wants to see again, under a name of their own."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2_000, blank=True, help_text="As it stands in the URL, without the page number")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.page} {self.name}"


class Knock(Stamped):
    """That somebody without an account used an open page; forgotten after the window the configuration sets.

    ``sender`` is a keyed digest of address and day: it tells one sender from another and nobody who it was.
    """

    kind = models.CharField(max_length=10, choices=Knocking)
    sender = models.CharField(max_length=64, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "created_at"], name="knock_kind_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at}"

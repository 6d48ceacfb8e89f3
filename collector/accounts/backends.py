"""Who may log in? A person with the right password, unless the name was tried wrongly too often just now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from collector.accounts.models import LoginFailure
from collector.audit.choices import Action
from collector.audit.request import address_of
from collector.audit.services import Deed, record

_MAX_NAME_CHARS = 150


class PatientBackend(ModelBackend):
    """Django's own, behind a bound on wrong passwords per name. A locked name is not told from a wrong password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **others: Any
    ) -> User | None:
        if username is not None and is_locked(username):
            raise PermissionDenied
        return super().authenticate(request, username=username, password=password, **others)


def is_locked(username: str) -> bool:
    """Whether this name was tried wrongly as often as the configuration allows, within its window."""
    options = settings.COLLECTOR.login
    since = timezone.now() - timedelta(seconds=options.window_s)
    tried = LoginFailure.objects.filter(username=username[:_MAX_NAME_CHARS], created_at__gt=since)
    return tried.count() >= options.max_failures


@receiver(user_login_failed)
def _note_failure(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **_others: object
) -> None:
    """Remember a wrong password; what is older than the window is of no use and goes."""
    username = str(credentials.get("username", ""))[:_MAX_NAME_CHARS]
    since = timezone.now() - timedelta(seconds=settings.COLLECTOR.login.window_s)
    LoginFailure.objects.filter(created_at__lte=since).delete()
    # A locked name gets no further rows: trying on neither grows the table nor prolongs the lock.
    if not is_locked(username):
        LoginFailure.objects.create(username=username)
        _forget_oldest(settings.COLLECTOR.login.max_tracked)
        # Of names that nobody bears nothing is written: whoever invents them must not fill the audit log.
        if User.objects.filter(username=username).exists():
            record(Deed(username, Action.LOGIN_FAILED, address=address_of(request)), timezone.now())


def _forget_oldest(max_tracked: int) -> None:
    for oldest in LoginFailure.objects.order_by("-pk").values_list("pk", flat=True)[max_tracked : max_tracked + 1]:
        LoginFailure.objects.filter(pk__lte=oldest).delete()

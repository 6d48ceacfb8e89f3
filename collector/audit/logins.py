"""Who signed in, and who left? Wrong passwords are written down where they are counted (``accounts.backends``)."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from collector.audit.choices import Action
from collector.audit.request import address_of
from collector.audit.services import Deed, record


@receiver(user_logged_in)
def _entered(sender: object, request: HttpRequest | None, user: User, **_others: object) -> None:
    record(Deed(user.get_username(), Action.LOGIN, address=address_of(request)), timezone.now())


@receiver(user_logged_out)
def _left(sender: object, request: HttpRequest | None, user: User | None, **_others: object) -> None:
    if user is not None:
        record(Deed(user.get_username(), Action.LOGOUT, address=address_of(request)), timezone.now())

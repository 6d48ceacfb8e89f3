"""Is this person at the keyboard who they say, and may they decide on keys? Password, time code, and their role."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.utils import timezone

from collector.accounts.factor import device_of, proves
from collector.accounts.models import Office
from collector.accounts.scope import Capability, offices_of
from collector.faults import CollectorError


def prove_security_admin(name: str, office: Office | None, ask: Callable[[str], str]) -> None:
    """Ask for password, and time code where there is a device. Raises ``CollectorError`` unless ``name`` is a
    security administrator over ``office``; what was wrong is not told apart."""
    user = authenticate(username=name, password=ask("password"))
    if not isinstance(user, User) or not _proves(user, ask) or not _guards(user, office):
        raise CollectorError(
            f"user {name[:150]}: is no security administrator of that office, or password or code is wrong; try again",
            f"用户 {name[:150]}：不是该单位的安全管理员，或密码、动态口令有误；请重试",
        )


def _proves(user: User, ask: Callable[[str], str]) -> bool:
    device = device_of(user)
    return device is None or proves(device, ask("time code"))


def _guards(user: User, office: Office | None) -> bool:
    kept = offices_of(user, Capability.SECURITY, timezone.now())
    return office is not None and kept.filter(pk=office.pk).exists()

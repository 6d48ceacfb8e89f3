"""How does a second factor live? A secret of TOTP (RFC 6238), good once a person proved to have it."""

from __future__ import annotations

import base64

from django.contrib.auth.models import User
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

_NAME = "app"


def device_of(user: User) -> TOTPDevice | None:
    """The person's proven device, None without one."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def pending_device(user: User) -> TOTPDevice:
    """The device that is being set up; made when there is none."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": _NAME})
    return device


@transaction.atomic
def confirm(device: TOTPDevice, code: str) -> bool:
    """Make a device count, and end its predecessors, if the code proves that the person holds the secret."""
    if not proves(device, code):
        return False
    TOTPDevice.objects.filter(user=device.user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    return True


def remove(user: User) -> int:
    """Take a person's devices away, as when a telephone was lost; answers how many."""
    count: int = TOTPDevice.objects.filter(user=user).delete()[0]
    return count


@transaction.atomic
def proves(device: TOTPDevice, code: str) -> bool:
    """Whether the code is right, was not used before, and was not tried wrongly too often just now."""
    held: TOTPDevice = TOTPDevice.objects.select_for_update().get(pk=device.pk)
    allowed, _ = held.verify_is_allowed()
    return bool(allowed and held.verify_token(code.strip().replace(" ", "")))


def shown_secret(device: TOTPDevice) -> str:
    """The secret as apps ask for it: base32, in groups of four."""
    text = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))

"""What is asked at the door? Name, password, and the time code of whoever has a second factor."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django_otp.models import Device

from collector.accounts.factor import device_of, proves
from collector.text import bilingual


class SignInForm(AuthenticationForm):
    """Django's own, with a time code. A wrong code counts as a wrong password, and is not told from one."""

    code = forms.CharField(required=False, max_length=12, label=bilingual("动态口令", "Time code"))

    def clean(self) -> dict[str, Any]:
        """The cleaned fields; raises ``ValidationError`` on a wrong password or code."""
        cleaned = super().clean()
        user = self.get_user()
        device = device_of(user) if user else None
        if device is not None and user is not None:
            self._check(user, device, cleaned.get("code") or "")
        return cleaned

    def _check(self, user: User, device: Device, code: str) -> None:
        # Whoever forgot the code has not guessed one: no wait is put on the device for it.
        if not code.strip():
            raise self.get_invalid_login_error()
        if not proves(device, code):
            credentials = {"username": user.get_username()}
            user_login_failed.send(sender=__name__, credentials=credentials, request=self.request)
            raise self.get_invalid_login_error()
        # django-otp keeps it with the session when the login itself follows.
        user.otp_device = device  # type: ignore[attr-defined]

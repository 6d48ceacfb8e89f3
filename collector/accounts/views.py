"""How does a person set a password, and a second factor? Both alone: nobody else ever knows them."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import login

from collector.accounts.factor import confirm, device_of, pending_device, shown_secret
from collector.audit.choices import Action
from collector.audit.request import address_of
from collector.audit.services import Deed, record

_TEMPLATE = "accounts/set_password.html"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up a device. Whoever has one proves it first: only its holder replaces it."""
    user = cast(User, request.user)
    if device_of(user) is not None and not user.is_verified():  # type: ignore[attr-defined]  # set by OTPMiddleware
        return redirect("console:logout")
    device = pending_device(user)
    failed = False
    if request.method == "POST":
        if confirm(device, request.POST.get("code", "")):
            login(request, device)
            return redirect("console:overview")
        failed = True
    context = {"secret": shown_secret(device), "link": device.config_url, "failed": failed}
    return render(request, "accounts/second_factor.html", context)


class Welcome(PasswordResetConfirmView):
    """Where a sign-in link leads: its bearer sets the password, once."""

    template_name = _TEMPLATE
    success_url = "/login/"

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """Keep the password, and that it was set."""
        _note(self.request, form.user)
        return super().form_valid(form)


class NewPassword(PasswordChangeView):
    """Where a signed-in person changes the password, proving the present one."""

    template_name = _TEMPLATE
    success_url = "/"

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Keep the password, and that it was changed."""
        _note(self.request, form.user)
        return super().form_valid(form)


def _note(request: HttpRequest, user: User) -> None:
    record(Deed(user.get_username(), Action.CHANGE, "password", address=address_of(request)), timezone.now())

"""How does a person set up a second factor? The secret is shown, and one code of it is asked back."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import login

from collector.accounts.factor import confirm, device_of, pending_device, shown_secret


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

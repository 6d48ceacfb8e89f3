"""What stands before every page? A strict content security policy, and the second factor where it is required."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: one strict policy on every response that does not bring its own."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    return respond


_BEFORE_THE_SECOND = frozenset({"second-factor", "logout", "language", "login", "welcome"})
"""Pages that a person reaches on a password alone."""


def second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: where it is required, a person without a proven second factor is led to the page that sets it up."""

    def respond(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def look(
        request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        required = settings.COLLECTOR.login.second_factor == "required"
        match = request.resolver_match
        if not required or match is None or match.url_name in _BEFORE_THE_SECOND or not request.user.is_authenticated:
            return None
        is_verified = request.user.is_verified()  # type: ignore[attr-defined]  # set by OTPMiddleware
        return None if is_verified else redirect("accounts:second-factor")

    respond.process_view = look  # type: ignore[attr-defined]  # Django looks for it on the middleware
    return respond

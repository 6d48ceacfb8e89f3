"""Which requests are deeds? Those of a person or an office, written down before the answer leaves."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from collector.audit.choices import Action
from collector.audit.services import Deed, record

_QUIET = frozenset({"language", "login", "logout", "openapi-json", "openapi-view"})
"""Routes that show nobody's data; signing in and out have entries of their own."""
_REFUSALS = frozenset({403, 404})
_ACTIONS = {"GET": Action.LOOK, "HEAD": Action.LOOK}


def write_down_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what was asked, by whom, and that it was refused where it was. An answer leaves after its entry."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        deed = _deed(request, response)
        if deed is not None:
            record(deed, timezone.now())
        return response

    return respond


def actor_of(request: HttpRequest) -> tuple[str, str]:
    """Name of whoever asks, and of their office; both "" for a stranger and for a sensor."""
    token = getattr(request, "office_token", None)
    if token is not None:
        return f"token:{token.prefix}", str(token.office)
    user = getattr(request, "user", None)
    return (user.get_username(), "") if user is not None and user.is_authenticated else ("", "")


def address_of(request: HttpRequest | None) -> str | None:
    """Where a request came from: behind a trusted proxy, what the proxy itself appended."""
    if request is None:
        return None
    text = request.META.get("REMOTE_ADDR", "")
    if settings.COLLECTOR.behind_proxy:
        text = request.META.get("HTTP_X_FORWARDED_FOR", text).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _deed(request: HttpRequest, response: HttpResponse) -> Deed | None:
    match = request.resolver_match
    actor, office = actor_of(request)
    if not actor or match is None or match.url_name in _QUIET:
        return None
    if response.status_code in _REFUSALS:
        action = Action.REFUSED
    elif response.status_code >= 400:
        return None
    else:
        action = _ACTIONS.get(request.method or "", Action.CHANGE)
        # What leaves as a file is out of the system's hands: the log tells it from a look.
        action = Action.EXPORT if response.get("Content-Disposition", "").startswith("attachment") else action
    objects = ",".join(str(value) for value in match.kwargs.values())
    asked = {"method": request.method or "", "path": request.get_full_path(), "status": str(response.status_code)}
    return Deed(actor, action, match.view_name, objects, office, address_of(request), detail=asked)

"""Who gets at a page? Signed-in persons with the right it needs; nothing of it stays in a browser's cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from collector.console.scope import Viewer, viewer_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
_KEPT = "_console_viewer"


def page(*methods: str) -> Callable[[View[P]], View[P]]:
    """Decorator: a page for signed-in persons that answers ``methods``."""

    def dress(view: View[P]) -> View[P]:
        return never_cache(_signed_in(require_http_methods(list(methods))(view)))

    return dress


def open_page(*methods: str) -> Callable[[View[P]], View[P]]:
    """Decorator: a page for anybody, signed in or not, that answers ``methods``."""

    def dress(view: View[P]) -> View[P]:
        return never_cache(require_http_methods(list(methods))(view))

    return dress


def viewer(request: HttpRequest) -> Viewer:
    """The person's rights, read once per request."""
    known = getattr(request, _KEPT, None)
    if known is None:
        known = viewer_of(user(request))
        setattr(request, _KEPT, known)
    return cast(Viewer, known)


def user(request: HttpRequest) -> User:
    """The signed-in person."""
    return cast(User, request.user)


def need(granted: object) -> None:
    """Raise ``PermissionDenied`` unless the right is there."""
    if not granted:
        raise PermissionDenied


def _signed_in(view: View[P]) -> View[P]:
    """As ``login_required``; who signed out meanwhile gets the whole page anew, not a sign-in form among the rows."""

    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if getattr(request, "htmx", False) and not request.user.is_authenticated:
            return HttpResponseClientRefresh()
        return login_required(view)(request, *args, **kwargs)

    return wraps(view)(answer)

"""Who calls for an office? The bearer of one of its tokens."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from collector.accounts.choices import TokenScope
from collector.accounts.models import ApiToken, Office
from collector.accounts.services import find_token
from collector.faults import ApiError


class OfficeToken(HttpBearer):
    """``Authorization: Bearer <token>`` of an office; ``request.auth`` is the ``Office``."""

    def authenticate(self, request: HttpRequest, token: str) -> Office:
        row = find_token(token, TokenScope.OFFICE)
        if row is None or row.office is None:
            raise ApiError(401, "the token is unknown or revoked", "ask for a new one: collector office-token")
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=timezone.now())
        return row.office

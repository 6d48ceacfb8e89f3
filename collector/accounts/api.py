"""Who calls for an office? The bearer of one of its tokens."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from collector.accounts.choices import TokenScope
from collector.accounts.models import ApiToken, Office
from collector.accounts.scope import Capability, office_scope
from collector.accounts.services import find_token
from collector.faults import ApiError


class OfficeToken(HttpBearer):
    """``Authorization: Bearer <token>`` of an office that has ``capability``; ``request.auth`` is the ``Office``."""

    def __init__(self, capability: Capability = Capability.READ) -> None:
        super().__init__()
        self.capability = capability

    def authenticate(self, request: HttpRequest, token: str) -> Office:
        now = timezone.now()
        row = find_token(token, TokenScope.OFFICE, now)
        if row is None or row.office is None:
            raise ApiError(
                401, "the token is unknown, not approved yet, revoked or expired", "see the console's page of API keys"
            )
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
        request.office_token = row  # type: ignore[attr-defined]  # read by hidden_from and by the audit log
        # What is answered here is a division's: a unit sees its own rows alone, and has the console for that.
        if not office_scope(row.office, self.capability).roots:
            raise ApiError(
                403, f"a token of this kind of office ({row.office.kind}) does not do that", "use the console"
            )
        return row.office


def hidden_from(request: HttpRequest) -> frozenset[str]:
    """Names of the fields that the bearer of the request's token never sees."""
    token: ApiToken = request.office_token  # type: ignore[attr-defined]  # set by OfficeToken
    return frozenset(token.hidden_fields)


def without(document: dict[str, object], hidden: frozenset[str]) -> dict[str, object]:
    """A document without the hidden fields."""
    return {key: value for key, value in document.items() if key not in hidden}

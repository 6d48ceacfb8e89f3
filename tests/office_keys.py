"""How does a test get an office's API key that works? Issued by one person, approved by another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from collector.accounts.choices import TokenScope
from collector.accounts.models import ApiToken, Office
from collector.accounts.services import approve_token, issue_token


def live_key(
    name: str, office: Office, *, hidden_fields: Collection[str] = (), expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """The key's row and its text; one that is over already stays as it was issued."""
    row, text = issue_token(
        name, TokenScope.OFFICE, office, hidden_fields=hidden_fields, expires_at=expires_at, issued_by="keeper"
    )
    now = datetime.now(UTC)
    if expires_at is None or expires_at > now:
        approve_token(row, "warden", now)
        row.refresh_from_db()
    return row, text

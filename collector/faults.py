"""What can go wrong on the office's side? Faults a user can mend, and faults an API client is told."""

from __future__ import annotations

from sensor.model.errors import MinewatchError


class CollectorError(MinewatchError):
    """A command of the collector cannot do what was asked."""


class ApiError(Exception):
    """An answer other than success: HTTP status, what is wrong, and what to do."""

    def __init__(self, status: int, error: str, hint: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint

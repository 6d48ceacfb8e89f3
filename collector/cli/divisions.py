"""Which division does a command's option mean?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.accounts.scope import Scope


def division_scope(division: str) -> Scope:
    """The subtree of a division; raises ``CollectorError``."""
    from collector.accounts.scope import Scope
    from collector.registry.divisions import is_code

    if not is_code(division):
        raise CollectorError(f"--division {division}: is no division code; give six digits, like 330400")
    return Scope((division,))

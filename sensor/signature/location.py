"""Where is the signature set that comes with the program?"""

from __future__ import annotations

from pathlib import Path

from sensor.model.errors import SignatureError

_IN_PACKAGE = Path(__file__).parent / "shipped"
_IN_CHECKOUT = Path(__file__).parents[2] / "signatures"
_CONTRACT = "SPEC.md"


def shipped_folder() -> Path:
    """The folder of the shipped set: the repository's in a checkout, a copy of it in an installed package."""
    for folder in (_IN_CHECKOUT, _IN_PACKAGE):
        if (folder / _CONTRACT).is_file():
            return folder
    raise SignatureError(f"{_IN_PACKAGE}: the shipped signatures are missing; install minewatch again")

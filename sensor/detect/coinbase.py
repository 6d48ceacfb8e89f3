"""Which block does a job build? Its height stands in the coinbase transaction, of which the job bears the first half.

Sources: BIP 34 (the height is the first push of the input's script), the Bitcoin transaction format.
"""

from __future__ import annotations

import re

_FIRST_INPUT = re.compile("[0-9a-f]{2}00000001" + "00" * 32 + "ffffffff" + "[0-9a-f]{2}0([1-4])([0-9a-f]{2,8})")
"""Version, the only input, which spends nothing, the script's length, and a push of one to four bytes."""


def height_of(first_half: str) -> int | None:
    """The height that a block built from this half of a coinbase (hex digits) will have; None where none is told."""
    found = _FIRST_INPUT.match(first_half.lower())
    if found is None:
        return None
    size, digits = 2 * int(found[1]), found[2]
    height = int.from_bytes(bytes.fromhex(digits[:size]), "little") if len(digits) >= size else 0
    return height or None

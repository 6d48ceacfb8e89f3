"""How do the tests look into a bundle?"""

from __future__ import annotations

import io
import zipfile


def unzip(data: bytes) -> dict[str, bytes]:
    """Files by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}

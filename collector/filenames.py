"""Which part of an upload's name may become a file's name?"""

from __future__ import annotations

import re

MAX_NAME_BYTES = 200
_UNSAFE = re.compile(r"[^\w.()（）\- ]+")


def safe_name(name: str | None) -> str:
    """The last part of an upload's name, without what means something to a file system."""
    plain = _UNSAFE.sub("_", (name or "").replace("\\", "/").rpartition("/")[2]).strip(". ")
    return plain.encode()[-MAX_NAME_BYTES:].decode(errors="ignore").lstrip("-. ") or "file"

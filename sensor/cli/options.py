"""How is an option read that several commands take?"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from sensor.model.errors import ConfigError
from sensor.signature import Remembered, SignatureSet, load, user_file


def network(text: str) -> str:
    """A network of ``--home-net`` as canonical CIDR. Raises :class:`ConfigError`."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as fault:
        raise ConfigError(f"--home-net {text}: not a network ({fault}); write it like 192.0.2.0/24") from fault


def signature_set(folder: Path | None = None) -> SignatureSet:
    """The signatures of ``--signatures``, the shipped ones without it; texts that the user's cache knows are not
    parsed again. Raises :class:`~sensor.model.errors.SignatureError`."""
    return load(folder, remembered=Remembered(user_file(os.environ)))

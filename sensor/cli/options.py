"""How is a word of the command line read that several commands take?"""

from __future__ import annotations

import ipaddress

from sensor.model.errors import ConfigError


def network(text: str) -> str:
    """A network of ``--home-net`` as canonical CIDR. Raises :class:`ConfigError`."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as fault:
        raise ConfigError(f"--home-net {text}: not a network ({fault}); write it like 192.0.2.0/24") from fault

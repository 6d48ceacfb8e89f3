"""How often may somebody without an account knock? So often per sender and window, and so often all together."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from collector.console.choices import Knocking
from collector.console.models import Knock
from collector.lists.week import CHINA
from collector.settings.config import TipOffOptions

_IPV6_SENDER_BITS = 64
"""What one subscriber is given of IPv6."""


def is_open_to(kind: Knocking, address: str | None, options: TipOffOptions, now: datetime) -> bool:
    """Whether one more knock of this sender is within the bounds. What is older than the window is forgotten."""
    since = now - timedelta(seconds=options.window_s)
    Knock.objects.filter(created_at__lte=since).delete()
    known = Knock.objects.filter(kind=kind, created_at__gt=since)
    if known.count() >= options.max_in_all:
        return False
    return known.filter(sender=_sender(address, now)).count() < _most(kind, options)


def note(kind: Knocking, address: str | None, now: datetime) -> None:
    """Remember a knock. Refused ones are not noted: the table stays within the bound over all."""
    Knock.objects.create(kind=kind, sender=_sender(address, now))


def _most(kind: Knocking, options: TipOffOptions) -> int:
    return options.max_per_sender if kind is Knocking.TELL else options.max_wrong_codes


def _sender(address: str | None, now: datetime) -> str:
    """The same all day and meaningless without the server's key; senders without an address share one."""
    day = now.astimezone(CHINA).date().isoformat()
    return salted_hmac("minewatch.knock", f"{day} {_network(address or '')}", algorithm="sha256").hexdigest()


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = _IPV6_SENDER_BITS if ip.version == 6 else ip.max_prefixlen
    return str(ipaddress.ip_network((ip, bits), strict=False))

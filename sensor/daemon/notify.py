"""How does systemd learn that the daemon is ready, alive and ending? sd_notify(3), without a library."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Talks to the service manager if there is one; does nothing where there is none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        usec = environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / 2e6 if usec.isdecimal() and int(usec) else None
        """How often ``WATCHDOG=1`` is due (half of what the unit allows), in seconds; None without a watchdog."""

    def tell(self, state: str) -> None:
        """Send ``READY=1``, ``WATCHDOG=1``, ``STOPPING=1`` or a status; a deaf manager stops nothing."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            sock.sendto(state.encode(), self._address)

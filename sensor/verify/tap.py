"""Does a sensor listen on this host? A host of a tap never speaks to what it watches."""

from __future__ import annotations

from pathlib import Path

ETH_P_ALL = "0003"
PACKET_SOCKETS = Path("/proc/thread-self/net/packet")


def is_tap_host(table: Path = PACKET_SOCKETS) -> bool:
    """True where a packet socket takes every protocol in this network namespace (packet(7), proc_net(5)).

    A program of DHCP may hold one as well: a host that verifies has a fixed address.
    """
    try:
        rows = table.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return False
    return any(len(cells := row.split()) > 3 and cells[3] == ETH_P_ALL for row in rows)

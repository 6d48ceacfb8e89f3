"""How does a detection read as an event of CEF (revision 25), one to a syslog line?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sensor.model.wire import Detection
from sensor.version import __version__

_PRIORITY = 132
"""Facility local0 (16), severity warning (4): RFC 5424, section 6.2.1."""


def cef_lines(rows: Iterable[Detection]) -> Iterator[bytes]:
    """One syslog line (RFC 5424) to a detection."""
    return (f"{cef(row)}\n".encode() for row in rows)


def cef(row: Detection) -> str:
    """Header and extension, escaped: nothing that came from the wire ends a field or a line."""
    stamp = row.last_seen.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    host = "".join(char for char in row.sensor.id if "!" <= char <= "~")[:255] or "-"
    head = ("CEF:0", "Minewatch", "Minewatch", __version__, "T1496.001", "Cryptocurrency mining", str(row.score // 10))
    fields = {
        "rt": str(int(row.last_seen.timestamp() * 1000)),
        "start": str(int(row.first_seen.timestamp() * 1000)),
        "end": str(int(row.last_seen.timestamp() * 1000)),
        "externalId": row.event_id,
        "src": row.miner.ip,
        "spt": str(row.miner.port),
        "dst": row.pool.ip or "",
        "dpt": "" if row.pool.port is None else str(row.pool.port),
        "dhost": row.pool.domain or "",
        "proto": row.transport.l4.upper(),
        "dvchost": row.sensor.id,
        "cs1Label": "verdict",
        "cs1": row.verdict.value,
        "cs2Label": "coin",
        "cs2": row.coin or "",
        "cn1Label": "sharesSubmitted",
        "cn1": str(row.shares.submitted),
    }
    header = "|".join(_in_header(one) for one in head)
    extension = " ".join(f"{key}={_in_field(value)}" for key, value in fields.items() if value)
    return f"<{_PRIORITY}>1 {stamp} {host} minewatch - - - {header}|{extension}"


def _in_header(text: str) -> str:
    return _one_line(text.replace("\\", "\\\\").replace("|", "\\|"))


def _in_field(text: str) -> str:
    return _one_line(text.replace("\\", "\\\\").replace("=", "\\="))


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)

"""How many detections does the collector take in a second, each of them once?

Delivers batches of NDJSON to a database of its own (SQLite in a file, PostgreSQL on a server that this program starts
and stops), from the bytes of the body to the commit; every tenth row was delivered before. Commits reach the disk.
Prints a table and writes JSON. Ends with status 1 where a rate lies below its floor, unless ``--no-floor``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

FLOORS_PER_S = {"sqlite": 2_000, "postgresql": 5_000}
START = datetime(2026, 11, 16, tzinfo=UTC)
REPEATED_EVERY = 10


@dataclass(frozen=True)
class Measure:
    """One database's figures, of one process that delivers."""

    database: str
    rows: int
    stored: int
    duplicates: int
    batch_rows: int
    body_bytes_per_row: int
    rows_per_s: int
    rows_per_cpu_s: int
    """Of this process and the database's together: what a busy machine's figure would be on a quiet one."""


def line(number: int) -> str:
    """One closed session as a sensor states it, with two pieces of evidence."""
    from sensor.model.wire import Detection, digest_id

    seen = START + timedelta(milliseconds=37 * number)
    evidence = [
        {"signature": name, "revision": 1, "class": "protocol", "at": seen, "excerpt": '{"id":1,"method":"' + name}
        for name in ("mining.subscribe", "mining.authorize")
    ]
    document = {
        "detection_id": digest_id("bench", number),
        "event_id": digest_id("bench-event", number),
        "sensor": {"id": "bench", "site": "egress"},
        "state": "closed",
        "first_seen": seen,
        "last_seen": seen + timedelta(minutes=5),
        "miner": {"ip": f"36.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", "port": 1024 + number % 60_000},
        "pool": {"ip": "198.51.100.9", "port": 3333, "domain": "pool.example.org"},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "coin": "BTC",
        "account": f"account{number % 997}",
        "workers": [f"rig{number % 31}"],
        "agents": ["cgminer/4.10.0"],
        "shares": {"submitted": 60, "accepted": 59, "rejected": 1},
        "verdict": "confirmed",
        "score": 95,
        "evidence": evidence,
    }
    return Detection.model_validate(document).to_json()


def bodies(rows: int, batch_rows: int) -> list[bytes]:
    """The deliveries; a tenth of every one but the first was in the one before."""
    made, first = [], 0
    while first < rows:
        again = batch_rows // REPEATED_EVERY if first else 0
        made.append("\n".join(line(number) for number in range(first - again, first + batch_rows - again)).encode())
        first += batch_rows - again
    return made


def measure(name: str, rows: int, batch_rows: int) -> Measure:
    """Deliver to the empty, migrated database that Django stands on."""
    from django.db import connection
    from django.utils import timezone
    from office import _cpu_s

    from collector.ingest.models import Detection, Sensor
    from collector.ingest.services import enroll_sensor, receive
    from collector.settings.config import IngestOptions

    enroll_sensor("bench", "330402", timezone.now(), rotate=False)
    sensor, options = Sensor.objects.get(), IngestOptions()
    waiting = bodies(rows, batch_rows)
    receive(sensor, line(rows * 2).encode(), timezone.now(), options)
    cpu_before, began = _cpu_s(connection), time.perf_counter()
    receipts = [receive(sensor, body, timezone.now(), options) for body in waiting]
    spent_s, cpu_s = time.perf_counter() - began, _cpu_s(connection) - cpu_before
    sent = sum(one.accepted + one.duplicates + len(one.rejected) for one in receipts)
    stored, duplicates = sum(one.accepted for one in receipts), sum(one.duplicates for one in receipts)
    if Detection.objects.count() != stored + 1:
        sys.exit(f"{Detection.objects.count()} rows in the database, {stored + 1} in the receipts")
    size = sum(map(len, waiting)) // sent
    return Measure(name, sent, stored, duplicates, batch_rows, size, round(sent / spent_s), round(sent / cpu_s))


def main() -> int:
    """Measure one database; both are two runs, for Django knows one at a time."""
    from office import _on_sqlite, _start_django

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=tuple(FLOORS_PER_S), default="sqlite")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--batch", type=int, default=500, help="rows of one delivery; 500 is a sensor's default")
    parser.add_argument("--no-floor", action="store_true")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minewatch-ingest-")))
        _start_django(_on_sqlite(folder) if options.database == "sqlite" else _on_durable_postgres(stack))
        result = measure(options.database, options.rows, options.batch)
        from django.db import connection

        connection.close()
    for key, value in asdict(result).items():
        sys.stdout.write(f"{key:>22}: {value:,}\n" if isinstance(value, int) else f"{key:>22}: {value}\n")
    if options.output:
        options.output.write_text(json.dumps(asdict(result), indent=1), "utf-8")
    return int(not options.no_floor and result.rows_per_s < FLOORS_PER_S[options.database])


def _on_durable_postgres(stack: ExitStack) -> dict[str, object]:
    """A server whose commits reach the disk, as an office's would."""
    from postgres_server import USER, binaries, running_server

    from collector.settings.base import POSTGRES_OPTIONS

    folder = binaries()
    if folder is None:
        sys.exit("no PostgreSQL server: install the package postgresql, or leave --database postgresql out")
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    server = stack.enter_context(running_server(folder, **durable))
    where = {"NAME": "postgres", "USER": USER, "HOST": str(server.socket_dir), "OPTIONS": POSTGRES_OPTIONS}
    return {"ENGINE": "django.db.backends.postgresql", **where}


if __name__ == "__main__":
    sys.exit(main())

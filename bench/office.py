"""How many as-of lookups does attribution make in a second, over how many records?

Builds a line ledger and CGN port blocks in a database of its own (SQLite in a file, PostgreSQL on a server that this
program starts and stops), asks for addresses, ports and times drawn with a seed, prints a table and writes JSON. Ends
with status 1 where a rate lies below its floor, unless ``--no-floor``.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

FLOOR_PER_S = 20_000
SEED = 7
BLOCK_PORTS = 512
FIRST_PORT = 1024
BLOCKS_PER_ADDRESS = (65536 - FIRST_PORT) // BLOCK_PORTS
LEASES_PER_BLOCK = 8
START = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = timedelta(days=7)
PREFIXES = (32, 32, 32, 32, 30, 29, 29, 28, 27, 26, 24)
LEDGER_BASE = int(ipaddress.IPv4Address("36.0.0.0"))
CGN_BASE = int(ipaddress.IPv4Address("112.0.0.0"))
COLUMNS = (
    "created_at",
    "source",
    "row_no",
    "network",
    "ip_lo",
    "ip_hi",
    "span_bits",
    "realm",
    "port_lo",
    "port_hi",
    "valid_from",
    "valid_to",
    "subscriber",
    "unit_name",
    "uscc",
    "address",
    "division_code",
    "raw",
)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Measure:
    """One database's figures. Rates are per second, of one process."""

    database: str
    ledger_rows: int
    port_block_rows: int
    load_s: float
    lookups: int
    hits: int
    lookups_per_s: float
    lookups_per_cpu_s: float
    """Of this process and the database's together: what a busy machine's figure would be on a quiet one."""
    judgements_per_s: float
    single_ms: float
    """One question alone, as the console puts it: mean over a hundred."""


def ledger_rows(count: int) -> Iterator[tuple[Row, int, int]]:
    """Static lines of every usual size, side by side; with their first address and size."""
    at = LEDGER_BASE
    for number in range(count):
        size = 1 << (32 - PREFIXES[number % len(PREFIXES)])
        at = -(-at // size) * size
        yield _row("line-ledger", number, at, size, (None, None), (START - 52 * WEEK, None), f"单位{number}"), at, size
        at += size


def port_rows(count: int) -> Iterator[Row]:
    """Port blocks given out again and again over a week, each time to another account."""
    lease = WEEK / LEASES_PER_BLOCK
    for number in range(count):
        address, rest = divmod(number, BLOCKS_PER_ADDRESS * LEASES_PER_BLOCK)
        block, turn = divmod(rest, LEASES_PER_BLOCK)
        first = FIRST_PORT + block * BLOCK_PORTS
        times = (START + turn * lease, START + (turn + 1) * lease)
        yield _row("cgn", number, CGN_BASE + address, 1, (first, first + BLOCK_PORTS - 1), times, "")


def _row(
    source: str, number: int, at: int, size: int, ports: tuple[Any, Any], times: tuple[Any, Any], unit: str
) -> Row:
    low, high = ((address | 0xFFFF << 32).to_bytes(16) for address in (at, at + size - 1))
    bits = (size - 1).bit_length()
    network = f"{ipaddress.IPv4Address(at)}/{32 - bits}"
    holder = ("", unit, "", "中山东路1号", "330402") if unit else (f"jx{number % 200_003:06d}", "", "", "", "")
    return (START, source, number, network, low, high, bits, "", *ports, *times, *holder, "{}")


def questions(ledger: int, ports: int, count: int) -> list[Any]:
    """Half of them lines, half of them NATed (where there are port blocks), one in ten unknown to both."""
    from collector.resolve.holding import Question

    draw = random.Random(SEED)
    lines = [(at, size) for _, at, size in ledger_rows(ledger)]
    addresses = max(1, ports // (BLOCKS_PER_ADDRESS * LEASES_PER_BLOCK))
    asked = []
    for number in range(count):
        at, size = lines[draw.randrange(len(lines))]
        address = at + draw.randrange(size)
        if ports and number % 2:
            address = CGN_BASE + draw.randrange(addresses)
        if number % 10 == 9:
            address = int(ipaddress.IPv4Address("8.0.0.0")) + draw.randrange(1 << 20)
        first = START + WEEK * draw.random()
        key = (address | 0xFFFF << 32).to_bytes(16)
        port = draw.randrange(FIRST_PORT, 65536)
        asked.append(Question(key, frozenset({port}), first, first + timedelta(seconds=60), timedelta(seconds=5)))
    return asked


def measure(name: str, ledger: int, ports: int, lookups: int, batch: int) -> Measure:
    """Build and ask; Django stands on an empty, migrated database."""
    from django.db import connection

    from collector.resolve.claims import Registry
    from collector.resolve.options import ResolveOptions
    from collector.resolve.services import judge

    began = time.perf_counter()
    _load(connection, ledger, ports)
    load_s = time.perf_counter() - began
    asked = questions(ledger, ports, lookups)
    registry = Registry(ResolveOptions())
    registry.claims(asked[:batch])
    told: list[Any] = []
    before = _cpu_s(connection)
    lookup_s = _timed(lambda: _ask(registry, asked, batch, told))
    cpu_s = _cpu_s(connection) - before
    options = registry.options
    judge_s = _timed(lambda: [judge(question, claims, options) for question, claims in zip(asked, told, strict=True)])
    single_s = _timed(lambda: [registry.claims([question]) for question in asked[:100]])
    hits = sum(bool(claims) for claims in told)
    rates = (
        round(lookups / lookup_s),
        round(lookups / cpu_s),
        round(lookups / (lookup_s + judge_s)),
        round(single_s * 10, 3),
    )
    return Measure(name, ledger, ports, round(load_s, 1), lookups, hits, *rates)


def _ask(registry: Any, asked: list[Any], batch: int, told: list[Any]) -> None:
    for at in range(0, len(asked), batch):
        told.extend(registry.claims(asked[at : at + batch]))


def _cpu_s(connection: Any) -> float:
    """Seconds of processor time of this process, and of the server's process that works for it."""
    if connection.vendor != "postgresql":
        return time.process_time()
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _load(connection: Any, ledger: int, ports: int) -> None:
    rows = (row for source in ((row for row, _, _ in ledger_rows(ledger)), port_rows(ports)) for row in source)
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        _copy(connection.connection, rows)
        return
    names, marks = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
    connection.connection.execute("BEGIN")
    insert = f"INSERT INTO registry_ownershiprecord ({names}) VALUES ({marks})"
    connection.connection.executemany(insert, (_for_sqlite(row) for row in rows))
    connection.connection.execute("COMMIT")
    connection.connection.execute("ANALYZE")


def _for_sqlite(row: Row) -> Row:
    return tuple(str(cell.replace(tzinfo=None)) if isinstance(cell, datetime) else cell for cell in row)


def _copy(raw: Any, rows: Iterator[Row]) -> None:
    """COPY without indexes, then the indexes: ten million rows in minutes instead of an hour."""
    table = "registry_ownershiprecord"
    with raw.cursor() as cursor:
        cursor.execute(
            f"SELECT indexdef, indexname FROM pg_indexes WHERE tablename = '{table}' AND indexname LIKE 'own%'"
        )
        indexes = cursor.fetchall()
        for _, name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        with cursor.copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        for definition, _ in indexes:
            cursor.execute(definition)
        cursor.execute(f"VACUUM ANALYZE {table}")


def _on_sqlite(folder: Path) -> dict[str, Any]:
    from collector.settings.base import SQLITE_OPTIONS

    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "office.sqlite3"), "OPTIONS": SQLITE_OPTIONS}


def _on_postgres(stack: ExitStack) -> dict[str, Any]:
    from postgres_server import USER, binaries, running_server

    from collector.settings.base import POSTGRES_OPTIONS

    folder = binaries()
    if folder is None:
        sys.exit("no PostgreSQL server: install the package postgresql, or leave --database postgresql out")
    server = stack.enter_context(
        running_server(folder, shared_buffers="1GB", maintenance_work_mem="512MB", max_wal_size="8GB")
    )
    where = {"NAME": "postgres", "USER": USER, "HOST": str(server.socket_dir), "OPTIONS": POSTGRES_OPTIONS}
    return {"ENGINE": "django.db.backends.postgresql", **where}


def _start_django(database: dict[str, Any]) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    os.environ["DJANGO_SETTINGS_MODULE"] = "collector.settings.testing"
    settings.DATABASES["default"] = database
    django.setup()
    call_command("migrate", verbosity=0)


def main() -> int:
    """Measure one database; both are two runs, for Django knows one at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--ledger", type=int, default=1_000_000, help="line-ledger rows")
    parser.add_argument(
        "--ports", type=int, default=None, help="port-block rows; default 10 M on PostgreSQL, 0 on SQLite"
    )
    parser.add_argument("--lookups", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=1_000, help="questions asked at once")
    parser.add_argument("--no-floor", action="store_true")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    default_ports = 10_000_000 if options.database == "postgresql" else 0
    ports = default_ports if options.ports is None else options.ports
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minewatch-office-")))
        _start_django(_on_sqlite(folder) if options.database == "sqlite" else _on_postgres(stack))
        result = measure(options.database, options.ledger, ports, options.lookups, options.batch)
        from django.db import connection

        connection.close()
    for key, value in asdict(result).items():
        sys.stdout.write(f"{key:>22}: {value:,}\n" if isinstance(value, int) else f"{key:>22}: {value}\n")
    if options.output:
        options.output.write_text(json.dumps(asdict(result), indent=1), "utf-8")
    return int(not options.no_floor and result.lookups_per_s < FLOOR_PER_S)


if __name__ == "__main__":
    sys.exit(main())

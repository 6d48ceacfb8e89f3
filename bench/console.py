"""How long does each page of the console take with 100 000 leads and 10 000 cases, and how much does it ask and send?

Builds half a year of a province on a PostgreSQL server that this program starts and stops, freezes lists, asks for
traces, and puts every question of ``tests/console_views.py`` to every page as province, city, county and carrier.
Ends with status 1 where a page is over its budget in ``budgets.json``, unless ``--no-budget``.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

_HOST = "testserver"


@dataclass(frozen=True)
class Measure:
    """One question of one person. Times are of the whole request; ``cpu_ms``: this process, the server, its helpers."""

    view: str
    who: str
    path: str
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    queries: int
    html_bytes: int


def build(leads: int, now: datetime) -> None:
    """The province, and what two weeks' work leaves on its desk."""
    import province
    import province_desk
    from console_views import PEOPLE
    from console_world import sign_up

    province.found(now)
    for person in PEOPLE.values():
        sign_up(person)
    province.add(leads, now)
    province_desk.pile(leads, now)
    province_desk.work(now, weeks=2)
    _vacuum()


def _vacuum() -> None:
    """What the server does by itself, a minute later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(now: datetime, runs: int, only: Sequence[str] = ()) -> list[Measure]:
    """Every question, ``runs`` times after one that warms up; in the order of the table."""
    from console_views import ASKS, PEOPLE, names_of
    from django.contrib.auth.models import User
    from django.test import Client

    names = {name: quote(text) for name, text in names_of(now).items()}
    clients = {"stranger": Client()}
    for who, person in PEOPLE.items():
        clients[who] = Client()
        clients[who].force_login(User.objects.get(username=person.name))
    # What the builder left in this process is no server's to walk through.
    gc.collect()
    gc.freeze()
    chosen = [ask for ask in ASKS if not only or ask.view in only]
    return [_asked(clients[who], ask.view, who, ask.path.format(**names), runs) for ask in chosen for who in ask.people]


def _asked(client: Any, view: str, who: str, path: str, runs: int) -> Measure:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path, headers={"host": _HOST})
    queries = len(asked)
    if answer.status_code not in (200, 302):
        sys.exit(f"{path} as {who}: {answer.status_code}")
    spent, cpu = [], _cpu_s(connection)
    for _ in range(runs):
        began = time.perf_counter()
        client.get(path, headers={"host": _HOST})
        spent.append(1000 * (time.perf_counter() - began))
    cpu_ms = 1000 * (_cpu_s(connection) - cpu) / runs
    times = (round(statistics.median(spent), 1), round(_p95(spent), 1), round(cpu_ms, 1))
    return Measure(view, who, path, *times, queries, len(answer.content))


def _cpu_s(connection: Any) -> float:
    """Seconds of processor time of this process, of the server's that works for it, and of its helpers that ended."""
    own = _fields(connection.connection.info.backend_pid)
    helpers = _fields(int(own[1]))[13:15]
    return time.process_time() + sum(map(int, [*own[11:13], *helpers])) / os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on (proc(5), ``stat``)."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()


def _p95(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]


def over_budget(measures: Sequence[Measure], *, by_cpu: bool) -> list[str]:
    """What is over its budget. ``by_cpu``: by processor time, on a machine that has other work."""
    budgets = json.loads((ROOT / "bench" / "budgets.json").read_text("utf-8"))["console"]
    told = []
    for one in measures:
        spent_ms = one.cpu_ms if by_cpu else one.p95_ms
        found = (
            ("ms", spent_ms, budgets["p95_ms"]),
            ("queries", one.queries, budgets["queries"].get(one.view, 0)),
            ("bytes", one.html_bytes, budgets["html_bytes"]),
        )
        told += [
            f"{one.path} as {one.who}: {is_now} {unit}, at most {most}" for unit, is_now, most in found if is_now > most
        ]
    return told


def _told(measures: Sequence[Measure]) -> None:
    """The slowest question of each page, and the figures over all of them."""
    sys.stdout.write(f"{'page':>12} {'p50 ms':>8} {'p95 ms':>8} {'cpu ms':>8} {'queries':>8} {'bytes':>8}  slowest\n")
    for view in dict.fromkeys(one.view for one in measures):
        ours = [one for one in measures if one.view == view]
        slowest = max(ours, key=lambda one: one.cpu_ms)
        most = (max(one.queries for one in ours), max(one.html_bytes for one in ours))
        p50, p95 = statistics.median(one.p50_ms for one in ours), max(one.p95_ms for one in ours)
        sys.stdout.write(f"{view:>12} {p50:8.1f} {p95:8.1f} {slowest.cpu_ms:8.1f} {most[0]:8} {most[1]:8}  ")
        sys.stdout.write(f"{slowest.path} ({slowest.who})\n")
    every = [one.p95_ms for one in measures]
    sys.stdout.write(f"{len(measures)} questions: p95 of all {_p95(every):.1f} ms\n")


def explain(client_path: str, person: str) -> None:
    """EXPLAIN ANALYZE of every statement that takes 20 ms or more."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(User.objects.get(username=person))
    with CaptureQueriesContext(connection) as asked:
        client.get(client_path, headers={"host": _HOST})
    for one in asked.captured_queries:
        if float(one["time"]) < 0.02 or not one["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {one['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        sys.stdout.write(f"\n{client_path} as {person}: {one['time']} s\n{one['sql'][:1500]}\n{plan}\n")


def main() -> int:
    """Build, measure, judge."""
    from office import _on_postgres, _start_django

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=(), help="names of pages")
    parser.add_argument("--by-cpu", action="store_true", help="judge processor time: for a machine with other work")
    parser.add_argument("--explain", action="store_true", help="plans of the slow statements of every page over time")
    parser.add_argument("--no-budget", action="store_true")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        _start_django(_on_postgres(stack))
        return _judged(options)


def _judged(options: argparse.Namespace) -> int:
    from django.db import connection

    now = datetime.now(UTC)
    build(options.leads, now)
    measures = measure(now, options.runs, options.only)
    _told(measures)
    broken = over_budget(measures, by_cpu=options.by_cpu)
    for line in broken:
        sys.stdout.write(f"{line}\n")
    if options.explain:
        for one in measures:
            if one.p95_ms > 100:
                explain(one.path, one.who)
    if options.output:
        options.output.write_text(json.dumps([asdict(one) for one in measures], indent=1, ensure_ascii=False), "utf-8")
    connection.close()
    return int(bool(broken) and not options.no_budget)


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    sys.exit(main())

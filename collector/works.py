"""Which work recurs, how often, and what does it do?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from collector.cases.services import update_leads
from collector.chain import verify_all
from collector.jobs.queue import Work, ask_recurring
from collector.lists.week import CHINA
from collector.power.intake import JUDGE
from collector.power.weeks import judge_stale
from collector.resolve.services import RESOLVE, resolve_pending
from collector.retention import purge_all
from collector.selfaudit.services import look_at_next
from collector.watch.services import verify_servers, watch_pools


def resolve(now: datetime) -> str:
    """Attribute what came in, and put it with leads."""
    summary = resolve_pending(None)
    return f"{summary.looked_at} sessions, {summary.written} answers, {update_leads()} placed"


def purge(now: datetime) -> str:
    """Take away what is older than its term."""
    done = list(purge_all(settings.COLLECTOR.retention, "worker", now))
    return ", ".join(f"{one.name} {one.rows}" for one in done)


def verify(now: datetime) -> str:
    """Walk the hash-chained logs; raises ``RuntimeError`` on a break, so that the job fails and shows."""
    told = verify_all()
    broken = [f"{name} {one.seq}: {one.what}" for name, verdict in told.items() for one in verdict.breaks]
    if broken:
        raise RuntimeError("; ".join(broken))
    return ", ".join(f"{name} {verdict.rows}" for name, verdict in told.items())


_MIDNIGHT = datetime(2000, 1, 1, tzinfo=CHINA)
WORKS: Mapping[str, Work] = {
    RESOLVE: resolve,
    JUDGE: judge_stale,
    "purge": purge,
    "verify": verify,
    "self-audit": look_at_next,
    "watch": watch_pools,
    "verify-servers": verify_servers,
}
EVERY: Mapping[str, timedelta] = {
    RESOLVE: timedelta(minutes=5),
    JUDGE: timedelta(hours=1),
    "purge": timedelta(days=1),
    "verify": timedelta(days=1),
    "watch": timedelta(minutes=15),
    "verify-servers": timedelta(hours=1),
}


def plan(now: datetime) -> int:
    """Ask for whatever is due again; answers how many jobs that were. Any number of workers may do so."""
    return ask_recurring({kind: _slot(now, every) for kind, every in EVERY.items()})


def _slot(now: datetime, every: timedelta) -> datetime:
    """When the turn began that a moment lies in; the turns of a day begin at midnight in China, when offices sleep."""
    return now - (now - _MIDNIGHT) % every

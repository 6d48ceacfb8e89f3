"""How does a job find one worker, and one only, though workers die? By a row lock at the taking, and a lease."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from collector.jobs.models import Job, JobState

Work = Callable[[datetime], str]
"""Does the work as of a moment and says what it did. Must be safe to run again after a fall."""
LEASE = timedelta(minutes=30)
RETRY = timedelta(minutes=1)
MAX_ATTEMPTS = 5
MAX_KEPT = 10_000


def ask(kind: str, due_at: datetime) -> bool:
    """Put a job in, unless one of its kind waits already; answers whether it did."""
    before = Job.objects.filter(kind=kind, state=JobState.WAITING).exists()
    Job.objects.bulk_create([Job(kind=kind, due_at=due_at)], ignore_conflicts=True)
    return not before


def ask_recurring(slots: Mapping[str, datetime]) -> int:
    """Put in what has not had its turn in its slot, by kind; answers how many that were.

    The constraint on slots decides: workers that plan at one moment, one of them done already, put nothing in twice.
    """
    had = set(Job.objects.filter(slot__in=set(slots.values())).values_list("kind", "slot"))
    rows = [Job(kind=kind, due_at=slot, slot=slot) for kind, slot in slots.items() if (kind, slot) not in had]
    Job.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def done_since(kind: str) -> datetime | None:
    """What was there at this moment has been worked on: the newest job of a kind that is done began no sooner."""
    done = Job.objects.filter(kind=kind, state=JobState.DONE)
    return done.order_by("-pk").values_list("due_at", flat=True).first()


def take(now: datetime) -> Job | None:
    """The oldest job that is due, leased to the caller; None when there is none."""
    free = Q(state=JobState.WAITING, due_at__lte=now) | Q(state=JobState.RUNNING, leased_until__lt=now)
    with transaction.atomic():
        rows = Job.objects.filter(free).order_by("due_at", "pk")
        # SQLite has one writer at a time, and needs no more.
        skips = connection.features.has_select_for_update_skip_locked
        job = rows.select_for_update(skip_locked=True).first() if skips else rows.first()
        if job is None:
            return None
        job.state, job.leased_until, job.attempts = JobState.RUNNING, now + LEASE, job.attempts + 1
        job.save(update_fields=["state", "leased_until", "attempts"])
    return job


def finish(job: Job, said: str, now: datetime) -> None:
    """The job is done, unless its lease was over and another has taken it."""
    _end(job, now, state=JobState.DONE, ended_at=now, said=said[:500])
    for oldest in (
        Job.objects.filter(ended_at__isnull=False).order_by("-pk").values_list("pk", flat=True)[MAX_KEPT:][:1]
    ):
        Job.objects.filter(ended_at__isnull=False, pk__lte=oldest).delete()


def fail(job: Job, said: str, now: datetime) -> None:
    """Have the job tried again later, or give it up."""
    if job.attempts >= MAX_ATTEMPTS or Job.objects.filter(kind=job.kind, state=JobState.WAITING).exists():
        _end(job, now, state=JobState.FAILED, ended_at=now, said=said[:500])
        return
    wait = RETRY * 2 ** (job.attempts - 1)
    _end(job, now, state=JobState.WAITING, due_at=now + wait, leased_until=None, said=said[:500])


def run_one(works: Mapping[str, Work], now: Callable[[], datetime]) -> Job | None:
    """Take one job and do it; None when nothing is due. A fault of the work stays with the job."""
    job = take(now())
    if job is None:
        return None
    work = works.get(job.kind)
    if work is None:
        fail(job, f"no worker of this release knows the kind {job.kind}", now())
        return job
    try:
        said = work(now())
    except Exception as fault:
        # Whatever it was: the worker goes on with other jobs, and this one says why it did not.
        fail(job, f"{type(fault).__name__}: {fault}", now())
    else:
        finish(job, said, now())
    job.refresh_from_db()
    return job


def _end(job: Job, now: datetime, **values: object) -> None:
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts).update(**values)

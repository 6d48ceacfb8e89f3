"""Is each job done by one worker, again when that one died, and given up when it cannot be done?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import QuerySet

from collector.jobs.models import Job
from collector.jobs.queue import LEASE, MAX_ATTEMPTS, ask, finish, run_one, take
from collector.works import EVERY, WORKS, plan

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def at(minutes: float) -> Callable[[], datetime]:
    return lambda: NOW + timedelta(minutes=minutes)


def broken(_now: datetime) -> str:
    raise ValueError("the disk is full")


def test_asking_twice_is_asking_once() -> None:
    assert [ask("resolve", NOW), ask("resolve", NOW)] == [True, False]
    assert Job.objects.count() == 1


def test_a_job_is_taken_once() -> None:
    ask("resolve", NOW)
    assert [take(NOW) is None, take(NOW) is None] == [False, True]


def test_not_before_it_is_due() -> None:
    ask("resolve", NOW + timedelta(seconds=1))
    assert take(NOW) is None


def test_a_dead_worker_s_job_is_taken_again_and_its_late_word_does_not_count() -> None:
    ask("resolve", NOW)
    dead = take(NOW)
    assert dead is not None and take(NOW + LEASE) is None
    heir = take(NOW + LEASE + timedelta(seconds=1))
    assert heir is not None and (heir.pk, heir.attempts) == (dead.pk, 2)
    finish(dead, "too late", NOW)
    assert Job.objects.get().state == "running"
    finish(heir, "done", NOW)
    assert (Job.objects.get().state, Job.objects.get().said) == ("done", "done")


def test_what_fails_is_tried_again_later_and_given_up_in_the_end() -> None:
    ask("resolve", NOW)
    minutes = 0.0
    for attempt in range(1, MAX_ATTEMPTS + 1):
        job = run_one({"resolve": broken}, at(minutes))
        assert job is not None and job.attempts == attempt
        assert run_one({"resolve": broken}, at(minutes)) is None
        minutes += 2.0**attempt
    assert (Job.objects.get().state, Job.objects.get().said) == ("failed", "ValueError: the disk is full")


def test_the_plan_comes_round() -> None:
    assert (plan(NOW), plan(NOW)) == (len(EVERY), 0)
    done = [run_one(WORKS, at(0)) for _ in EVERY]
    assert {job.state for job in done if job} == {"done"}
    assert plan(NOW + timedelta(minutes=4)) == 0
    assert plan(NOW + timedelta(minutes=6)) == 1


def test_who_plans_late_puts_nothing_in_that_another_has_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that asked what is planned before another planned and did it: the table itself says no."""
    plan(NOW)
    while run_one(WORKS, at(0)):
        pass
    monkeypatch.setattr(QuerySet, "values_list", lambda *_: [])
    plan(NOW)
    assert Job.objects.count() == len(EVERY)

"""Do two who work at the same time get numbers of their own, one chain, and one decision?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from casework_data import NOW
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.utils import timezone

from collector.cases import casework, guard
from collector.cases.book import enter
from collector.cases.choices import Action, SourceKind
from collector.cases.models import Lead
from collector.cases.naming import Named
from collector.cases.sources import Report, report
from collector.cases.state import NotAllowedError
from collector.cases.tables import Case, CaseEvent, CaseQueue, LedgerHead
from collector.cases.verify import verify_cases, verify_ledger
from collector.ingest.models import Detection, Sensor
from collector.registry.models import NumberSeries
from collector.registry.numbers import next_number
from collector.resolve.models import Attribution
from collector.trace.models import TraceItem, TraceRequest
from collector.trace.services import Wanted, request_traces

WORKERS = 4
EACH = 5


@pytest.fixture
def committed(
    postgres_connection: Any, django_db_blocker: Any
) -> Iterator[Callable[[Callable[[int], Any]], list[Any]]]:
    """Runs a function in several threads at once on PostgreSQL, each with its own connection; commits are real."""
    plain = connections[DEFAULT_DB_ALIAS]
    settings = postgres_connection.settings_dict
    barrier = threading.Barrier(WORKERS)

    def worker(work: Callable[[int], Any], number: int) -> Any:
        connections[DEFAULT_DB_ALIAS] = own = type(connections)({DEFAULT_DB_ALIAS: dict(settings)})[DEFAULT_DB_ALIAS]
        try:
            barrier.wait(30)
            return work(number)
        finally:
            own.close()

    def run(work: Callable[[int], Any]) -> list[Any]:
        with ThreadPoolExecutor(WORKERS) as pool:
            return [one.result() for one in [pool.submit(worker, work, number) for number in range(WORKERS)]]

    with django_db_blocker.unblock():
        connections[DEFAULT_DB_ALIAS] = postgres_connection
        yield run
        guard.remove(connection)
        tables = (
            TraceItem,
            TraceRequest,
            Attribution,
            Detection,
            Sensor,
            CaseQueue,
            Case,
            CaseEvent,
            Lead,
            NumberSeries,
        )
        for table in tables:
            table.objects.all().delete()
        LedgerHead.objects.all().delete()
        guard.install(connection)
        connections[DEFAULT_DB_ALIAS] = plain


Run = Callable[[Callable[[int], Any]], list[Any]]


def test_numbers_are_everybodys_own(committed: Run) -> None:
    def take(number: int) -> list[str]:
        taken = []
        for _ in range(EACH):
            with transaction.atomic():
                taken.append(next_number("X2026-"))
        return taken

    numbers = sorted(no for taken in committed(take) for no in taken)
    assert numbers == [f"X2026-{number:06d}" for number in range(1, WORKERS * EACH + 1)]


def test_a_series_goes_on_from_what_was_there(committed: Run) -> None:
    Lead.objects.create(no="L2026-000041", key="k", first_seen=NOW, last_seen=NOW)
    said = committed(lambda number: report(_tip(f"unit {number}")).no)
    assert sorted(said) == [f"L2026-{number:06d}" for number in range(42, 42 + WORKERS)]


def test_one_unit_told_of_by_all_at_once_is_one_lead_and_one_case(committed: Run) -> None:
    def tell(number: int) -> tuple[str, str]:
        lead = report(_tip("甲公司"))
        return lead.no, casework.open_case(lead.no, f"clerk {number}", NOW).no

    assert set(committed(tell)) == {("L2026-000001", "C2026-000001")}
    assert (verify_ledger().breaks, verify_cases().breaks) == ((), ())


def test_the_chain_never_forks_and_a_case_moves_once(committed: Run) -> None:
    leads = [report(_tip(f"unit {number}")).no for number in range(WORKERS)]
    cases = [casework.open_case(no, "li", NOW).no for no in leads]
    shared = cases[0]
    enter(shared, Action.LOCATE, "li", NOW, {})

    def work(number: int) -> bool:
        for _ in range(EACH):
            enter(cases[number], Action.REFER, "li", NOW, {"department": "market", "reason": "r"})
        try:
            casework.move(shared, Action.LOSE, f"clerk {number}", NOW, reason="r")
        except NotAllowedError:
            return False
        return True

    assert sorted(committed(work)) == [False] * (WORKERS - 1) + [True]
    seqs = list(CaseEvent.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    assert (verify_ledger().breaks, verify_cases().breaks) == ((), ())


def test_traces_that_all_ask_for_at_once_are_asked_once(committed: Run) -> None:
    """Every carrier gets one request with a number of its own, however many clerks ask."""
    for number in range(WORKERS):
        sensor = Sensor.objects.create(sensor_id=f"s{number}", division_code="330400", operator=f"carrier {number}")
        seen = {"first_seen": NOW, "last_seen": NOW, "received_at": NOW, "miner_ip": "203.0.113.9", "miner_port": 1}
        told = {"state": "closed", "verdict": "confirmed", "score": 90, "body": {}, "miner_ip_key": b"\0" * 16}
        event = Detection.objects.create(
            event_id=f"e{number}", detection_id=f"d{number}", sensor=sensor, **seen, **told
        )
        Attribution.objects.create(detection_id=f"d{number}", event=event, status="unknown", confidence=0.0)
    made = [no for asked in committed(lambda _number: [one.no for one in request_traces(Wanted())]) for no in asked]
    assert sorted(made) == [f"T{timezone.localdate():%Y}-{number:06d}" for number in range(1, WORKERS + 1)]
    assert sorted(TraceItem.objects.values_list("detection_id", flat=True)) == [f"d{n}" for n in range(WORKERS)]


def _tip(unit: str) -> Report:
    return Report(SourceKind.TIP_OFF, "T-1", NOW, Named(unit_name=unit, place="330402"), "330402")

"""Does a log in a real ClickHouse answer like any other source, read-only and bounded?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clickhouse_server import ClickHouse, binary, running_clickhouse

from collector.faults import CollectorError
from collector.resolve.foreign import foreign_sources
from collector.resolve.holding import Question
from collector.settings.attribution import AttributionOptions, SqlSourceOptions

Ask = Callable[..., Question]
Make = Callable[..., SqlSourceOptions]
COLUMNS = {"ip": "pub", "port_lo": "p0", "port_hi": "p1", "valid_from": "t0", "valid_to": "t1", "subscriber": "acct"}
WHEN = "11-17 08:00"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """A server of this test process alone; skipped where none is installed, a failure where CI is set."""
    program = binary()
    if program is None:
        told = "no ClickHouse server: install the package clickhouse-server"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    with running_clickhouse(program, tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def log(server: ClickHouse) -> ClickHouse:
    """A carrier's own table of port blocks."""
    server.run("DROP TABLE IF EXISTS blocks")
    server.run(
        "CREATE TABLE blocks (pub String, p0 UInt16, p1 UInt16, t0 DateTime, t1 Nullable(DateTime), acct String) "
        "ENGINE = Memory"
    )
    return server


def add(log: ClickHouse, ip: str, start: int, end: int | None, account: str) -> None:
    """Hours of 17 November 2026, UTC."""
    times = [f"toDateTime({1_794_873_600 + hour * 3_600})" if hour is not None else "NULL" for hour in (start, end)]
    log.run(f"INSERT INTO blocks SELECT '{ip}', 1024, 1535, {times[0]}, {times[1]}, '{account}'")


@pytest.fixture
def options(server: ClickHouse) -> Make:
    def make(**changes: Any) -> SqlSourceOptions:
        values: dict[str, Any] = {
            "name": "telecom_cgn",
            "source": "cgn",
            "engine": "clickhouse",
            "host": "127.0.0.1",
            "port": server.port,
            "database": "default",
            "user": "default",
            "table": "default.blocks",
            "columns": COLUMNS,
        }
        return SqlSourceOptions.model_validate(values | changes)

    return make


def told(options: SqlSourceOptions, *questions: Question) -> list[list[str]]:
    (source,) = foreign_sources(AttributionOptions(sql_sources=[options]))
    return [[claim.subscriber for claim in claims] for claims in source(questions)]


def test_the_log_answers_by_address_and_time(log: ClickHouse, options: Make, ask: Ask) -> None:
    add(log, "203.0.113.9", 7, 9, "jx1")
    add(log, "203.0.113.9", 9, None, "jx2")
    add(log, "2001:db8::7", 7, None, "jx3")
    questions = [ask("203.0.113.9", WHEN), ask("203.0.113.9", "11-17 10:00"), ask("2001:db8::7", WHEN)]
    assert told(options(), *questions, ask("198.51.100.1", WHEN)) == [["jx1"], ["jx2"], ["jx3"], []]


@pytest.mark.parametrize("form", ["unix_s", "unix_ms"])
def test_numbers_for_addresses_and_times(log: ClickHouse, options: Make, ask: Ask, form: str) -> None:
    factor = 1000 if form == "unix_ms" else 1
    log.run("DROP TABLE IF EXISTS other")
    log.run("CREATE TABLE other (ip UInt32, since Int64, acct String) ENGINE = Memory")
    log.run(f"INSERT INTO other SELECT IPv4StringToNum('203.0.113.9'), {(1_794_873_600 + 6 * 3_600) * factor}, 'jx1'")
    columns = {"ip": "ip", "valid_from": "since", "subscriber": "acct"}
    chosen = options(table="other", columns=columns, ip_form="uint32", time_form=form)
    asked = [ask("203.0.113.9", "11-17 05:00"), ask("203.0.113.9", "11-17 07:00"), ask("2001:db8::1", "11-17 07:00")]
    assert told(chosen, *asked) == [[], ["jx1"], []]


def test_many_addresses_and_a_cut_answer(log: ClickHouse, options: Make, ask: Ask) -> None:
    for number in (0, 255, 511):
        add(log, f"203.0.{number // 256}.{number % 256}", 7, None, f"jx{number}")
    questions = [ask(f"203.0.{number // 256}.{number % 256}", WHEN) for number in range(512)]
    answers = told(options(row_limit=2), *questions)
    assert [answers[number] for number in (0, 1, 255, 511)] == [["jx0"], [], ["jx255"], ["jx511"]]
    for _ in range(3):
        add(log, "203.0.0.0", 7, None, "more")
    with pytest.raises(CollectorError, match="more than 2 rows for one question"):
        told(options(row_limit=2), *questions)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"table": "nothing"}, "telecom_cgn: .*nothing"),
        ({"user": "nobody"}, "telecom_cgn: .*nobody"),
        ({"port": 1}, "telecom_cgn: .*refused"),
    ],
)
def test_a_log_that_cannot_answer_says_why(
    log: ClickHouse, options: Make, ask: Ask, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(CollectorError, match=said):
        told(options(**changes), ask("203.0.113.9", WHEN))

"""Do geo files and logs in a foreign database answer within their bounds, and is what is broken said?"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from postgres_server import USER, Server
from pydantic import ValidationError

from collector.faults import CollectorError
from collector.registry.models import Division
from collector.resolve.claims import Registry
from collector.resolve.foreign import foreign_sources, foreign_state
from collector.resolve.holding import Question
from collector.resolve.options import ResolveOptions
from collector.settings.attribution import AttributionOptions, GeoFileOptions, SqlSourceOptions
from sensor.model.errors import ConfigError

Ask = Callable[..., Question]
WHEN = "11-17 08:00"
COLUMNS = {
    "ip": "pub",
    "port_lo": "p0",
    "port_hi": "p1",
    "valid_from": "t0",
    "valid_to": "t1",
    "subscriber": "acct",
    "inner_ip": "inside",
}
HURT = {"address": "hurt"}


@pytest.fixture
def mmdb(tmp_path: Path) -> Path:
    """A city file of one block."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City", languages=["zh-CN"])
    names = {"country": "中国", "city": "嘉兴"}
    record = {key: {"names": {"zh-CN": name}} for key, name in names.items()}
    record["subdivisions"] = [{"names": {"zh-CN": "浙江"}}]  # type: ignore[assignment]
    writer.insert_network(IPSet(["203.0.113.0/24"]), record)
    path = tmp_path / "city.mmdb"
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def xdb(tmp_path: Path) -> Path:
    """An ip2region file (xdb 2.0) of one segment, written by the format's description: head, vector, data, index."""
    region = "中国|0|浙江省|嘉兴市|电信".encode()
    data_at = 256 + 256 * 256 * 8
    index_at = data_at + len(region)
    first, last = (int(ipaddress.IPv4Address(ip)) for ip in ("203.0.113.0", "203.0.113.255"))
    vector = bytearray(256 * 256 * 8)
    struct.pack_into("<II", vector, (203 * 256 + 0) * 8, index_at, index_at + 14)
    head = struct.pack("<HHIII", 2, 1, 1_767_225_600, index_at, index_at).ljust(256, b"\0")
    path = tmp_path / "region.xdb"
    path.write_bytes(head + vector + region + struct.pack("<IIHI", first, last, len(region), data_at))
    return path


@pytest.mark.parametrize("kind", ["mmdb", "xdb"])
def test_a_geo_file_names_a_region_and_its_division(
    db: None, request: pytest.FixtureRequest, ask: Ask, kind: str
) -> None:
    Division.objects.create(code="330400", name="嘉兴市", level="city", parent="330000")
    chosen = AttributionOptions(geo_files=[GeoFileOptions(path=request.getfixturevalue(kind))])
    (source,) = foreign_sources(chosen)
    known, unknown, other = source([ask("203.0.113.9", WHEN), ask("198.51.100.1", WHEN), ask("2001:db8::1", WHEN)])
    (claim,) = known
    assert (claim.source, claim.division_code, claim.unit_name, claim.address) == ("geo", "330400", "", "")
    assert "嘉兴" in claim.reference
    assert (unknown, other) == ([], [])
    assert foreign_state(chosen) == foreign_state(chosen)


@pytest.mark.parametrize("name", ["missing.mmdb", "broken.mmdb", "broken.xdb", "region.txt"])
def test_a_geo_file_that_cannot_be_used_stops_the_start(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if "missing" not in name:
        path.write_bytes(b"\xff" * 300)
    with pytest.raises(ConfigError, match=f"geo_files: .*{name}"):
        foreign_sources(AttributionOptions(geo_files=[GeoFileOptions(path=path)]))


@pytest.fixture
def log(postgres: Server) -> Iterator[Any]:
    """A carrier's own table of port blocks, in a database of its own on a real server."""
    with psycopg.connect(host=str(postgres.socket_dir), user=USER, dbname="postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS carrier")
        admin.execute("CREATE DATABASE carrier")
    with psycopg.connect(host=str(postgres.socket_dir), user=USER, dbname="carrier", autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE blocks (pub inet, p0 int, p1 int, t0 timestamptz, t1 timestamptz, acct text, inside inet)"
        )
        yield connection


def add(log: Any, ip: str, ports: tuple[int, int], times: tuple[str, str | None], account: str) -> None:
    values = (ip, *ports, *times, account, None)
    log.execute("INSERT INTO blocks VALUES (%s, %s, %s, %s, %s, %s, %s)", values)


@pytest.fixture
def options(postgres: Server) -> Callable[..., SqlSourceOptions]:
    def make(**changes: Any) -> SqlSourceOptions:
        values: dict[str, Any] = {
            "name": "telecom_cgn",
            "source": "cgn",
            "host": str(postgres.socket_dir),
            "database": "carrier",
            "user": USER,
            "table": "public.blocks",
            "columns": COLUMNS,
            "ip_form": "inet",
        }
        return SqlSourceOptions.model_validate(values | changes)

    return make


def told(options: SqlSourceOptions, *questions: Question) -> list[list[str]]:
    (source,) = foreign_sources(AttributionOptions(sql_sources=[options]))
    return [[claim.subscriber for claim in claims] for claims in source(questions)]


def test_the_log_answers_by_address_and_time(log: Any, options: Callable[..., SqlSourceOptions], ask: Ask) -> None:
    add(log, "203.0.113.9", (1024, 1535), ("2026-11-17 07:00+00", "2026-11-17 09:00+00"), "jx1")
    add(log, "203.0.113.9", (1024, 1535), ("2026-11-17 09:30+00", None), "jx2")
    add(log, "203.0.113.10", (1024, 1535), ("2026-11-17 07:00+00", None), "jx3")
    add(log, "203.0.113.9", (1024, 1535), ("2026-11-17 08:00+00", "2026-11-17 07:00+00"), "nonsense")
    questions = [ask("203.0.113.9", WHEN), ask("203.0.113.9", "11-17 10:00"), ask("198.51.100.1", WHEN)]
    assert told(options(), *questions) == [["jx1"], ["jx2"], []]


@pytest.mark.parametrize(
    ("form", "column", "value"),
    [
        ("unix_s", "bigint", "1794895200"),
        ("unix_ms", "bigint", "1794895200000"),
        ("timestamp", "timestamp", "'2026-11-17 14:00'"),
    ],
)
def test_times_are_read_as_the_table_keeps_them(
    log: Any, options: Callable[..., SqlSourceOptions], ask: Ask, form: str, column: str, value: str
) -> None:
    log.execute(f"CREATE TABLE other (ip text, since {column}, acct text)")
    log.execute(f"INSERT INTO other VALUES ('203.0.113.9', {value}, 'jx1')")
    columns = {"ip": "ip", "valid_from": "since", "subscriber": "acct"}
    chosen = options(table="other", columns=columns, ip_form="text", time_form=form)
    before, after = ask("203.0.113.9", "11-17 05:00"), ask("203.0.113.9", "11-17 07:00")
    assert told(chosen, before, after) == [[], ["jx1"]]


def test_an_answer_that_would_be_cut_is_asked_for_in_halves(
    log: Any, options: Callable[..., SqlSourceOptions], ask: Ask
) -> None:
    for number in range(8):
        add(log, f"203.0.113.{number}", (1024, 1535), ("2026-11-17 07:00+00", None), f"jx{number}")
    questions = [ask(f"203.0.113.{number}", WHEN) for number in range(8)]
    assert told(options(row_limit=2), *questions) == [[f"jx{number}"] for number in range(8)]
    for _ in range(3):
        add(log, "203.0.113.0", (1024, 1535), ("2026-11-17 07:00+00", None), "more")
    with pytest.raises(CollectorError, match="telecom_cgn: more than 2 rows for one question"):
        told(options(row_limit=2), *questions)


@pytest.mark.parametrize(
    ("prepare", "changes", "said"),
    [
        ("SELECT 1", {"table": "nothing"}, "does not exist"),
        ("SELECT 1", {"database": "nowhere"}, "does not exist"),
        ("CREATE VIEW slow AS SELECT *, pg_sleep(60)::text FROM blocks", {"table": "slow", "statement_timeout_ms": 50},
         "statement timeout"),
        ("CREATE FUNCTION hurt() RETURNS int LANGUAGE sql VOLATILE AS 'DELETE FROM blocks RETURNING 1';"
         "CREATE VIEW evil AS SELECT *, hurt() FROM blocks", {"table": "evil", "columns": COLUMNS | HURT},
         "read-only transaction"),
    ],
    ids=["no table", "no database", "too slow", "tries to write"],
)  # fmt: skip
def test_a_log_that_cannot_answer_says_why(
    log: Any, options: Callable[..., SqlSourceOptions], ask: Ask, prepare: str, changes: dict[str, Any], said: str
) -> None:
    add(log, "203.0.113.9", (1024, 1535), ("2026-11-17 07:00+00", None), "jx1")
    log.execute(prepare)
    with pytest.raises(CollectorError, match=f"sql source telecom_cgn: .*{said}"):
        told(options(**changes), ask("203.0.113.9", WHEN))
    assert log.execute("SELECT count(*) FROM blocks").fetchone() == (1,)


@pytest.mark.parametrize(
    "changes",
    [
        {"table": "blocks; DROP TABLE blocks"},
        {"columns": COLUMNS | {"ip": 'pub" --'}},
        {"columns": {name: column for name, column in COLUMNS.items() if name != "port_hi"}},
        {"zone": "Mars/Olympus"},
        {"row_limit": 0},
        {"ip_form": "uint32"},
    ],
)
def test_what_makes_no_sense_is_refused(options: Callable[..., SqlSourceOptions], changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**changes)


def test_a_foreign_port_block_leads_to_the_session_kept_here(
    log: Any, hold: Callable[..., Any], options: Callable[..., SqlSourceOptions], ask: Ask
) -> None:
    log.execute(
        "INSERT INTO blocks VALUES ('203.0.113.9', 1024, 1535, '2026-11-17 07:00+00', NULL, NULL, '100.64.0.5')"
    )
    hold("aaa", "100.64.0.5/32", "11-17 06:00", "11-17 12:00", subscriber="jx0001", realm="telecom")
    sources = foreign_sources(AttributionOptions(sql_sources=[options(realm="telecom")]))
    (claims,) = Registry(ResolveOptions(), sources).claims([ask("203.0.113.9", WHEN, 1100)])
    assert [(claim.subscriber, claim.through_inner) for claim in claims] == [("jx0001", True)]
    assert claims[0].valid_from == datetime(2026, 11, 17, 7, tzinfo=UTC)

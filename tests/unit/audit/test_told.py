"""Is what a sensor told audited like a capture: by machine, each session once, and only as far as it was watching?"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor.audit import told as told_module
from sensor.audit.assets import read_assets
from sensor.audit.run import AuditReport
from sensor.audit.told import audit_told, is_told, read_told
from sensor.cli.audit.coverage import coverage_rows
from sensor.cli.main import main
from sensor.model.errors import CaptureError
from sensor.model.wire import digest_id
from sensor.signature import load

START = datetime(2026, 11, 16, tzinfo=UTC)
ASSETS = "machine,rack,ip,owner\nweb-01,A-03-12,192.0.2.11,Wang\n"


def utc(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def detection(ip: str = "192.0.2.11", session: int = 1, at: float = 1.0, state: str = "closed") -> dict[str, Any]:
    return {
        "schema": "minewatch.detection/1",
        "detection_id": digest_id("session", session),
        "event_id": digest_id("event", session, at, state),
        "sensor": {"id": "room-1", "site": ""},
        "state": state,
        "first_seen": utc(0),
        "last_seen": utc(at),
        "miner": {"ip": ip, "port": 40_000},
        "pool": {"ip": "198.51.100.9", "port": 3333},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "coin": "BTC",
        "algorithm": "sha256d",
        "verdict": "confirmed",
        "score": 95,
        "evidence": [
            {"signature": "stratum_v1_subscribe", "revision": 1, "class": "protocol", "at": utc(0), "excerpt": "{}"}
        ],
    }


def beat(begin: float, end: float, **changes: Any) -> dict[str, Any]:
    return {
        "schema": "minewatch.heartbeat/1",
        "heartbeat_id": digest_id("beat", begin, end),
        "sensor": {"id": "room-1", "site": ""},
        "t0": utc(begin),
        "t1": utc(end),
        "release": "1",
        "engine": "native",
        "signatures": {"fingerprint": "ab" * 32, "age_s": 86_400},
        "packets": 1000,
        "bytes": 100_000,
        "clock_error_ms": 1.0,
        **changes,
    }


def write(path: Path, *documents: Any) -> str:
    text = "".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in documents)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return str(path)


def report_of(folder: Path, *documents: Any, **options: Any) -> AuditReport:
    name = write(folder / "room-1.jsonl", *documents)
    table = folder / "assets.csv"
    table.write_text(ASSETS, encoding="utf-8")
    return audit_told(read_told([name]), [name], read_assets(table), load(), made_at=START, **options)


def test_a_session_is_told_once_by_its_last_statement_and_found_in_the_table(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        detection(at=3.0),
        detection(at=1.0, state="opened"),
        detection(at=3.0, state="updated"),
        detection("192.0.2.99", session=2),
        beat(0, 24),
    )
    assert [(one.place.ip, one.detection.state.value) for one in report.findings] == [
        ("192.0.2.11", "closed"),
        ("192.0.2.99", "closed"),
    ]
    first, second = report.findings
    assert first.place.asset is not None and first.place.asset.machine == "web-01"
    assert second.place.asset is None
    assert "DHCP" in second.place.basis[0].en
    assert (report.machines, report.fingerprint, report.damage) == (2, "ab" * 6, None)


def test_only_our_networks(tmp_path: Path) -> None:
    report = report_of(tmp_path, detection(), detection("203.0.113.7", session=2), home_networks=("192.0.2.0/24",))
    assert [one.place.ip for one in report.findings] == ["192.0.2.11"]


COVERAGE: list[tuple[str, list[dict[str, Any]], set[str], str]] = [
    ("a whole day", [beat(0, 12), beat(12, 24)], set(), "24 h 0 min / 24 h 0 min (100.0%)"),
    ("overlaps count once", [beat(0, 20), beat(10, 24)], set(), "24 h 0 min / 24 h 0 min (100.0%)"),
    ("a gap", [beat(0, 12), beat(18, 24)], {"Time with heartbeats of the sensor"}, "6 h 0 min"),
    (
        "one of two sensors fell silent",
        [beat(0, 24), beat(0, 6, sensor={"id": "room-2", "site": ""}, heartbeat_id="cd" * 16)],
        {"Time with heartbeats of the sensor"},
        "18 h 0 min",
    ),
    ("a short look", [beat(0, 2)], {"Time span (UTC+8)"}, "2 h 0 min"),
    ("nobody spoke", [], {"Heartbeats of the sensor"}, "none"),
    ("drops", [beat(0, 24, kernel_drops=10)], {"Packets the kernel dropped"}, "10 / 1,010"),
    ("shed", [beat(0, 24, shed={"heads": 3})], {"Flows given up"}, "3"),
    ("no packet", [beat(0, 24, packets=0)], {"Time span (UTC+8)"}, "none"),
    ("clock off", [beat(0, 24, clock_error_ms=500.0)], {"Error of the clock (ms)"}, "500.0"),
    ("no clock", [beat(0, 24, clock_error_ms=None)], {"Error of the clock (ms)"}, "not synchronised"),
    (
        "old signatures",
        [beat(0, 24, signatures={"fingerprint": "ab" * 32, "age_s": 30 * 86_400})],
        {"Age of the signatures (days)"},
        "30",
    ),
]


@pytest.mark.parametrize(("beats", "notes", "said"), [one[1:] for one in COVERAGE], ids=[one[0] for one in COVERAGE])
def test_the_conclusion_reaches_as_far_as_the_sensor_watched(
    tmp_path: Path, beats: list[dict[str, Any]], notes: set[str], said: str
) -> None:
    rows = coverage_rows(report_of(tmp_path, *beats))
    assert {row.item.en for row in rows if row.is_note} == notes
    assert any(said in row.value.en or said in row.meaning.en for row in rows)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not json\n", "room-1.jsonl:2 is no JSON object"),
        ("[]\n", "room-1.jsonl:2 is no JSON object"),
        ("7\n", "room-1.jsonl:2 is no JSON object"),
        ("{}\n", "room-1.jsonl:2 is no detection and no heartbeat"),
        ('{"schema": "minewatch.heartbeat/1"}\n', "room-1.jsonl:2 is no detection and no heartbeat"),
        ('{"schema": "other/9"}\n', "room-1.jsonl:2 is no detection and no heartbeat"),
        ('{"a": "' + "x" * 1_100_000 + '"}\n', "room-1.jsonl:2 is no JSON object"),
        ("[" * 5_000 + "\n", "room-1.jsonl:2 is no JSON object"),
    ],
    ids=["text", "list", "number", "empty", "half a heartbeat", "another schema", "long", "deep"],
)
def test_a_line_that_is_nothing_is_counted_and_the_rest_is_read(tmp_path: Path, line: str, told: str) -> None:
    report = report_of(tmp_path, detection(), line, "\n", detection("192.0.2.12", session=2))
    assert report.damage == f"1 lines not read; the first: {told}"
    assert len(report.findings) == 2


def test_what_is_kept_is_bounded_and_what_was_left_out_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told_module, "MAX_SESSIONS", 1)
    monkeypatch.setattr(told_module, "MAX_BEATS", 1)
    report = report_of(tmp_path, detection(), detection("192.0.2.12", session=2), beat(0, 1), beat(1, 2))
    assert len(report.findings) == 1
    assert report.damage == "2 sessions or heartbeats beyond the bound left out"


def test_the_command_writes_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = write(tmp_path / "room-1.jsonl.gz", detection(), beat(0, 24))
    outputs = [tmp_path / f"report{ending}" for ending in (".html", ".xlsx", ".json")]
    status = main(["audit", name, *(part for path in outputs for part in ("-o", str(path)))])
    assert (status, "设备 1 台" in capsys.readouterr().out) == (1, True)
    assert all(path.stat().st_size for path in outputs)
    document = json.loads(outputs[2].read_bytes())
    assert (document["machines"], document["findings"][0]["ip"]) == (1, "192.0.2.11")
    assert "探针有心跳的时间" in outputs[0].read_text("utf-8")


@pytest.mark.parametrize(("names", "status", "said"), [(["a.jsonl", "b.pcap"], 2, "one after the other")])
def test_captures_and_statements_are_not_mixed(
    names: list[str], status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", *names, "-o", str(tmp_path / "r.html")]) == status
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_or_broken_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(b"\x1f\x8b no gzip")
    packed = gzip.compress(json.dumps(detection()).encode() * 500)
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "bent.jsonl.gz").write_bytes(packed[:60] + b"\xff" * 40 + packed[100:])
    for name in ("none.jsonl", "x.jsonl.gz", "cut.jsonl.gz", "bent.jsonl.gz"):
        with pytest.raises(CaptureError, match="cannot be read"):
            read_told([str(tmp_path / name)])


@pytest.mark.parametrize(
    ("name", "is_so"),
    [("a.jsonl", True), ("a.NDJSON", True), ("a.jsonl.gz", True), ("a.pcap", False), ("-", False), ("a.json", False)],
)
def test_a_file_is_known_by_its_name(name: str, is_so: bool) -> None:
    assert is_told(name) is is_so

"""Do findings get across whole, once, and only from whom they are believed?"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stix2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from collector.audit.models import AuditEntry
from collector.audit.services import verify
from collector.cases.models import Lead, LeadSource
from collector.exchange.bundles import Span, make_bundle, take_bundle, trust
from collector.exchange.envelope import public_text
from collector.exchange.foreign import Unread, detections
from collector.exchange.foreign_intake import take_log
from collector.exchange.models import ReceivedBundle, ReceivedDocument
from collector.exchange.outgoing import Wanted, written
from collector.faults import CollectorError
from collector.ingest.models import Detection, Sensor
from collector.ingest.services import enroll_sensor, receive
from collector.lists.models import ListIssue
from collector.registry.choices import ImportKind
from collector.registry.imports.changes import undo_import
from collector.registry.imports.run import ImportRequest, run_import
from collector.settings.config import ImportOptions, IngestOptions
from sensor.model.evidence import Verdict
from sensor.model.wire import Detection as Wire
from sensor.model.wire import digest_id

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OPTIONS = IngestOptions()


def wire(number: int, **changes: object) -> Wire:
    document = {
        "detection_id": digest_id("exchange", number),
        "event_id": digest_id("exchange-event", number),
        "sensor": {"id": "egress-1"},
        "state": "closed",
        "first_seen": "2026-11-19T04:00:00Z",
        "last_seen": "2026-11-19T05:00:00Z",
        "miner": {"ip": f"203.0.113.{number}", "port": 40000},
        "pool": {"ip": "198.51.100.9", "port": 3333, "domain": "pool.example.org"},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "coin": "BTC",
        "verdict": "confirmed",
        "score": 95,
    }
    return Wire.model_validate(document | changes)


@pytest.fixture
def delivered() -> Sensor:
    enroll_sensor("egress-1", "330402", NOW, rotate=False)
    sensor = Sensor.objects.get()
    receive(sensor, "\n".join(wire(n).to_json() for n in (1, 2, 3)).encode(), NOW, OPTIONS)
    return sensor


@pytest.fixture
def bundle(delivered: Sensor, tmp_path: Path) -> Path:
    """What the city sends: three detections and a list; then its tables are emptied, as the province's are."""
    dates = {"cutoff": NOW, "frozen_at": NOW}
    names = {"week": "2026-W47", "division_code": "330400", "division_name": "嘉兴市", "version": 1}
    ListIssue.objects.create(number="MW-330400-2026W47-01", digest="0" * 64, row_count=0, **names, **dates)
    data = make_bundle(KEY, Span("330400", LONG_AGO, NOW + timedelta(days=1)), "省办", "li", NOW)
    for table in (Detection, ListIssue):
        table.objects.all().delete()
    delivered.batches.all().delete()
    delivered.delete()
    path = tmp_path / "city.bundle"
    path.write_bytes(data)
    return path


def test_a_bundle_brings_everything_once(bundle: Path) -> None:
    trust("嘉兴市办", public_text(KEY), "330400")
    taken = [take_bundle(bundle, "wang", NOW, OPTIONS) for _ in range(2)]
    assert [(one.is_new, one.detections, one.documents) for one in taken] == [(True, 3, 1), (False, 0, 0)]
    assert sorted(Detection.objects.values_list("event_id", flat=True)) == sorted(wire(n).event_id for n in (1, 2, 3))
    assert Sensor.objects.get().division_code == "330402"
    assert ReceivedDocument.objects.get().key == "MW-330400-2026W47-01"
    shared = AuditEntry.objects.get(action="share")
    assert (shared.purpose, shared.detail["detections.ndjson"]) == ("省办", "3")
    assert not verify().breaks


def test_the_same_span_gives_the_same_bytes(delivered: Sensor) -> None:
    span = Span("330400", LONG_AGO, NOW + timedelta(days=1))
    assert make_bundle(KEY, span, "a", "li", NOW) == make_bundle(KEY, span, "a", "li", NOW)


def _altered(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    files[name] = change(files[name])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in files.items():
            archive.writestr(one, data)
    path.write_bytes(target.getvalue())


TAMPERED = [
    pytest.param("detections.ndjson", lambda data: data.replace(b"203.0.113.1", b"203.0.113.8"), id="a row altered"),
    pytest.param("detections.ndjson", lambda data: data + b"{}\n", id="a row added"),
    pytest.param("detections.ndjson", lambda data: b"\0" * 300_000_000, id="a bomb"),
    pytest.param("manifest.json", lambda data: data.replace(b"330400", b"330000"), id="the division altered"),
    pytest.param("manifest.json", lambda data: b"{}", id="no manifest"),
    pytest.param("signature.ed25519", lambda data: bytes(64), id="the signature gone"),
]


@pytest.mark.parametrize(("name", "change"), TAMPERED)
def test_an_altered_bundle_brings_nothing(bundle: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    trust("嘉兴市办", public_text(KEY), "330400")
    _altered(bundle, name, change)
    with pytest.raises(CollectorError):
        take_bundle(bundle, "wang", NOW, OPTIONS)
    assert (Detection.objects.count(), ReceivedBundle.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("key", "division", "told"),
    [
        pytest.param(Ed25519PrivateKey.from_private_bytes(b"1" * 32), "330400", "nobody trusts", id="a stranger"),
        pytest.param(KEY, "440300", "speaks for 440300", id="another city's"),
    ],
)
def test_nobody_speaks_for_others(bundle: Path, key: Ed25519PrivateKey, division: str, told: str) -> None:
    trust("某办", public_text(key), division)
    with pytest.raises(CollectorError, match=told):
        take_bundle(bundle, "wang", NOW, OPTIONS)
    assert Detection.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no bundle", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_bundle_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(CollectorError, match=r"bundle|damaged"):
        take_bundle(path, "wang", NOW, OPTIONS)


def _write(form: str) -> dict[str, bytes]:
    return dict(written(Wanted(form, "330400", LONG_AGO, timezone.now() + timedelta(days=1))))


def test_stix_is_read_by_its_own_library(delivered: Sensor) -> None:
    (text,) = _write("stix").values()
    parsed = stix2.parse(text.decode())
    kinds = [one.type for one in parsed.objects]
    assert (kinds.count("observed-data"), kinds.count("sighting"), kinds.count("ipv4-addr")) == (3, 3, 4)
    assert _write("stix")["detections.stix.json"] == text


def test_ecs_has_its_names(delivered: Sensor) -> None:
    (text,) = _write("ecs").values()
    row = min(map(json.loads, text.splitlines()), key=lambda one: str(one["source"]["ip"]))
    assert (row["source"]["ip"], row["source"]["port"], row["destination"]["domain"], row["event"]["kind"]) == (
        "203.0.113.1",
        40000,
        "pool.example.org",
        "alert",
    )


def test_cef_keeps_to_its_line(delivered: Sensor) -> None:
    odd = wire(4, coin="a=b\\c\nCEF:0|x", pool={"ip": None, "port": None, "domain": "p|q.example.org"})
    receive(Sensor.objects.get(), odd.to_json().encode(), NOW, OPTIONS)
    (text,) = _write("cef").values()
    lines = text.decode().splitlines()
    assert len(lines) == 4
    (odd_line,) = (one for one in lines if "cs2=a\\=b\\\\c CEF:0|x" in one)
    assert odd_line.startswith("<132>1 2026-11-19T05:00:00.000000Z egress-1 minewatch - - - CEF:0|Minewatch|")


def test_misp_feed_is_whole(delivered: Sensor) -> None:
    files = _write("misp")
    (number,) = json.loads(files["manifest.json"])
    event = json.loads(files[f"{number}.json"])["Event"]
    assert [one["to_ids"] for one in event["Attribute"] if one["type"] == "ip-src"] == [False] * 3
    assert files["hashes.csv"].count(number.encode()) == len({one["value"] for one in event["Attribute"]})


def eve(**changes: object) -> str:
    document = {
        "timestamp": "2026-11-19T12:00:00.123456+0800",
        "event_type": "alert",
        "src_ip": "203.0.113.9",
        "src_port": 50001,
        "dest_ip": "198.51.100.9",
        "dest_port": 3333,
        "proto": "TCP",
        "alert": {"gid": 1, "signature_id": 2024792, "rev": 4, "signature": "ET POLICY Cryptocurrency Miner Checkin"},
    }
    return json.dumps(document | changes)


NOTICE = {
    "ts": 1795060800.5,
    "id.orig_h": "203.0.113.9",
    "id.orig_p": 50001,
    "id.resp_h": "198.51.100.9",
    "id.resp_p": 3333,
    "proto": "tcp",
    "note": "Mining::Stratum",
    "msg": "Stratum login seen",
}
SURICATA_NAME = {"gid": 1, "signature_id": 7, "signature": "ET COINMINER Observed DNS Query to Coin Mining Domain"}
LINES = [
    pytest.param("eve", eve(), Verdict.PROBABLE, id="a message"),
    pytest.param("eve", eve(alert=SURICATA_NAME), Verdict.SUSPECTED, id="a name alone"),
    pytest.param("eve", eve(alert={"signature_id": 1, "signature": "ET SCAN"}), None, id="not about mining"),
    pytest.param("eve", eve(event_type="flow"), None, id="no alert"),
    pytest.param("eve", eve(src_ip="nowhere"), "miner", id="no address"),
    pytest.param("eve", eve(timestamp="yesterday"), "ValueError", id="no time"),
    pytest.param("eve", eve(alert={"signature": "miner"}), "KeyError", id="no id"),
    pytest.param("eve", "{", "JSON", id="no JSON"),
    pytest.param("zeek", json.dumps(NOTICE), Verdict.PROBABLE, id="notice"),
    pytest.param("zeek", json.dumps(NOTICE | {"ts": "2026-11-19T04:00:00Z"}), Verdict.PROBABLE, id="ISO time"),
    pytest.param("zeek", json.dumps(NOTICE | {"ts": 1e300}), "Error", id="time out of reach"),
    pytest.param("zeek", json.dumps({"ts": 1, "uid": "C1"}), None, id="a conn.log"),
]


@pytest.mark.parametrize(("form", "line", "expected"), LINES)
def test_foreign_alerts(form: str, line: str, expected: Verdict | str | None) -> None:
    found = list(detections(iter([line]), form, "ids-1"))
    if expected is None:
        assert found == []
    elif isinstance(expected, Verdict):
        assert [one.verdict for one in found if isinstance(one, Wire)] == [expected]
    else:
        assert isinstance(found[0], Unread) and found[0].line_no == 1


def test_a_foreign_log_comes_in_once(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_text("\n".join([eve(), "{", eve(src_port=50002), eve()]), "utf-8")
    taken = [take_log(path, "eve", ("ids-1", "330402"), NOW, OPTIONS) for _ in range(2)]
    assert [(one.accepted, one.duplicates, len(one.unread)) for one in taken] == [(2, 1, 1), (0, 3, 1)]
    assert set(Detection.objects.values_list("verdict", flat=True)) == {"probable"}


def test_an_enrolled_sensor_is_nobody_else_s(delivered: Sensor, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_text(eve(), "utf-8")
    with pytest.raises(CollectorError, match="enrolled"):
        take_log(path, "eve", ("egress-1", "330402"), NOW, OPTIONS)


LIST = "序号,挖矿IP,发现时间,单位名称,区划代码\n1,203.0.113.9,2026/11/19 12:00,星云网吧,330402\n2,nowhere,46000,,\n"
LIST += "3,203.0.113.10,46345.5,,330481\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_from_above_makes_leads_and_goes_again(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding)
    dry = run_import(ImportRequest(ImportKind.STATE_LIST, path, dry_run=True), ImportOptions())
    assert (dry.rows_ok, dry.rows_bad, Lead.objects.count()) == (2, 1, 0)
    report = run_import(ImportRequest(ImportKind.STATE_LIST, path), ImportOptions())
    assert (report.rows_ok, [fault.row_no for fault in report.faults]) == (2, [3])
    assert set(LeadSource.objects.values_list("kind", flat=True)) == {"state-list"}
    assert sorted(Lead.objects.values_list("division_code", flat=True)) == ["330402", "330481"]
    undo_import(report.batch_no, NOW)
    assert (Lead.objects.count(), LeadSource.objects.count()) == (0, 0)

"""Does the ingest API take each good row once and say why of every other?"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from core_data import wire_line, wire_row
from django.test import Client, override_settings
from django.utils import timezone

from collector.accounts.models import ApiToken
from collector.accounts.services import revoke_token
from collector.ingest.models import Batch, Detection, Rejection
from collector.ingest.services import enroll_sensor
from collector.settings.config import CollectorConfig, IngestOptions
from sensor.model.wire import Detection as Wire

Deliver = Callable[..., Any]


def test_a_row_is_stored_whole(deliver: Deliver) -> None:
    line = wire_line(1)
    answer = deliver(line)
    assert answer.status_code == 200
    assert answer.json() == {"batch": Batch.objects.get().pk, "accepted": 1, "duplicates": 0, "rejected": []}
    row = Detection.objects.get()
    assert row.body == json.loads(line)
    assert Wire.model_validate(row.body).to_json() == line
    assert (row.miner_ip, row.miner_port, bytes(row.miner_ip_key).hex()) == (
        "203.0.113.7",
        40001,
        "00000000000000000000ffffcb007107",
    )
    assert row.first_seen.isoformat() == "2026-03-01T04:00:00.000123+00:00"
    assert (row.shares_submitted, row.shares_accepted, row.shares_rejected) == (5, 4, 1)
    assert (row.verdict, row.score, row.dialect, row.coin, row.account) == (
        "confirmed",
        95,
        "stratum-v1",
        "BTC",
        "worker.1",
    )


@pytest.mark.parametrize(
    ("deliveries", "receipts", "stored"),
    [
        pytest.param([[1, 2]], [(2, 0)], 2, id="all new"),
        pytest.param([[1, 2], [1, 2]], [(2, 0), (0, 2)], 2, id="sent twice"),
        pytest.param([[1, 1, 1]], [(1, 2)], 1, id="repeated inside one batch"),
        pytest.param([[1, 2], [2, 3]], [(2, 0), (1, 1)], 3, id="overlapping"),
    ],
)
def test_each_statement_is_kept_once(
    deliver: Deliver, deliveries: list[list[int]], receipts: list[tuple[int, int]], stored: int
) -> None:
    answers = [deliver("\n".join(map(wire_line, numbers)) + "\n").json() for numbers in deliveries]
    assert [(answer["accepted"], answer["duplicates"]) for answer in answers] == receipts
    assert Detection.objects.count() == stored


def test_the_first_statement_stands(deliver: Deliver) -> None:
    deliver(wire_line(1, score=95))
    deliver(wire_line(1, score=1))
    assert Detection.objects.get().score == 95


BAD_ROWS = [
    pytest.param("{", "not JSON", id="broken JSON"),
    pytest.param("[]", "row: ", id="not an object"),
    pytest.param("[" * 5000, "not JSON", id="too deep"),
    pytest.param(json.dumps(wire_row(score=101)), "score: ", id="score out of range"),
    pytest.param(json.dumps(wire_row(colour="red")), "colour: ", id="unknown field"),
    pytest.param(json.dumps(wire_row(event_id="x")), "event_id: ", id="bad event id"),
    pytest.param(json.dumps(wire_row(schema="minewatch.detection/2")), "schema: ", id="other version"),
    pytest.param(json.dumps(wire_row(miner={"ip": "300.1.1.1", "port": 1})), "miner.ip: ", id="no address"),
    pytest.param(json.dumps(wire_row(miner={"ip": "fe80::1%eth0", "port": 1})), "zone", id="address with a zone"),
    pytest.param(json.dumps(wire_row(sensor={"id": "sensor-b"})), "sensor.id: ", id="another sensor's row"),
    pytest.param(json.dumps(wire_row(shares={"submitted": 2**63})), "shares: ", id="share count too large"),
    pytest.param(json.dumps(wire_row(first_seen="1970-01-01T00:00:00Z")), "clock", id="clock never set"),
    pytest.param(json.dumps(wire_row(last_seen="2999-01-01T00:00:00Z")), "clock", id="clock ahead"),
    pytest.param(json.dumps(wire_row(last_seen="9999-12-31T23:59:59-12:00")), "clock", id="time beyond the calendar"),
    pytest.param(json.dumps(wire_row(last_seen="2026-03-01T00:00:00")), "last_seen: ", id="time without zone"),
    pytest.param(json.dumps(wire_row(clock_error_ms=float("nan"))), "not JSON", id="not a number"),
    pytest.param(json.dumps(wire_row(account="\ud800")), "not JSON", id="lone surrogate"),
    pytest.param(" " * 1024 * 1024 + "{}", "longer than", id="too long"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_ROWS)
def test_a_bad_row_is_refused_alone(deliver: Deliver, line: str, reason: str) -> None:
    answer = deliver("\n".join([wire_line(7), line, wire_line(8)]))
    body = answer.json()
    assert (answer.status_code, body["accepted"], len(body["rejected"])) == (200, 2, 1)
    assert body["rejected"][0]["row"] == 2
    assert reason in body["rejected"][0]["reason"]
    kept = Rejection.objects.get()
    assert (kept.row_no, kept.reason) == (2, body["rejected"][0]["reason"])
    assert line.startswith(kept.raw)
    assert Detection.objects.count() == 2


def test_a_refused_row_is_named_by_its_event(deliver: Deliver) -> None:
    row = wire_row(1, score=-1)
    assert deliver(json.dumps(row)).json()["rejected"][0]["event_id"] == row["event_id"]


def test_nul_in_a_text_is_replaced(deliver: Deliver) -> None:
    assert deliver(json.dumps(wire_row(account="a\0b"))).json()["accepted"] == 1
    assert Detection.objects.get().account == "a\ufffdb"


def test_gzip_is_taken(deliver: Deliver) -> None:
    answer = deliver(gzip.compress(wire_line(1).encode()), HTTP_CONTENT_ENCODING="gzip")
    assert answer.json()["accepted"] == 1


SMALL = CollectorConfig(ingest=IngestOptions(max_rows=3, max_body_bytes=4_000, max_decompressed_bytes=20_000))
GZIP = {"HTTP_CONTENT_ENCODING": "gzip"}
WHOLE_FAULTS = [
    pytest.param(b"\xff\xfe", {}, 400, id="not UTF-8"),
    pytest.param(b"\n\n", {}, 400, id="no rows"),
    pytest.param(b"plain", GZIP, 400, id="not gzip"),
    pytest.param(gzip.compress(b"row")[:-4], GZIP, 400, id="cut gzip"),
    pytest.param(gzip.compress(b"row") + b"more", GZIP, 400, id="bytes after gzip"),
    pytest.param(b"x", {"HTTP_CONTENT_ENCODING": "br"}, 415, id="other encoding"),
    pytest.param(b"x", {"content_type": "application/json"}, 415, id="other type"),
    pytest.param(b"x" * 5_000, {}, 413, id="too many bytes"),
    pytest.param(gzip.compress(b"x" * 1_000_000), GZIP, 413, id="gzip bomb"),
    pytest.param(b"{}\n" * 4, {}, 413, id="too many rows"),
    pytest.param(b"\n" * 4, {}, 413, id="too many blank rows"),
    pytest.param(b"x", {"HTTP_AUTHORIZATION": "Bearer wrong"}, 401, id="unknown token"),
    pytest.param(b"x", {"HTTP_AUTHORIZATION": ""}, 401, id="no token"),
]


@override_settings(COLLECTOR=SMALL)
@pytest.mark.parametrize(("body", "headers", "status"), WHOLE_FAULTS)
def test_an_unreadable_delivery_stores_nothing(
    deliver: Deliver, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = deliver(body, **headers)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "hint"}
    assert all(answer.json().values())
    assert Batch.objects.count() == 0


def test_a_revoked_token_is_refused(deliver: Deliver) -> None:
    revoke_token(ApiToken.objects.get(), timezone.now())
    assert deliver(wire_line(1)).status_code == 401


def test_rotation_ends_the_old_token(deliver: Deliver, token: str) -> None:
    fresh = enroll_sensor("sensor-a", "", timezone.now(), rotate=True)
    assert deliver(wire_line(1)).status_code == 401
    assert deliver(wire_line(1), HTTP_AUTHORIZATION=f"Bearer {fresh}").status_code == 200


def test_a_token_is_kept_as_its_digest_only(token: str) -> None:
    row = ApiToken.objects.get()
    assert token not in [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    assert token.startswith(row.prefix) and len(row.prefix) < 12


@override_settings(COLLECTOR=CollectorConfig(ingest=IngestOptions(max_rejections_kept=2)))
def test_kept_refusals_are_bounded(deliver: Deliver) -> None:
    answer = deliver("{\n" * 5).json()
    assert len(answer["rejected"]) == 5
    assert Rejection.objects.count() == 2
    assert Batch.objects.get().rejected == 5


@override_settings(COLLECTOR=CollectorConfig(ingest=IngestOptions(max_rejections_per_sensor=3)))
def test_the_oldest_refusals_are_forgotten(deliver: Deliver) -> None:
    batches = [deliver("{\n" * 2).json()["batch"] for _ in range(3)]
    assert list(Rejection.objects.order_by("pk").values_list("batch_id", flat=True)) == [batches[1], *batches[2:] * 2]


def test_health_is_open_and_small(db: None) -> None:
    answer = Client().get("/api/v1/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

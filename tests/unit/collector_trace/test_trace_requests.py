"""Do questions go out once, come back by their ids, and become answers that attribution weighs?"""

from __future__ import annotations

import csv
import io
import ipaddress
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from collector.faults import CollectorError
from collector.ingest.models import Detection, Sensor
from collector.registry.addresses import ip_key, network_keys
from collector.registry.choices import ImportKind
from collector.registry.imports.changes import undo_import
from collector.registry.imports.faults import Fault
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import OwnershipRecord
from collector.resolve.models import Attribution
from collector.resolve.services import resolve_pending
from collector.settings.config import ImportOptions
from collector.trace.choices import Step
from collector.trace.models import TraceItem, TraceRequest
from collector.trace.render import FORMATS
from collector.trace.services import Wanted, request_traces
from sensor.cli.main import main

START = datetime(2026, 11, 17, 8, 0, 0, 250_000, tzinfo=UTC)
Detect = Callable[..., Detection]
Reply = Callable[..., ImportReport]
Rows = list[dict[str, str]]


@pytest.fixture
def detect(db: None) -> Detect:
    """A session that mined for ten minutes behind the egress of a carrier."""

    def make(number: int, ip: str = "203.0.113.9", carrier: str = "中国电信", **columns: Any) -> Detection:
        sensor, _ = Sensor.objects.get_or_create(
            sensor_id=f"egress {carrier}", defaults={"operator": carrier, "division_code": "330400"}
        )
        values = {
            "event_id": f"{number:032x}",
            "detection_id": f"{number:032x}",
            "first_seen": START,
            "last_seen": START + timedelta(minutes=10),
            "miner_port": 50_000 + number,
            "body": {"clock_error_ms": 250.0, "transport": {"l4": "tcp"}},
            **columns,
        }
        return Detection.objects.create(
            sensor=sensor, state="closed", miner_ip=ip, miner_ip_key=ip_key(ip), verdict="confirmed", score=90,
            received_at=START, **values,
        )  # fmt: skip

    return make


@pytest.fixture
def reply(tmp_path: Path) -> Reply:
    """Import rows as the reply to a request; keyword arguments are those of the import."""

    def run(rows: Rows, **request: Any) -> ImportReport:
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        path = tmp_path / "reply.csv"
        path.write_text(file.getvalue(), "utf-8-sig")
        return run_import(ImportRequest(ImportKind.TRACE_REPLY, path, **request), ImportOptions())

    return run


def sent(request: TraceRequest) -> Rows:
    """The rows of the CSV that went out."""
    return list(csv.DictReader(io.StringIO(FORMATS["csv"](request).decode("utf-8-sig"))))


def answered(row: dict[str, str], **cells: str) -> dict[str, str]:
    return row | {"用户类型": "单位用户", "单位名称": "甲公司", "装机地址": "中山路1号"} | cells


def located() -> list[tuple[str, str, str]]:
    """Every session's status, unit and address, after another run of attribution."""
    resolve_pending()
    found = Attribution.objects.filter(is_current=True).order_by("detection_id")
    return [(one.status, one.unit_name, one.address) for one in found]


def test_one_request_per_carrier_and_each_question_once(detect: Detect) -> None:
    for number, carrier in enumerate(("中国电信", "中国移动", "中国电信"), start=1):
        detect(number, carrier=carrier)
    resolve_pending()
    requests = request_traces(Wanted())
    assert [(one.recipient, one.items.count()) for one in requests] == [("中国电信", 2), ("中国移动", 1)]
    assert [one.no[-7:] for one in requests] == ["-000001", "-000002"]
    assert request_traces(Wanted()) == []


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(division="330400"), 1),
        (Wanted(division="330481"), 0),
        (Wanted(recipient="中国移动"), 0),
        (Wanted(since=START + timedelta(hours=1)), 0),
        (Wanted(until=START), 0),
        (Wanted(since=START, until=START + timedelta(hours=1)), 1),
    ],
)
def test_only_what_is_wanted_is_asked(detect: Detect, wanted: Wanted, count: int) -> None:
    detect(1)
    resolve_pending()
    assert len(request_traces(wanted)) == count


def test_a_question_bears_port_milliseconds_and_clock_error(detect: Detect) -> None:
    detect(1)
    resolve_pending()
    (row,) = sent(request_traces(Wanted())[0])
    asked = [row[name] for name in ("IP", "协议", "源端口", "起始时间(UTC+8)", "结束时间(UTC+8)", "时钟误差(毫秒)")]
    assert asked == ["203.0.113.9", "TCP", "50001", "2026-11-17 16:00:00.250", "2026-11-17 16:10:00.250", "5250"]


def test_the_workbook_hides_the_id_and_offers_the_words(detect: Detect) -> None:
    detect(1)
    resolve_pending()
    (request,) = request_traces(Wanted())
    book = load_workbook(io.BytesIO(FORMATS["xlsx"](request)))
    sheet = book.worksheets[0]
    assert sheet.column_dimensions["A"].hidden
    assert sheet["A2"].value == TraceItem.objects.get().row_id
    assert {cell.data_type for cell in sheet[2] if cell.value} == {"s"}
    assert sheet.data_validations.dataValidation[0].formula1 == '"单位用户,个人用户,运营商自用,未查到"'
    assert book.sheetnames == ["溯源请求", "填报说明"]


def test_ndjson_says_the_same_in_utc(detect: Detect) -> None:
    detect(1)
    resolve_pending()
    (request,) = request_traces(Wanted())
    (line,) = FORMATS["ndjson"](request).splitlines()
    question = json.loads(line)
    assert (question["ip"], question["port"], question["t0"]) == ("203.0.113.9", 50001, "2026-11-17T08:00:00.250000Z")


def test_an_answer_locates_the_session_and_undoing_takes_it_back(detect: Detect, reply: Reply) -> None:
    detect(1)
    assert located() == [("unknown", "", "")]
    (request,) = request_traces(Wanted())
    report = reply([answered(row) for row in sent(request)])
    assert (report.rows_ok, report.rows_bad) == (1, 0)
    assert located() == [("auto", "甲公司", "中山路1号")]
    assertion = Attribution.objects.get(is_current=True).assertions.get()
    assert (assertion.source, assertion.match, assertion.score) == ("trace", "exact", 0.92)
    undo_import(report.batch_no, timezone.now())
    assert located() == [("unknown", "", "")]
    assert TraceItem.objects.get().user_type == ""
    assert Attribution.objects.count() == 3, "nothing is rewritten: each answer supersedes the former"


def test_the_same_answer_twice_is_one_and_another_supersedes(detect: Detect, reply: Reply) -> None:
    detect(1)
    resolve_pending()
    (request,) = request_traces(Wanted())
    rows = [answered(row) for row in sent(request)]
    reply(rows)
    with pytest.raises(CollectorError, match="same content"):
        reply(rows)
    reply(rows, force=True)
    assert OwnershipRecord.objects.count() == 1
    reply([answered(row, 单位名称="乙公司") for row in sent(request)])
    assert OwnershipRecord.objects.count() == 2
    assert located() == [("auto", "乙公司", "中山路1号")]


def emptied(row: dict[str, str]) -> dict[str, str]:
    return {**row, "用户类型": "", "单位名称": "", "装机地址": ""}


def shifted(rows: Rows) -> Rows:
    """The ids stayed where they were, the rest moved down by one."""
    return [{**other, "行标识": row["行标识"]} for row, other in zip(rows, rows[-1:] + rows[:-1], strict=True)]


@pytest.mark.parametrize(
    ("spoil", "good", "faults", "odd"),
    [
        pytest.param(lambda rows: rows, 3, [], 0, id="whole"),
        pytest.param(lambda rows: rows[:1], 1, [], 0, id="rows left out"),
        pytest.param(lambda rows: [rows[0], *map(emptied, rows[1:])],
                     3, [], 2, id="rows left open"),
        pytest.param(lambda rows: [*rows, rows[0]], 3, [(5, Fault.REPEATED)], 0, id="a row twice"),
        pytest.param(shifted, 0, [(2, Fault.NOT_AS_ASKED), (3, Fault.NOT_AS_ASKED), (4, Fault.NOT_AS_ASKED)], 0,
                     id="shifted"),
        pytest.param(lambda rows: [{**rows[0], "行标识": "0" * 16}, *rows[1:]], 2, [(2, Fault.UNKNOWN_ROW_ID)], 0,
                     id="an id nobody sent"),
        pytest.param(lambda rows: [{**rows[0], "用户类型": "外星人"}, *rows[1:]], 2, [(2, Fault.UNKNOWN_WORD)], 0,
                     id="a word not in the list"),
        pytest.param(lambda rows: [{**rows[0], "单位名称": ""}, *rows[1:]], 2, [(2, Fault.EMPTY)], 0,
                     id="found, but nobody named"),
        pytest.param(lambda rows: [{**rows[0], "IP": "203.0.113"}, *rows[1:]], 2, [(2, Fault.NO_NETWORK)], 0,
                     id="a broken address"),
    ],
)  # fmt: skip
def test_every_row_of_a_reply_is_judged(
    detect: Detect,
    reply: Reply,
    spoil: Callable[[Rows], Rows],
    good: int,
    faults: list[tuple[int, Fault]],
    odd: int,
) -> None:
    for number in (1, 2, 3):
        detect(number, ip=f"203.0.113.{number}")
    resolve_pending()
    (request,) = request_traces(Wanted())
    rows = spoil([answered(row) for row in sent(request)])
    try:
        report = reply(rows)
    except CollectorError as refused:
        report = getattr(refused, "report", ImportReport())
    assert [(fault.row_no, fault.fault) for fault in report.faults] == faults
    assert (report.rows_ok, report.rows_odd) == (good, odd)


def test_not_found_is_an_answer_without_a_record(detect: Detect, reply: Reply) -> None:
    detect(1)
    resolve_pending()
    (request,) = request_traces(Wanted())
    reply([row | {"用户类型": "未查到"} for row in sent(request)])
    assert (TraceItem.objects.get().user_type, OwnershipRecord.objects.count()) == ("not-found", 0)


@pytest.mark.parametrize("form", ["xlsx", "ndjson"])
def test_other_forms_come_back_too(detect: Detect, tmp_path: Path, form: str) -> None:
    detect(1)
    resolve_pending()
    (request,) = request_traces(Wanted())
    path = tmp_path / f"reply.{form}"
    data = FORMATS[form](request)
    if form == "xlsx":
        book = load_workbook(io.BytesIO(data))
        sheet = book.worksheets[0]
        places = {cell.value: cell.column for cell in sheet[1]}
        sheet.cell(2, places["单位名称"], "甲公司")
        book.save(path)
    else:
        path.write_text(json.dumps(json.loads(data) | {"unit_name": "甲公司", "user_type": "单位"}), "utf-8")
    run_import(ImportRequest(ImportKind.TRACE_REPLY, path), ImportOptions())
    assert located() == [("auto", "甲公司", "")]


def test_a_unit_names_the_machine_behind_its_own_nat(detect: Detect, reply: Reply) -> None:
    low, high = network_keys(ipaddress.ip_network("203.0.113.9/32"))
    OwnershipRecord.objects.create(
        source="line-ledger", network="203.0.113.9/32", ip_lo=low, ip_hi=high, valid_from=START - timedelta(days=90),
        unit_name="某大学", address="学院路1号",
    )  # fmt: skip
    detect(1)
    assert located() == [("auto", "某大学", "学院路1号")]
    assert request_traces(Wanted()) == []
    (request,) = request_traces(Wanted(Step.UNIT, "某大学"))
    rows = [
        row | {"私网IP": "10.1.2.3", "MAC地址": "00:11:22:33:44:55", "房间/机柜": "东区机房 A3"}
        for row in sent(request)
    ]
    reply(rows)
    item = TraceItem.objects.get()
    assert item.inner == {"inner_ip": "10.1.2.3", "mac": "00:11:22:33:44:55", "room": "东区机房 A3"}
    assert located() == [("auto", "某大学", "学院路1号")]
    current = Attribution.objects.get(is_current=True)
    assert current.confidence == pytest.approx(1 - 0.05 * 0.08)
    assert any("10.1.2.3" in reason["zh"] for one in current.assertions.all() for reason in one.reasons)


def test_the_commands_ask_list_and_take_in(detect: Detect, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    detect(1)
    resolve_pending()
    assert main(["collector", "trace", "export", "--format", "csv", "-o", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("T*.csv")
    assert capsys.readouterr().out == f"{path}  中国电信  1 questions\n"
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    path.write_text("\n".join((",".join(rows[0]), ",".join(answered(rows[0]).values()))), "utf-8")
    assert main(["collector", "trace", "import", str(path)]) == 0
    assert "1 rows good" in capsys.readouterr().out
    assert main(["collector", "trace", "list"]) == 0
    assert path.stem in capsys.readouterr().out
    assert main(["collector", "trace", "export", "--no", "T1-1"]) == 2
    assert "no such request" in capsys.readouterr().err
    assert main(["collector", "trace", "export", "--step", "unit"]) == 2

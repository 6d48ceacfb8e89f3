"""What does a reply become? An ownership record per answer, which attribution weighs like any other.

A row finds its question by the hidden id and must repeat what was asked: a shifted column or a sorted block is found by
that. The same answer again changes nothing; another one is a new record, and the newest holds. Rows left open are kept
open: a reply may come in parts.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.utils import timezone

from collector.registry.addresses import network_keys
from collector.registry.choices import ImportKind, Source
from collector.registry.imports import cells
from collector.registry.imports.changes import change
from collector.registry.imports.faults import CellFault, Fault, RowFault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.ownership import INNER_COLUMN, UNIT_COLUMNS, read_uscc
from collector.registry.imports.table import Column, Row, normalise
from collector.registry.models import ImportBatch, Organisation, OwnershipRecord
from collector.trace.choices import USER_WORDS, Step, UserType
from collector.trace.models import TraceItem
from collector.trace.visible import answerable

COLUMNS = (
    Column("row_id", ("行标识", "row id"), required=True),
    Column("ip", ("IP", "IP地址"), required=True),
    Column("port", ("源端口", "端口")),
    Column("user_type", ("用户类型", "类型", "查询结果", "user type", "result")),
    Column("unit_name", ("单位名称", "客户名称", "用户名称", "单位/账号", "unit", "customer")),
    Column("subscriber", ("用户账号", "账号", "宽带账号", "account", "username")),
    Column("assignment", ("分配方式", "assignment")),
    Column("mac", ("MAC地址", "MAC", "硬件地址")),
    Column("room", ("房间/机柜", "房间", "机柜", "位置", "room", "rack")),
    Column("log", ("依据日志", "依据", "日志", "log")),
    INNER_COLUMN,
    *UNIT_COLUMNS,
)
_USER_TYPES = {normalise(word): kind for kind, words in USER_WORDS.items() for word in (*words, kind.value)}
_EDGE = timedelta(milliseconds=1)
_TEXTS = ("unit_name", "subscriber", "address", "mac", "room", "assignment", "log")
_NAMES = ("subscriber", "unit_name", "uscc", "address", "division_code", "inner_ip")


@dataclass(frozen=True, slots=True)
class Answer:
    """One row read."""

    row_no: int
    row_id: str
    ip: str
    port: int | None
    user_type: str
    unit_name: str
    subscriber: str
    uscc: str
    address: str
    division_code: str
    inner_ip: str | None
    mac: str
    room: str
    assignment: str
    log: str

    @property
    def is_open(self) -> bool:
        """True when the row came back as it went out."""
        given = (self.user_type, self.unit_name, self.subscriber, self.uscc, self.address, self.inner_ip, self.mac)
        return not any((*given, self.room))


def _read(row: Row, defaults: Defaults) -> Answer:
    texts = {name: row.text(name) for name in _TEXTS}
    answer = Answer(
        row_no=row.number,
        row_id=row.need("row_id", str).casefold(),
        ip=row.need("ip", cells.address),
        port=row.parse("port", cells.port),
        user_type=row.parse("user_type", _user_type) or "",
        uscc=read_uscc(row),
        division_code=row.parse("division_code", cells.division_code) or "",
        inner_ip=row.parse("inner_ip", cells.address),
        **texts,
    )
    if answer.is_open:
        row.warn("user_type", Fault.NO_ANSWER, "")
    elif answer.user_type != UserType.NOT_FOUND and not _names_anyone(answer):
        row.text("unit_name")
        raise CellFault(Fault.EMPTY)
    return answer


def _user_type(text: str) -> str:
    found = _USER_TYPES.get(normalise(text))
    if found is None:
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return found.value


def _names_anyone(answer: Answer) -> bool:
    inner = answer.inner_ip or answer.mac or answer.room
    return bool(answer.unit_name or answer.subscriber or answer.uscc or inner)


def _store(batch: ImportBatch, answers: Sequence[Answer]) -> list[RowFault]:
    # On the command line nobody is asked who they are.
    own = TraceItem.objects.all() if batch.user is None else answerable(batch.user, timezone.now())
    rows = own.filter(row_id__in=[answer.row_id for answer in answers])
    items = {item.row_id: item for item in rows.select_related("request", "record", "event")}
    refused = []
    for answer in answers:
        item = items.get(answer.row_id)
        if item is None:
            refused.append(RowFault(answer.row_no, "row_id", Fault.UNKNOWN_ROW_ID, answer.row_id))
        elif (answer.ip, answer.port) != (item.ip, item.port):
            refused.append(RowFault(answer.row_no, "ip", Fault.NOT_AS_ASKED, f"{answer.ip} {answer.port or ''}"))
        elif not answer.is_open:
            _take(batch, item, answer)
    return refused


def _take(batch: ImportBatch, item: TraceItem, answer: Answer) -> None:
    inner = {"inner_ip": answer.inner_ip or "", "mac": answer.mac, "room": answer.room}
    inner = {name: text for name, text in inner.items() if text}
    told = _told(item, answer)
    user_type = answer.user_type or (UserType.ENTERPRISE if answer.unit_name else UserType.RESIDENT)
    if answer.user_type == UserType.NOT_FOUND:
        change(batch, item, {"user_type": user_type, "inner": inner, "record_id": None})
        return
    known = item.record
    if known is not None and all(getattr(known, name) == told[name] for name in _NAMES):
        change(batch, item, {"user_type": str(user_type), "inner": inner})
        return
    record = OwnershipRecord.objects.create(batch=batch, row_no=answer.row_no, **_place(item), **told)
    change(batch, item, {"user_type": str(user_type), "inner": inner, "record_id": record.pk})


def _told(item: TraceItem, answer: Answer) -> dict[str, Any]:
    """What the answer says of the holder. A unit answers for itself: it is the holder, the room its address."""
    told: dict[str, Any] = {name: getattr(answer, name) for name in _NAMES}
    if item.request.step == Step.UNIT:
        told["unit_name"] = told["unit_name"] or item.request.recipient
        told["address"] = " ".join(part for part in (answer.address, answer.room) if part)
    unit = Organisation.objects.filter(uscc=answer.uscc).first() if answer.uscc else None
    kept = {field.name: getattr(answer, field.name) for field in fields(answer)}
    raw = {name: str(value) for name, value in kept.items() if value and name not in ("row_no", *_NAMES)}
    return {**told, "organisation": unit, "raw": raw}


def _place(item: TraceItem) -> dict[str, Any]:
    """Where and when the answer holds: what was asked, and the clock's error around it."""
    network = ipaddress.ip_network(item.ip)
    low, high = network_keys(network)
    slack = timedelta(milliseconds=item.clock_error_ms) + _EDGE
    return {
        "source": Source.TRACE,
        "network": str(network),
        "ip_lo": low,
        "ip_hi": high,
        "port_lo": item.port,
        "port_hi": item.port,
        "valid_from": item.t0 - slack,
        "valid_to": item.t1 + slack,
    }


KIND = Kind(ImportKind.TRACE_REPLY, COLUMNS, _read, _store, lambda answer: answer.row_id)

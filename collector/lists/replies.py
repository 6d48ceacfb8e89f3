"""What does a list that comes back say? A reply per row, found by the hidden id; the same again changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.lists.choices import Cause, Measure, Truth
from collector.lists.dispatching import note_returned
from collector.lists.models import ListReply, ListRow
from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.faults import CellFault, Fault, RowFault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    Column("row_id", ("行标识", "row id"), required=True),
    Column("ip", ("IP地址", "IP", "IP address")),
    Column("truth", ("是否属实", "Is it so?")),
    Column("cause", ("原因", "Cause")),
    Column("devices", ("设备数量", "Devices")),
    Column("measure", ("处置措施", "Measure")),
    Column("done_on", ("完成时间", "Done on")),
    Column("checker", ("核查人", "Checked by"), max_chars=100),
    Column("phone", ("联系电话", "Phone"), max_chars=40),
    Column("note", ("备注", "Remarks"), max_chars=2_000),
)
_MAX_DEVICES = 1_000_000
_DIGITS = re.compile(r"[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Reply:
    """One row read. All empty: the row came back as it went out."""

    row_no: int
    row_id: str
    ip: str
    values: dict[str, Any]

    @property
    def is_open(self) -> bool:
        """True when nothing was filled in."""
        return not any(value not in ("", None) for value in self.values.values())


def read_count(text: str) -> int:
    """A whole number of things."""
    if not _DIGITS.fullmatch(text) or int(text) > _MAX_DEVICES:
        raise CellFault(Fault.NO_NUMBER, text)
    return int(text)


def _read(row: Row, defaults: Defaults) -> Reply:
    done_on: date | None = row.parse("done_on", cells.day)
    reply = Reply(
        row_no=row.number,
        row_id=row.need("row_id", str).casefold(),
        ip=row.parse("ip", cells.address) or "",
        values={
            "truth": row.parse("truth", lambda text: cells.choice(text, Truth)) or "",
            "cause": row.parse("cause", lambda text: cells.choice(text, Cause)) or "",
            "devices": row.parse("devices", read_count),
            "measure": row.parse("measure", lambda text: cells.choice(text, Measure)) or "",
            "done_on": done_on,
            **{name: row.text(name) for name in ("checker", "phone", "note")},
        },
    )
    if reply.is_open:
        row.warn("truth", Fault.NO_ANSWER, "")
    elif not reply.values["truth"]:
        row.text("truth")
        raise CellFault(Fault.EMPTY)
    return reply


def _store(batch: ImportBatch, replies: Sequence[Reply]) -> list[RowFault]:
    found = ListRow.objects.filter(row_id__in=[reply.row_id for reply in replies])
    rows = {row.row_id: row for row in found.select_related("reply", "issue")}
    refused: list[RowFault] = []
    fresh: list[ListReply] = []
    for reply in replies:
        row = rows.get(reply.row_id)
        if row is None:
            refused.append(RowFault(reply.row_no, "row_id", Fault.UNKNOWN_ROW_ID, reply.row_id))
        elif reply.ip and row.snapshot.get("ip") not in (None, reply.ip):
            refused.append(RowFault(reply.row_no, "ip", Fault.NOT_AS_ASKED, reply.ip))
        elif not reply.is_open:
            _take(batch, row, reply, fresh)
    note_created(batch, ListReply.objects.bulk_create(fresh))
    note_returned({row for row in rows.values() if any(new.row_id == row.pk for new in fresh)}, batch.created_at)
    return refused


def _take(batch: ImportBatch, row: ListRow, reply: Reply, fresh: list[ListReply]) -> None:
    known = getattr(row, "reply", None)
    if known is None:
        fresh.append(ListReply(row=row, batch=batch, **reply.values))
    elif any(getattr(known, name) != value for name, value in reply.values.items()):
        change(batch, known, {**reply.values, "batch_id": batch.pk})


KIND = Kind(ImportKind.LIST_REPLY, COLUMNS, _read, _store, lambda reply: reply.row_id)

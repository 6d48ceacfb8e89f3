"""Which columns does a trace request have (L10), and which of them does the reply fill in?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from collector.registry.imports.cells import SHANGHAI
from collector.trace.choices import Step
from collector.trace.models import TraceItem


@dataclass(frozen=True, slots=True)
class Asked:
    """A column that the request fills."""

    key: str
    zh: str
    width: int
    text: Callable[[TraceItem], str]


@dataclass(frozen=True, slots=True)
class Reply:
    """A column that the asked party fills; ``steps`` says in which requests it stands."""

    key: str
    zh: str
    width: int
    steps: tuple[Step, ...] = (Step.CARRIER,)


def _moment(moment: datetime) -> str:
    """To the millisecond, in China: without it a port cannot be resolved."""
    return moment.astimezone(SHANGHAI).isoformat(sep=" ", timespec="milliseconds")[:23]


ASKED = (
    Asked("row_id", "行标识", 18, lambda item: item.row_id),
    Asked("no", "请求号", 14, lambda item: item.request.no),
    Asked("ip", "IP", 24, lambda item: item.ip),
    Asked("protocol", "协议", 8, lambda item: item.protocol.upper()),
    Asked("port", "源端口", 9, lambda item: "" if item.port is None else str(item.port)),
    Asked("t0", "起始时间(UTC+8)", 25, lambda item: _moment(item.t0)),
    Asked("t1", "结束时间(UTC+8)", 25, lambda item: _moment(item.t1)),
    Asked("clock_error_ms", "时钟误差(毫秒)", 12, lambda item: str(item.clock_error_ms)),
)
_BOTH = (Step.CARRIER, Step.UNIT)
REPLIES = (
    Reply("user_type", "用户类型", 12, _BOTH),
    Reply("unit_name", "单位名称", 28),
    Reply("uscc", "统一社会信用代码", 22),
    Reply("subscriber", "用户账号", 18),
    Reply("address", "装机地址", 36),
    Reply("division_code", "区划代码", 10),
    Reply("assignment", "分配方式", 12),
    Reply("inner_ip", "私网IP", 18, _BOTH),
    Reply("mac", "MAC地址", 20, (Step.UNIT,)),
    Reply("room", "房间/机柜", 18, (Step.UNIT,)),
    Reply("log", "依据日志", 28, _BOTH),
)


def replies(step: str) -> tuple[Reply, ...]:
    """The columns that a request of this step leaves open."""
    return tuple(column for column in REPLIES if step in column.steps)

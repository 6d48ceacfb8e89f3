"""What does a log say that stays in the carrier's own engine? Asked in place, bounded, read-only.

Addresses and the span of time are pushed down, so its own index answers. An answer that would be cut at the row limit
is asked for again in halves; one question's own answer that is still too large is an error: half an answer would be
taken for the whole.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from collector.faults import CollectorError
from collector.registry.addresses import ip_key
from collector.resolve.foreign import clickhouse, postgres
from collector.resolve.holding import Claim, Question
from collector.settings.attribution import SqlSourceOptions
from sensor.model.errors import ConfigError

Engine: TypeAlias = Callable[[SqlSourceOptions, Sequence[str], datetime, datetime], Sequence[Mapping[str, Any]]]
"""Asks one table for addresses in a span of time: at most one row more than the limit, columns by our names."""
_V4_MAPPED = bytes(10) + b"\xff\xff"
_MAX_CHARS = 200
_TEXTS = ("subscriber", "unit_name", "uscc", "address", "division_code")
_WIDTHS = {"uscc": 18, "division_code": 12, "address": 500}


class SqlSource:
    """One table; every batch of questions is one session."""

    def __init__(self, options: SqlSourceOptions) -> None:
        self._options = options
        self._engine: Engine = {"postgresql": postgres.ask, "clickhouse": clickhouse.ask}[options.engine]
        if options.engine == "postgresql" and find_spec("psycopg") is None:
            raise ConfigError(f"sql source {options.name}: needs psycopg: pip install 'minewatch[postgres]'")

    def claims(self, questions: Sequence[Question]) -> list[list[Claim]]:
        """For each question the rows of its address and time; raises ``CollectorError`` when the log cannot answer."""
        if not questions:
            return []
        rows = self._ask(questions)
        if len(rows) > self._options.row_limit:
            if len(questions) == 1:
                name, limit = self._options.name, self._options.row_limit
                raise CollectorError(f"sql source {name}: more than {limit} rows for one question; raise row_limit")
            half = len(questions) // 2
            return self.claims(questions[:half]) + self.claims(questions[half:])
        by_key: dict[bytes, list[Claim]] = {}
        for claim in (claim for number, row in enumerate(rows, 1) if (claim := self._claim(number, row))):
            by_key.setdefault(claim.ip_lo, []).append(claim)
        return [
            [claim for claim in by_key.get(question.ip_key, []) if _answers(claim, question)] for question in questions
        ]

    def _ask(self, questions: Sequence[Question]) -> Sequence[Mapping[str, Any]]:
        start = min(question.first - question.slack for question in questions)
        end = max(question.last + question.slack for question in questions)
        addresses = sorted({_text(question.ip_key) for question in questions})
        return self._engine(self._options, addresses, start, end)

    def _moment(self, value: Any) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(self._options.zone)).astimezone(UTC)
        return datetime.fromtimestamp(int(value) / (1000 if self._options.time_form == "unix_ms" else 1), UTC)

    def _claim(self, number: int, row: Mapping[str, Any]) -> Claim | None:
        """None for a row that makes no sense: an end before its start, or no address."""
        try:
            address = ipaddress.ip_address(str(row["ip"]).partition("/")[0])
            start, end = self._moment(row["valid_from"]), self._moment(row.get("valid_to"))
            inner = row.get("inner_ip")
            inner_ip = str(ipaddress.ip_address(str(inner).partition("/")[0])) if inner else None
        except (ValueError, OverflowError, OSError):
            return None
        if start is None or (end is not None and end <= start):
            return None
        key = ip_key(address)
        texts: dict[str, Any] = {name: str(row.get(name) or "")[: _WIDTHS.get(name, _MAX_CHARS)] for name in _TEXTS}
        return Claim(
            record_id=None,
            source=self._options.source,
            reference=f"{self._options.name} {number}",
            network=str(ipaddress.ip_network(address)),
            ip_lo=key,
            ip_hi=key,
            valid_from=start,
            valid_to=end,
            imported_at=end or start,
            port_lo=row.get("port_lo"),
            port_hi=row.get("port_hi"),
            inner_ip=inner_ip,
            realm=self._options.realm,
            **texts,
        )


def _answers(claim: Claim, question: Question) -> bool:
    start, end = question.first - question.slack, question.last + question.slack
    is_there = question.realm is None or question.realm == claim.realm
    return is_there and claim.valid_from <= end and (claim.valid_to is None or claim.valid_to >= start)


def _text(key: bytes) -> str:
    if key.startswith(_V4_MAPPED):
        return str(ipaddress.IPv4Address(key[-4:]))
    return str(ipaddress.IPv6Address(key))

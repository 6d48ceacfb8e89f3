"""What did the servers answer, for people?"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensor.model.bilingual import Lang
from sensor.model.flow import Endpoint
from sensor.model.verification import FINDING_WORDS, ServerAnswer
from sensor.verify.rules import RULES


def as_table(answers: Sequence[ServerAnswer]) -> None:
    """One row for each server, on standard output."""
    table = Table(show_edge=False, pad_edge=False)
    for heading in (
        "服务器 server",
        "结论 finding",
        "承载 carrier",
        "方言 dialect",
        "连接 connections",
        "依据 evidence",
    ):
        table.add_column(heading, overflow="fold")
    for answer in answers:
        table.add_row(*map(Text, _cells(answer)))
    Console().print(table)


def refused_words(answer: ServerAnswer) -> str | None:
    """Which limit forbade to ask or to go on, in both languages."""
    return RULES[answer.rule].words.told(Lang.BOTH, " · ") if answer.rule else None


def server_of(answer: ServerAnswer) -> str:
    """The server by its name, where it was asked for by one."""
    return str(Endpoint(answer.name or answer.ip or "", answer.port))


def _cells(answer: ServerAnswer) -> tuple[str, ...]:
    finding = FINDING_WORDS[answer.finding].told(Lang.BOTH)
    return (
        server_of(answer),
        f"{finding}（缓存 cached）" if answer.is_cached else finding,
        answer.carrier or "",
        answer.dialect or "",
        str(answer.connections),
        "\n".join(f"{row.signature}: {row.excerpt}" for row in answer.evidence),
    )

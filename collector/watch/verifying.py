"""Which servers are worth asking, and how is it done? Requests for a host that verifies, never for one of a tap.

Off unless ``watch.verify_config`` names the limits. What is asked and what is not is decided by those limits, in the
program that asks; this side only says whom it would like to have asked.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Q
from pydantic import ValidationError

from collector.faults import CollectorError
from collector.watch.choices import Strongest
from collector.watch.models import Endpoint
from sensor.model.flow import is_address
from sensor.model.verification import Finding, ServerAnswer, ServerRequest

AGAIN = timedelta(days=7)
FRESH = timedelta(days=14)
MAX_ANSWER_CHARS = 262_144
RUN_S = 1_500
"""Longest run of the program that asks; shorter than the lease of a job."""
REFUSED_AGAIN = timedelta(days=1)
"""A server that the limits did not allow is wanted again after this time: limits change."""


def wanted(now: datetime, most: int, own: Q | None = None) -> list[ServerRequest]:
    """Servers that were suspected lately and not asked for a week, those of most hosts first; ``own`` chooses among
    them."""
    unsure = (Strongest.SUSPECTED, Strongest.PROBABLE)
    rows = Endpoint.objects.filter(own or Q(), strongest__in=unsure, last_evidence__gte=now - FRESH)
    due = rows.filter(Q(verified_at=None) | Q(verified_at__lt=now - AGAIN))
    rested = due.filter(Q(asked_at=None) | Q(asked_at__lt=now - REFUSED_AGAIN))
    return [_request(one) for one in rested.order_by("-hosts", "pk")[:most]]


def take_answers(lines: Iterable[str], now: datetime, own: Q | None = None) -> int:
    """Note what servers answered, of ``own`` endpoints only where that is given; answers how many were noted.

    Raises ``CollectorError`` on a line that is no answer.
    """
    noted = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > MAX_ANSWER_CHARS:
            raise CollectorError(f"line {number}: is longer than {MAX_ANSWER_CHARS} characters; this is no answer")
        try:
            answer = ServerAnswer.model_validate_json(line)
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise CollectorError(f"line {number}: {where}: {first['msg']}; send what verify wrote") from None
        noted += _note(answer, now, own or Q())
    return noted


def run_verification(config: Path | None, most: int, now: datetime) -> str:
    """Have suspected servers asked by ``minewatch verify``, as its limits allow."""
    if config is None:
        return "off: watch.verify_config names no limits"
    requests = wanted(now, most)
    if not requests:
        return "nobody to ask"
    lines = "".join(f"{one.model_dump_json(by_alias=True)}\n" for one in requests)
    words = [
        sys.executable,
        "-m",
        "sensor.cli.main",
        "verify",
        "-c",
        str(config),
        "--requests",
        "-",
        "--format",
        "json",
    ]
    answers, said = _asked(words, lines)
    noted = take_answers(answers, now)
    if noted < len(requests):
        raise CollectorError(f"verify: {noted} of {len(requests)} answered: {said}")
    return f"{noted} servers asked"


def _asked(words: Sequence[str], lines: str) -> tuple[list[str], str]:
    """The whole lines that the program answered, also where it had to be ended, and what it said last."""
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            words, input=lines.encode(), capture_output=True, timeout=RUN_S, check=False
        )
    except subprocess.TimeoutExpired as late:
        text = (late.stdout or b"").decode("utf-8", "replace")
        return text[: text.rfind("\n") + 1].splitlines(), f"ended after {RUN_S} s; the rest is asked next time"
    return done.stdout.decode("utf-8", "replace").splitlines(), _last_line(done.stderr.decode("utf-8", "replace"))


def _request(endpoint: Endpoint) -> ServerRequest:
    *others, name = [None, *(name for name in endpoint.names if not is_address(name))]
    return ServerRequest(
        ip=endpoint.ip,
        port=endpoint.port,
        name=name,
        names=tuple(filter(None, others)),
        division=endpoint.division_code or None,
        dialect=endpoint.dialects[-1] if endpoint.dialects else None,
        reason=f"{endpoint.strongest}, {endpoint.hosts} hosts",
    )


def _note(answer: ServerAnswer, now: datetime, own: Q) -> int:
    told = {"finding": answer.finding, "verified_at": answer.at, "verification": answer.model_dump(mode="json")}
    found = Endpoint.objects.filter(own, ip=answer.ip, port=answer.port)
    # That nobody asked says nothing of the server: what was found before stands.
    return found.update(asked_at=now, **({} if answer.finding is Finding.REFUSED else told))


def _last_line(text: str) -> str:
    lines: Sequence[str] = text.strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"

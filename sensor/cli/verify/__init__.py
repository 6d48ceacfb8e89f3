"""``minewatch verify``: is that server a pool? Off unless a configuration file turns it on."""

from __future__ import annotations

import random
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from sensor.cli.options import signature_set
from sensor.cli.verify.told import as_table, refused_words, server_of
from sensor.config.verify import EXAMPLE, VerifyOptions, load_verify
from sensor.model.bilingual import Lang, Words
from sensor.model.errors import VerifyError
from sensor.model.flow import is_address
from sensor.model.verification import Carrier, Finding, ServerAnswer, ServerRequest
from sensor.model.wire import Dialect
from sensor.verify.log import VerifyLog
from sensor.verify.replay import replay
from sensor.verify.run import Hands, Verifier
from sensor.verify.tap import is_tap_host

FOUND, REFUSED = 1, 2
MAX_REQUEST_BYTES = 65_536
_NOT_ENABLED = Words(
    f"主动验证默认关闭，未发送任何数据；须由负责人在配置文件中写明 enabled: true（示例见 {EXAMPLE}）",
    f"active verification is off, nothing was sent; whoever answers for it writes enabled: true (see {EXAMPLE})",
)
_TAP_HOST = Words(
    "本机正在抓包，探针所在主机不得主动连接；请在另一台主机上验证",
    "a sensor listens on this host, and the host of a tap connects to nobody; verify from another one",
)
app = typer.Typer()


class Format(StrEnum):
    """How answers are written."""

    TABLE = "table"
    JSON = "json"


@app.command()
def command(
    servers: Annotated[list[str] | None, typer.Argument(metavar="HOST:PORT...", help="Servers to ask.")] = None,
    config: Annotated[Path | None, typer.Option("-c", "--config", help="The limits, like configs/verify.yaml.")] = None,
    division: Annotated[str | None, typer.Option(help="Code of the division on whose behalf is asked.")] = None,
    dialect: Annotated[Dialect | None, typer.Option(help="Tried first.")] = None,
    carrier: Annotated[Carrier | None, typer.Option(help="Tried first.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")] = "",
    requests: Annotated[Path | None, typer.Option(help="Requests of a collector, one a line; - for stdin.")] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to write the answers.")] = Format.TABLE,
    replayed: Annotated[Path | None, typer.Option("--replay", help="Check this log instead: ask nobody.")] = None,
) -> None:
    """Ask servers whether they are pools, within strict limits. Exit status: 0 none is, 1 one is, 2 one was refused."""
    if replayed is not None:
        raise typer.Exit(_replay(replayed))
    options = _enabled(config)
    with ExitStack() as stack:
        verifier = Verifier(options, signature_set(), stack.enter_context(VerifyLog(options.log, options)), _hands())
        wanted = list(_named(servers or [], division, dialect, carrier, reason))
        answers = []
        for request in (*wanted, *(_read(requests) if requests else ())):
            answers.append(verifier.ask(request))
            _say(answers[-1], output_format)
    if output_format is Format.TABLE:
        as_table(answers)
    raise typer.Exit(_status(answers))


def _enabled(config: Path | None) -> VerifyOptions:
    options = load_verify(config) if config else None
    if options is None or not options.enabled:
        raise VerifyError(_NOT_ENABLED.told(Lang.BOTH, " · "))
    if is_tap_host():
        raise VerifyError(_TAP_HOST.told(Lang.BOTH, " · "))
    return options


def _hands() -> Hands:
    return Hands(time.time, time.monotonic, time.sleep, random.SystemRandom(), _first_address)


def _named(
    servers: list[str], division: str | None, dialect: Dialect | None, carrier: Carrier | None, reason: str
) -> Iterator[ServerRequest]:
    for text in servers:
        host, _, port = text.rpartition(":")
        host = host.strip("[]")
        if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise VerifyError(f"{text}: is no server; write HOST:PORT, an IPv6 address in brackets")
        is_numeric = is_address(host)
        yield ServerRequest(
            ip=host if is_numeric else None,
            port=int(port),
            name=None if is_numeric else host.lower(),
            division=division,
            dialect=dialect,
            carrier=carrier,
            reason=reason,
        )


def _first_address(name: str) -> str:
    """As the resolver of this host has it. Raises ``OSError``."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"no name: {error}") from error
    return str(found[0][4][0])


def _read(path: Path) -> Iterator[ServerRequest]:
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
            number = 0
            while raw := file.readline(MAX_REQUEST_BYTES + 1):
                number += 1
                if raw.strip():
                    yield ServerRequest.model_validate_json(raw)
    except OSError as error:
        raise VerifyError(f"{path}: {error.strerror}; name a file of requests") from error
    except ValidationError as error:
        what = error.errors()[0]
        raise VerifyError(f"{path}:{number}: {'.'.join(map(str, what['loc']))}: {what['msg']}; mend it") from error


def _say(answer: ServerAnswer, output_format: Format) -> None:
    if output_format is Format.JSON:
        typer.echo(answer.model_dump_json(by_alias=True))
    if words := refused_words(answer):
        typer.echo(f"minewatch: {server_of(answer)}: {words}", err=True)


def _status(answers: list[ServerAnswer]) -> int:
    if any(answer.finding is Finding.REFUSED for answer in answers):
        return REFUSED
    return FOUND if any(answer.finding is Finding.POOL for answer in answers) else 0


def _replay(path: Path) -> int:
    if not path.is_file():
        raise VerifyError(f"{path}: there is no such log; name the file of 'log' in the configuration")
    faults = 0
    for fault in replay(path, signature_set()):
        typer.echo(fault)
        faults += 1
    typer.echo(f"{faults} decisions that do not follow", err=True)
    return FOUND if faults else 0

"""How does the collector run? ``migrate`` brings the database up to date, ``serve`` answers HTTP."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from typing import TYPE_CHECKING, Annotated

import typer

from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.settings.config import ServeOptions

_HostOption = Annotated[str | None, typer.Option(help="Address to listen on; default from the configuration")]
_PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from the configuration")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("migrate")(migrate)
    app.command("serve")(serve)


def migrate() -> None:
    """Bring the database up to date."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    typer.echo("database is up to date")


def serve(host: _HostOption = None, port: _PortOption = None) -> None:
    """Serve the console and the API until SIGTERM or SIGINT."""
    from django.conf import settings

    pending = pending_migrations()
    if pending:
        raise CollectorError(f"database: {pending} migrations are not applied; run: minewatch collector migrate")
    _run(settings.COLLECTOR.serve, host, port)


def pending_migrations() -> int:
    """How many migrations the database lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    # Workers open connections of their own; a SQLite connection must not cross into them.
    connection.close()
    return pending


def _run(options: ServeOptions, host: str | None, port: int | None) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collector.settings.deployed")
    address = _usable_address(host or options.host, port or options.port)
    _check_certificate(options)
    if options.tls_certificate is None and not ipaddress.ip_address(address).is_loopback:
        typer.echo("minewatch: warning: plain HTTP beyond this machine: tokens can be read on the way", err=True)
    Server(
        "collector.wsgi:application",
        address=address,
        port=port or options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=options.threads,
        websockets=False,
        ssl_cert=options.tls_certificate,
        ssl_key=options.tls_key,
        workers_kill_timeout=options.stop_timeout_s,
    ).serve()


def _usable_address(host: str, port: int) -> str:
    """The numeric address to listen on, tried first: the server itself would only answer with a traceback."""
    try:
        family, _, _, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as fault:
        raise CollectorError(
            f"{host}:{port}: cannot be listened on: {fault.strerror}; choose --host and --port"
        ) from None
    return str(target[0])


def _check_certificate(options: ServeOptions) -> None:
    if options.tls_certificate is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(options.tls_certificate, options.tls_key)
    except OSError as fault:
        raise CollectorError(
            f"serve.tls_certificate {options.tls_certificate}, serve.tls_key {options.tls_key}: cannot be used: "
            f"{fault.strerror or fault}; give a PEM certificate chain and its key"
        ) from None

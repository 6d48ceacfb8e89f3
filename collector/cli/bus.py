"""How does the collector take deliveries from a bus? ``consume`` reads it until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import ssl
import threading
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.settings.config import BusOptions, IngestOptions


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("consume")(consume)


def consume(
    url: Annotated[str | None, typer.Option(help="nats://one:4222,two:4222 or kafka://…; else bus.url")] = None,
) -> None:
    """Take deliveries from NATS JetStream or Kafka until SIGTERM or SIGINT."""
    from django.conf import settings

    options: BusOptions = settings.COLLECTOR.bus
    chosen = url or options.url
    if not chosen:
        raise CollectorError("bus.url: is not set; write nats://one:4222,two:4222 or kafka://one:9092, or give --url")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        _run(chosen, options, settings.COLLECTOR.ingest, stopping)
    except ImportError:
        raise CollectorError(f"{chosen}: needs the extra: pip install 'minewatch[bus]'") from None


def _run(url: str, options: BusOptions, ingest: IngestOptions, stopping: threading.Event) -> None:
    from collector.ingest.bus.intake import BusCounters, take

    scheme, _, rest = url.partition("://")
    servers = tuple(filter(None, rest.rstrip("/").split(",")))
    taking = partial(take, options=ingest, counters=BusCounters())
    if scheme.startswith("nats") and servers:
        from collector.ingest.bus import nats

        bus = nats.NatsBus(servers, options.replicas, _tls(options) if scheme.endswith("+tls") else None)
        asyncio.run(nats.consume(bus, taking, stopping.is_set))
    elif scheme.startswith("kafka") and servers:
        from collector.ingest.bus import kafka

        kafka.consume(_kafka(scheme, servers, options), options.replicas, taking, stopping.is_set)
    else:
        raise CollectorError(f"bus.url {url}: is no bus; write nats://one:4222,two:4222 or kafka://one:9092")


def _tls(options: BusOptions) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
        if options.certificate and options.key:
            context.load_cert_chain(options.certificate, options.key)
    except OSError as fault:
        raise CollectorError(f"bus.ca_file, bus.certificate, bus.key: cannot be used: {fault}; give PEM") from None
    return context


def _kafka(scheme: str, servers: tuple[str, ...], options: BusOptions) -> dict[str, object]:
    settings: dict[str, object] = {"bootstrap.servers": ",".join(servers), "log_level": 2}
    if not scheme.endswith("+tls"):
        return settings
    files = {
        "ssl.ca.location": options.ca_file,
        "ssl.certificate.location": options.certificate,
        "ssl.key.location": options.key,
    }
    return settings | {"security.protocol": "ssl"} | {name: str(path) for name, path in files.items() if path}

"""How does the collector read JetStream? One durable consumer; a message is done once its receipt is in a stream."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import nats
from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import BadRequestError

from sensor.model.parcel import RECEIPT_STREAM, RECEIPT_SUBJECT, STREAM, SUBJECT, Parcel, address_of

Take = Callable[[Parcel | None], Parcel | None]
DURABLE = "collector"
FETCH_S = 1.0
RETRY_S = 5.0
ACK_WAIT_S = 60.0
RECEIPT_AGE_S = 7 * 86_400.0
MAX_STREAM_BYTES = 8 * 1024**3
_AT_ONCE = 16
_LOG = logging.getLogger("collector.ingest")


@dataclass(frozen=True, slots=True)
class NatsBus:
    """Where the brokers are, and on how many of them each message lies."""

    servers: tuple[str, ...]
    replicas: int
    tls: ssl.SSLContext | None = None


async def consume(bus: NatsBus, take: Take, stopping: Callable[[], bool]) -> None:
    """Read until told to stop. A lost connection is opened again; what was not acknowledged comes again."""
    servers = [f"nats://{server}" for server in bus.servers]
    client = await nats.connect(servers, tls=bus.tls, max_reconnect_attempts=-1, reconnect_time_wait=1, error_cb=_told)
    try:
        subscription = await _subscribed(client, bus, stopping)
        while subscription is not None and not stopping():
            for message in await _fetched(subscription):
                await _handle(client.jetstream(), message, take)
    finally:
        with contextlib.suppress(NatsError, OSError, asyncio.TimeoutError):
            await asyncio.wait_for(client.close(), RETRY_S)


async def _handle(stream: JetStreamContext, message: Msg, take: Take) -> None:
    """Store, answer, acknowledge; in this order, so that a fall at any place means no more than another delivery."""
    parcel = Parcel.read(message.headers or {}, message.data)
    try:
        receipt = await sync_to_async(_with_fresh_connection(take), thread_sensitive=True)(parcel)
        if receipt is not None:
            subject = f"{RECEIPT_SUBJECT}.{address_of(receipt.sensor)}.{receipt.number}"
            await stream.publish(subject, receipt.body, headers=receipt.headers())
        await message.ack_sync(timeout=RETRY_S)
    except DatabaseError as fault:
        _LOG.error("bus: the database does not take a delivery, it comes again: %s", fault)
        with contextlib.suppress(NatsError):
            await message.nak(delay=RETRY_S)
    except (TimeoutError, NatsError) as fault:
        _LOG.warning("bus: %s; the delivery comes again", fault or type(fault).__name__)


def _with_fresh_connection(take: Take) -> Take:
    def taken(parcel: Parcel | None) -> Parcel | None:
        close_old_connections()
        return take(parcel)

    return taken


async def _fetched(subscription: JetStreamContext.PullSubscription) -> list[Msg]:
    try:
        return await subscription.fetch(_AT_ONCE, timeout=FETCH_S)
    except (TimeoutError, NatsError):
        await asyncio.sleep(FETCH_S / 10)
        return []


async def _subscribed(
    client: Client, bus: NatsBus, stopping: Callable[[], bool]
) -> JetStreamContext.PullSubscription | None:
    """The streams, made where they are not there, and the durable consumer. Waits while there is no leader."""
    stream = client.jetstream(timeout=RETRY_S)
    while not stopping():
        try:
            for config in _streams(bus.replicas):
                with contextlib.suppress(BadRequestError):  # there already, as an administrator made it
                    await stream.add_stream(config)
            durable = ConsumerConfig(ack_wait=ACK_WAIT_S, max_ack_pending=_AT_ONCE)
            return await stream.pull_subscribe(f"{SUBJECT}.*", DURABLE, stream=STREAM, config=durable)
        except (TimeoutError, NatsError) as fault:
            _LOG.warning("bus: no streams yet: %s", fault or type(fault).__name__)
            await asyncio.sleep(FETCH_S)
    return None


def _streams(replicas: int) -> tuple[StreamConfig, StreamConfig]:
    """Deliveries go once acknowledged, and a full stream takes no more: the spools keep what does not fit."""
    work = StreamConfig(
        name=STREAM,
        subjects=[f"{SUBJECT}.*"],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        num_replicas=replicas,
        max_bytes=MAX_STREAM_BYTES,
    )
    receipts = StreamConfig(
        name=RECEIPT_STREAM,
        subjects=[f"{RECEIPT_SUBJECT}.*.*"],
        max_age=RECEIPT_AGE_S,
        max_msgs_per_subject=1,
        num_replicas=replicas,
        max_bytes=MAX_STREAM_BYTES,
    )
    return work, receipts


async def _told(fault: Exception) -> None:
    _LOG.warning("bus: %s", fault or type(fault).__name__)

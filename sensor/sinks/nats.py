"""How does a batch reach the collector over NATS JetStream? Into a stream, and back comes the collector's receipt.

The stream's own acknowledgement says only that a broker has the batch. Brokers have lost what they acknowledged, so the
spool keeps its rows until the collector itself answers. Receipts lie in a stream of their own: one that was published
while this sensor was away is found by its number.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from sensor.config.fields import bus_servers
from sensor.config.options import UplinkOptions
from sensor.model.parcel import RECEIPT_STREAM, RECEIPT_SUBJECT, SUBJECT, Parcel, address_of
from sensor.sinks.courier import answered, packed, token_or_answer
from sensor.sinks.post import Answer, Kind, tls_context
from sensor.sinks.spool import SpoolRow

SLACK_S = 2.0
"""How much longer than its time a delivery may take to give up, in seconds."""
LOOK_S = 1.0
"""How often the receipts' stream is looked at, beside what is heard at once, in seconds."""


class NatsCourier:
    """One connection, kept open and reopened; its event loop runs in a thread of its own."""

    def __init__(self, options: UplinkOptions, token: Callable[[], str | None], sensor: str, kind: str) -> None:
        """Nothing is connected yet. Raises :class:`~sensor.model.errors.ConfigError` on bad certificate files."""
        scheme, hosts = bus_servers(options.url)
        self._servers = [f"nats://{host}" for host in hosts]
        self._tls = tls_context(options) if scheme.endswith("+tls") else None
        self._token, self._sensor, self._kind = token, sensor, kind
        self._client: Client | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nats", daemon=True)
        self._thread.start()

    def send(self, rows: Sequence[SpoolRow], timeout_s: float) -> Answer:
        """Publish ``rows`` as one message and wait for the collector's receipt."""
        token = token_or_answer(self._token)
        if isinstance(token, Answer):
            return token
        parcel = packed(rows, token, self._sensor, self._kind)
        try:
            answer: Answer = self._wait(self._deliver(parcel, token, len(rows)), timeout_s)
            return answer
        except TimeoutError:
            return Answer(Kind.LATER, f"no receipt within {timeout_s:g} s")
        except (NatsError, OSError, ValueError) as error:
            return Answer(Kind.LATER, f"bus: {error or type(error).__name__}")

    def close(self) -> None:
        """End the connection and the thread."""
        if self._client is not None:
            with contextlib.suppress(NatsError, OSError, TimeoutError):
                self._wait(self._client.close(), SLACK_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SLACK_S)
        if not self._loop.is_running():
            self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, Any], timeout_s: float) -> Any:
        async def bounded() -> Any:
            return await asyncio.wait_for(work, timeout_s)

        return asyncio.run_coroutine_threadsafe(bounded(), self._loop).result(timeout_s + SLACK_S)

    async def _deliver(self, parcel: Parcel, token: str, rows: int) -> Answer:
        client = await self._connected()
        stream = client.jetstream()
        address = address_of(self._sensor)
        subject = f"{RECEIPT_SUBJECT}.{address}.{parcel.number}"
        heard = await client.subscribe(subject, max_msgs=1)
        try:
            # The broker drops a repeated id for some minutes; the receipt of the first one is in the stream then.
            headers = parcel.headers() | {"Nats-Msg-Id": parcel.number}
            await stream.publish(f"{SUBJECT}.{address}", parcel.body, headers=headers)
            while True:
                receipt = await _heard(heard) or await _kept(client, subject)
                found = answered(receipt, parcel, token, rows) if receipt else None
                if found is not None:
                    return found
        finally:
            with contextlib.suppress(NatsError):
                await heard.unsubscribe()

    async def _connected(self) -> Client:
        if self._client is None or self._client.is_closed:
            self._client = await nats.connect(
                self._servers, tls=self._tls, max_reconnect_attempts=-1, reconnect_time_wait=1, error_cb=_quiet
            )
        return self._client


async def _heard(subscription: Any) -> Parcel | None:
    try:
        message: Msg = await subscription.next_msg(timeout=LOOK_S)
    except (NatsError, TimeoutError):
        await asyncio.sleep(LOOK_S / 10)
        return None
    return Parcel.read(message.headers or {}, message.data)


async def _kept(client: Client, subject: str) -> Parcel | None:
    try:
        message = await client.jetstream().get_last_msg(RECEIPT_STREAM, subject)
    except (NotFoundError, NatsError, TimeoutError):
        return None
    return Parcel.read(message.headers or {}, message.data or b"")


async def _quiet(_error: Exception) -> None:
    """What goes wrong is the answer to a delivery; the library would print it besides."""

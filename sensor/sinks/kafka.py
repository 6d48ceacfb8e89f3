"""How does a batch reach the collector over Kafka? Into a topic, and back comes the collector's receipt on another."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Message, Producer, TopicPartition

from sensor.config.fields import bus_servers
from sensor.config.options import UplinkOptions
from sensor.model.parcel import RECEIPT_TOPIC, TOPIC, Parcel, address_of, texts_of
from sensor.sinks.courier import answered, packed, token_or_answer
from sensor.sinks.post import Answer, Kind
from sensor.sinks.spool import SpoolRow

POLL_S = 0.2


class KafkaCourier:
    """One producer and one reader of receipts; both keep their connections."""

    def __init__(self, options: UplinkOptions, token: Callable[[], str | None], sensor: str, kind: str) -> None:
        """Nothing is connected yet. Raises :class:`~sensor.model.errors.ConfigError` on an address that is none."""
        settings = connection_settings(options)
        timeout_ms = round(options.timeout_s * 1000)
        sure = {"enable.idempotence": True, "acks": "all", "delivery.timeout.ms": timeout_ms, "linger.ms": 0}
        self._producer = Producer(settings | sure)
        # No group is joined and no offset kept: receipts that were missed are asked for by sending again.
        reading = {"group.id": f"minewatch-{address_of(sensor)}", "enable.auto.commit": False}
        self._consumer = Consumer(settings | reading)
        self._token, self._sensor, self._kind = token, sensor, kind
        self._assigned = False

    def send(self, rows: Sequence[SpoolRow], timeout_s: float) -> Answer:
        """Produce ``rows`` as one message and wait for the collector's receipt."""
        token = token_or_answer(self._token)
        if isinstance(token, Answer):
            return token
        parcel = packed(rows, token, self._sensor, self._kind)
        deadline_s = time.monotonic() + timeout_s
        try:
            self._listen(timeout_s)
            self._produce(parcel, timeout_s)
            while time.monotonic() < deadline_s:
                receipt = parcel_of(self._consumer.poll(POLL_S))
                found = answered(receipt, parcel, token, len(rows)) if receipt else None
                if found is not None:
                    return found
        except (KafkaException, BufferError) as error:
            return Answer(Kind.LATER, f"bus: {error}")
        return Answer(Kind.LATER, f"no receipt within {timeout_s:g} s")

    def close(self) -> None:
        """End the connections; what is not acknowledged is in the spool."""
        self._producer.purge()
        self._consumer.close()

    def _listen(self, timeout_s: float) -> None:
        """Read the receipts' topic from its end, once; before the first batch leaves, so that none is missed."""
        if self._assigned:
            return
        found = self._consumer.list_topics(RECEIPT_TOPIC, timeout=timeout_s).topics[RECEIPT_TOPIC]
        places = [TopicPartition(RECEIPT_TOPIC, number, OFFSET_END) for number in found.partitions]
        if found.error is not None or not places:
            raise KafkaException(found.error or "no topic for receipts; the collector makes it: collector consume")
        # The end is fixed now, in numbers: OFFSET_END would be wherever the end is when the first fetch is answered.
        for place in places:
            place.offset = self._consumer.get_watermark_offsets(place, timeout=timeout_s)[1]
        self._consumer.assign(places)
        self._assigned = True

    def _produce(self, parcel: Parcel, timeout_s: float) -> None:
        headers: list[tuple[str, str | bytes | None]] = [
            (name, text.encode()) for name, text in parcel.headers().items()
        ]
        self._producer.produce(TOPIC, parcel.body, key=address_of(self._sensor), headers=headers)
        self._producer.flush(timeout_s)


def connection_settings(options: UplinkOptions) -> dict[str, object]:
    """How librdkafka connects: brokers, and TLS where the address says so."""
    scheme, hosts = bus_servers(options.url)
    settings: dict[str, object] = {"bootstrap.servers": ",".join(hosts), "log_level": 2}
    if not scheme.endswith("+tls"):
        return settings
    files: dict[str, Path | None] = {
        "ssl.ca.location": options.ca_file,
        "ssl.certificate.location": options.client_cert_file,
        "ssl.key.location": options.client_key_file,
    }
    return settings | {"security.protocol": "ssl"} | {name: str(path) for name, path in files.items() if path}


def parcel_of(message: Message | None) -> Parcel | None:
    """The parcel in a message; None for silence, a fault of the broker, and what is no parcel."""
    if message is None or message.error() is not None:
        return None
    return Parcel.read(texts_of(message.headers() or ()), message.value() or b"")

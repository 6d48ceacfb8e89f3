"""How does the collector read Kafka? One group; an offset is committed once the brokers have the receipt."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from django.db import DatabaseError, close_old_connections

from sensor.model.parcel import RECEIPT_TOPIC, TOPIC, Parcel, address_of, texts_of

Take = Callable[[Parcel | None], Parcel | None]
GROUP = "minewatch-collector"
POLL_S = 0.5
RETRY_S = 5.0
SEND_S = 30.0
PARTITIONS = 6
SESSION_S = 10
"""A consumer that is silent for so long is dead, and another takes its partitions over; heartbeats have a thread of
their own, so a slow database is no silence. librdkafka's 45 s keep every sensor waiting after a crash."""
_LOG = logging.getLogger("collector.ingest")


def consume(settings: Mapping[str, Any], replicas: int, take: Take, stopping: Callable[[], bool]) -> None:
    """Read until told to stop. Nothing counts as read before its receipt is out."""
    _make_topics(settings, replicas)
    reading = {"group.id": GROUP, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    reading |= {"session.timeout.ms": SESSION_S * 1000, "heartbeat.interval.ms": SESSION_S * 300}
    consumer = Consumer(dict(settings) | reading)
    producer = Producer(dict(settings) | {"enable.idempotence": True, "acks": "all", "linger.ms": 0})
    consumer.subscribe([TOPIC])
    try:
        while not stopping():
            message = consumer.poll(POLL_S)
            if message is not None and message.error() is None:
                _handle(consumer, producer, message, take)
    finally:
        consumer.close()


def _handle(consumer: Consumer, producer: Producer, message: Message, take: Take) -> None:
    """Store, answer, commit; in this order, so that a fall at any place means no more than another delivery."""
    try:
        close_old_connections()
        receipt = take(_parcel(message))
        if receipt is not None:
            _send(producer, receipt)
        consumer.commit(message=message, asynchronous=False)
    except (DatabaseError, KafkaException, BufferError) as fault:
        _LOG.error("bus: a delivery is not done, it comes again: %s", fault)
        time.sleep(RETRY_S)
        place = (message.topic() or TOPIC, message.partition() or 0, message.offset() or 0)
        consumer.seek(TopicPartition(*place))


def _send(producer: Producer, receipt: Parcel) -> None:
    """Raises ``KafkaException`` unless the brokers have it."""
    faults: list[KafkaError] = []
    headers: list[tuple[str, str | bytes | None]] = [(name, text.encode()) for name, text in receipt.headers().items()]
    producer.produce(
        RECEIPT_TOPIC,
        receipt.body,
        key=address_of(receipt.sensor),
        headers=headers,
        on_delivery=lambda fault, _message: faults.append(fault) if fault else None,
    )
    if producer.flush(SEND_S) or faults:
        raise KafkaException(faults[0] if faults else KafkaError(KafkaError._TIMED_OUT))


def _parcel(message: Message) -> Parcel | None:
    return Parcel.read(texts_of(message.headers() or ()), message.value() or b"")


def _make_topics(settings: Mapping[str, Any], replicas: int) -> None:
    """The two topics, where they are not there; an administrator's own stay as they are."""
    wanted = [NewTopic(name, num_partitions=PARTITIONS, replication_factor=replicas) for name in (TOPIC, RECEIPT_TOPIC)]
    for name, made in AdminClient(dict(settings)).create_topics(wanted).items():
        try:
            made.result(SEND_S)
        except TimeoutError:
            _LOG.warning("bus: brokers do not say whether topic %s is made; it is read once it is there", name)
        except KafkaException as fault:
            if fault.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                _LOG.warning("bus: topic %s was not made: %s", name, fault)

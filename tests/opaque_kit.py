"""What do tests of flows that nobody can read share? A model of one score, and TLS without its handshake."""

from __future__ import annotations

import random

from sensor.behaviour.features import FEATURES
from sensor.behaviour.model import Card, Model, Node
from sensor.model.flow import Direction
from sensor.simulate.wraps.base import Place, Said

CARD = Card(
    purpose="test",
    training="none",
    real_mining_flows=0,
    generated_mining_flows=0,
    real_benign_flows=0,
    generated_benign_flows=0,
    sources=(),
    threshold_chosen="by hand",
    calibration="none",
    known_failures=(),
)


def model(base: float, doubt: float = 0.0) -> Model:
    """A model whose every record is worth ``base``, its log-odds before the first tree, reckoned with ``doubt`` others
    that say nothing. It leans from -2 on."""
    return Model(
        schema="minewatch.behaviour-model/1",
        name="test",
        date="2026-11-22",
        training_digest="0" * 64,
        threshold=0.5,
        leaning=0.12,
        base=base,
        doubt=doubt,
        features=(FEATURES[0].name,),
        trees=((Node(value=0.0),),),
        card=CARD,
        digest="0" * 64,
    )


class TlsRecords:
    """A session that was joined in the middle: every write is a record of TLS 1.3, of random bytes."""

    def __init__(self, place: Place, rng: random.Random) -> None:
        self._rng = rng

    def greeting(self) -> list[Said]:
        """The handshake is over."""
        return []

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """Type and tag come on top (RFC 8446 §5.2)."""
        body = self._rng.randbytes(len(data) + 17)
        return [b"\x17\x03\x03" + len(body).to_bytes(2) + body]

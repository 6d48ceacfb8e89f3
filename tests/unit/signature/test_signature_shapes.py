"""Does narrowing to a message's shape leave what a rule says as it is, and is what it remembers bounded?"""

from __future__ import annotations

from typing import Any

import pytest

from sensor.model.flow import Direction as Way
from sensor.model.observation import Observation
from sensor.signature import SignatureSet, load
from sensor.signature import shapes as shapes_module
from sensor.signature.shapes import MAX_ITEMS, Shapes
from sensor.signature.words import Protocol

SUBMIT = {"kind": "request", "method": "mining.submit", "id": 4}
V1_SHARE = ["acct.rig", "job1", "00000000", "5f5e1000", "deadbeef"]
SAME_SHAPE = [
    ("other values", {"params": V1_SHARE}, {"params": ["b", "job2", "00000001", "5f5e1001", "deadbeee"]}, True),
    ("other id of its kind", {"id": 4}, {"id": 5}, True),
    ("other kind of id", {"id": 4}, {"id": "4"}, False),
    ("one element more", {"params": V1_SHARE}, {"params": [*V1_SHARE, "20000000"]}, False),
    ("long arrays", {"params": ["x"] * (MAX_ITEMS + 1)}, {"params": ["x"] * (MAX_ITEMS + 9)}, True),
    ("a member no signature speaks of", {"params": {"job_id": "1"}}, {"params": {"job_id": "2", "zzz": 1}}, True),
    ("a member that one speaks of", {"params": {"job_id": "1"}}, {"params": {"job_id": "2", "nonce": "0"}}, False),
    ("another word", {"method": "mining.submit"}, {"method": "mining.notify"}, False),
    ("words no signature insists on", {"method": "a.b"}, {"method": "c.d"}, True),
    ("null and missing", {"result": None}, {}, False),
]


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.fixture
def shapes(signatures: SignatureSet) -> Shapes:
    spoken = [each for each in signatures.signatures if each.scope and each.scope.protocol is Protocol.JSONRPC]
    return Shapes(Protocol.JSONRPC, spoken)


@pytest.mark.parametrize(("one", "other", "same"), [row[1:] for row in SAME_SHAPE], ids=[row[0] for row in SAME_SHAPE])
def test_shape(shapes: Shapes, one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    assert (shapes.narrowed(SUBMIT | one) is shapes.narrowed(SUBMIT | other)) is same


def test_few_signatures_are_left(shapes: Shapes) -> None:
    left = {each.signature.name for each in shapes.narrowed(SUBMIT | {"params": V1_SHARE})}
    assert "stratum_v1_submit" in left
    assert len(left) < 12
    assert not list(shapes.narrowed({"kind": "response", "id": 4, "result": True}))


def test_shapes_are_bounded_and_more_of_them_change_nothing(
    signatures: SignatureSet, shapes: Shapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes_module, "MAX_SHAPES", 3)
    for size in range(12):
        message = SUBMIT | {"params": V1_SHARE[:size] + ["x"] * (size - len(V1_SHARE))}
        fields = {"jsonrpc": message}
        held = {each.signature.name for each in shapes.narrowed(message) if not each.holds or each.holds(fields)}
        assert held == {match.signature.name for match in signatures.match(Observation(Way.ORIG, 0, fields))}
    assert len(shapes._known) == 3

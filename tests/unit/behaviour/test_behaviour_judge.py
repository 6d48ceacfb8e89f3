"""Do all trees at once come to the same sum as one walk after the other?"""

import random
from typing import Any

import pytest

from sensor.behaviour.features import FEATURES
from sensor.behaviour.judge import Judge
from sensor.behaviour.model import MAX_NODES, Card, Model

NAMES = [feature.name for feature in FEATURES[:4]]
BOUNDS = (-1.0, 0.0, 0.25, 0.5, 1.0)
"""Few, so that questions share them and values lie on them."""


def grown(rng: random.Random, nodes: int) -> list[dict[str, Any]]:
    """A tree of about so many nodes: any shape, leaves of any value."""
    tree: list[dict[str, Any]] = [{"value": rng.uniform(-1, 1)}]
    while len(tree) + 2 <= nodes:
        node = rng.choice([one for one in tree if "feature" not in one])
        branches = {"then": len(tree), "otherwise": len(tree) + 1}
        node |= {"feature": rng.choice(NAMES), "at_most": rng.choice(BOUNDS), **branches}
        tree += [{"value": rng.uniform(-1, 1)}, {"value": rng.uniform(-1, 1)}]
    return tree


def model(trees: list[list[dict[str, Any]]]) -> Model:
    shape = {"schema": "minewatch.behaviour-model/1", "name": "m", "date": "2026-11-22", "features": NAMES}
    card: dict[str, Any] = dict.fromkeys(Card.model_fields, "") | {"sources": (), "known_failures": ()}
    card |= {name: 0 for name in Card.model_fields if name.endswith("_flows")}
    digests = {"training_digest": "0" * 64, "digest": "0" * 64}
    return Model.model_validate({**shape, **digests, "threshold": 0.5, "base": 0.125, "trees": trees, "card": card})


def walked(told: Model, values: list[float]) -> float:
    leaves = []
    for tree in told.trees:
        node = tree[0]
        while node.feature is not None:
            node = tree[node.then if values[NAMES.index(node.feature)] <= node.at_most else node.otherwise]
        leaves.append(node.value)
    return told.base + sum(leaves)


@pytest.mark.parametrize(
    ("trees", "nodes"),
    [(0, 1), (1, 1), (5, 3), (40, 15), (40, 17), (20, 31), (20, 63), (20, 65), (9, MAX_NODES), (700, 31), (200, 99)],
)
def test_the_sum_is_that_of_the_walks_to_the_last_bit(trees: int, nodes: int) -> None:
    rng = random.Random(f"{trees} {nodes}")
    told = model([grown(rng, nodes if number % 2 else rng.randint(1, nodes)) for number in range(trees)])
    judge = Judge(told)
    for _ in range(100):
        values = [rng.choice([*BOUNDS, rng.uniform(-2, 2)]) for _ in FEATURES]
        assert judge.odds(values) == walked(told, values)
        assert told.base + sum(tree[0].value for tree in told.trees) + sum(judge.shares(values)) == pytest.approx(
            judge.odds(values)
        )


def test_a_chain_of_questions_is_no_deeper_than_a_tree_may_be() -> None:
    chain: list[dict[str, Any]] = []
    for at in range(0, MAX_NODES - 1, 2):
        question = {"feature": NAMES[0], "at_most": float(-at), "then": at + 2, "otherwise": at + 1}
        chain += [{"value": 0.0, **question}, {"value": float(at)}]
    told = model([[*chain, {"value": -7.0}]])
    assert {Judge(told).odds([value, *[0.0] * len(FEATURES)]) for value in (1.0, -1.0, -2.5, -500.0)} == {
        walked(told, [value, 0.0, 0.0, 0.0]) for value in (1.0, -1.0, -2.5, -500.0)
    }

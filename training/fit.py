"""How does a model come out of examples? Gradient-boosted trees, every source of a class with the same say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from sensor.behaviour.evidence import as_they_come
from sensor.behaviour.features import FEATURES
from sensor.behaviour.model import logistic
from training.dataset import Example
from training.flows import Row
from training.madeup import FAMILY as MADE_UP

TREES, LEAVES, RATE = 800, 20, 0.1
FEWEST, SHRINK = 200, 30.0
"""Rows of a leaf, and how much leaves are drawn towards nothing: what few flows have is not learned from."""
SEEN = 0.2
"""The share of the features that a question chooses among: no few of them carry it all, and what is not like what was
trained on is judged by the others."""
ROWS = 6
"""Rows of a flow that are trained on: the first, the last, and what lies between them evenly."""
MADE_UP_SAY = 2.0
"""How much more than a dialect's a made-up pool's flows weigh: what it has in common with others is its shape alone."""
DOUBT = 1.0
"""Records that say nothing, reckoned among those of a flow: one alone has to say nearly twice what twelve have each."""
_DECIMALS = 6
Fitted: TypeAlias = HistGradientBoostingClassifier


@dataclass(frozen=True, slots=True)
class Trees:
    """Fitted trees as a model file has them."""

    base: float
    trees: list[list[dict[str, Any]]]


def fit(examples: Sequence[Example]) -> Fitted:
    """Fit on the examples that have rows. A flow counts once whatever its rows, a source once whatever its flows."""
    used = [(example, _thinned(example.rows)) for example in examples if example.rows]
    values = np.array([row.values for _, rows in used for row in rows])
    truth = np.array([example.is_mining for example, rows in used for _ in rows], dtype=int)
    flows = Counter((example.is_mining, example.source) for example, _ in used)
    sources = Counter(is_mining for is_mining, _ in flows)
    weights = np.array(
        [
            _say(example) / (len(rows) * flows[example.is_mining, example.source] * sources[example.is_mining])
            for example, rows in used
            for _ in rows
        ]
    )
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        learning_rate=RATE,
        max_features=SEEN,
        min_samples_leaf=FEWEST,
        l2_regularization=SHRINK,
        early_stopping=False,
        random_state=7,
    )
    model.fit(values, truth, sample_weight=weights * len(values) / weights.sum())
    return model


def _say(example: Example) -> float:
    return MADE_UP_SAY if example.is_mining and example.family == MADE_UP else 1.0


def _thinned(rows: Sequence[Row]) -> list[Row]:
    if len(rows) <= ROWS:
        return list(rows)
    return [rows[round(number * (len(rows) - 1) / (ROWS - 1))] for number in range(ROWS)]


def scores_of(model: Fitted, examples: Sequence[Example]) -> list[list[float]]:
    """The score at every row of every example: of all rows up to it, as the sensor has it."""
    rows = [row.values for example in examples for row in example.rows]
    taken = iter(model.decision_function(np.array(rows)).tolist() if rows else [])
    return [[logistic(one) for one in as_they_come([next(taken) for _ in example.rows], DOUBT)] for example in examples]


def trees_of(model: Fitted) -> Trees:
    """The fitted trees as plain data; leaves are rounded, thresholds are as they were fitted."""
    base = float(model._baseline_prediction[0, 0])
    return Trees(round(base, _DECIMALS), [_tree(each[0].nodes) for each in model._predictors])


def _tree(nodes: Any) -> list[dict[str, Any]]:
    return [_node(nodes, place) for place in range(len(nodes))]


def _node(nodes: Any, place: int) -> dict[str, Any]:
    node = nodes[place]
    value = round(_mean(nodes, place), _DECIMALS)
    if node["is_leaf"]:
        return {"value": value}
    return {
        "feature": FEATURES[int(node["feature_idx"])].name,
        "at_most": _finite(float(node["num_threshold"])),
        "then": int(node["left"]),
        "otherwise": int(node["right"]),
        "value": value,
    }


def _mean(nodes: Any, place: int) -> float:
    """The mean of the leaves below a node, by the rows that reached them."""
    node = nodes[place]
    if node["is_leaf"]:
        return float(node["value"])
    left, right = int(node["left"]), int(node["right"])
    counts = float(nodes[left]["count"]), float(nodes[right]["count"])
    return (_mean(nodes, left) * counts[0] + _mean(nodes, right) * counts[1]) / sum(counts)


def _finite(threshold: float) -> float:
    return threshold if math.isfinite(threshold) else 1e9

"""What is written into a model file? Trees, threshold, and the card that says what to trust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sensor.behaviour.features import FEATURES
from sensor.behaviour.model import digest_of
from training.dataset import Example
from training.evaluate import FALSE_RATE, LEANING_RATE
from training.fit import DOUBT, Trees

KNOWN_FAILURES = (
    "Mining that polls over HTTPS (getwork, getblocktemplate, eth_getWork) looks as any other poll does.",
    "A flow of which only the client's direction passes the tap is never handed on.",
    "A connection that carries many miners at once, or anything else besides, may be too busy for a record.",
    "Cover traffic between the messages is not in the training data.",
    "Programs at a node of a chain that are told of every block and hand in transactions come nearest to mining; kinds "
    "of benign flows that were not generated here are the greatest risk: see the tables with whole kinds held out.",
    "What tells of changes as they come and is confirmed in a few bytes, as building control is, has the shape of "
    "shares and their answers.",
    "Sessions that hand in nothing for many minutes show pushes alone, as many services do: most are missed.",
    "Benign conversations behind relays that pad are next to none in the training and are taken for mining far more "
    "often: see their table.",
    "False scores are counted over half an hour; a flow that lives for a day is looked at fifty times as often.",
    "Real benign flows are few and captured years ago.",
)


def document(
    name: str,
    date: str,
    trees: Trees,
    thresholds: Sequence[float],
    used: Sequence[Example],
    training_digest: str,
    *,
    chosen_on: int,
) -> dict[str, Any]:
    """The content of a model file, digest included. ``thresholds``: of a suspicion, and of leaning."""
    data = {
        "schema": "minewatch.behaviour-model/1",
        "name": name,
        "date": date,
        "training_digest": training_digest,
        "threshold": thresholds[0],
        "leaning": thresholds[1],
        "doubt": DOUBT,
        "base": trees.base,
        "features": [feature.name for feature in FEATURES],
        "card": _card(used, chosen_on),
        "trees": trees.trees,
    }
    return {**data, "digest": digest_of(data)}


def _card(used: Sequence[Example], chosen_on: int) -> dict[str, Any]:
    def count(*, is_mining: bool, is_real: bool) -> int:
        return sum(one.is_mining is is_mining and one.is_real is is_real for one in used)

    return {
        "purpose": "Raises a suspicion about one opaque, long-lived TCP flow. Never evidence by itself: other evidence "
        "about the flow's ends has to agree.",
        "training": "Gradient-boosted trees on records as the engine makes them; every source of a class has the same "
        "weight, made-up pools twice that, every flow of a source the same. A flow is judged by "
        "the mean log-odds of its records, some that say nothing among them. Made with python -m training.",
        "real_mining_flows": count(is_mining=True, is_real=True),
        "generated_mining_flows": count(is_mining=True, is_real=False),
        "real_benign_flows": count(is_mining=False, is_real=True),
        "generated_benign_flows": count(is_mining=False, is_real=False),
        "sources": sorted({one.source for one in used}),
        "threshold_chosen": f"On {chosen_on} other generated benign flows of the kinds that were trained on: "
        f"the lowest one with at most {FALSE_RATE:g} of them at or over it, and {LEANING_RATE:g} for leaning.",
        "calibration": "Scores are odds among sources of equal weight, half of them mining: on a link, where mining is "
        "rarer by orders of magnitude, a score is no probability. Compare it with the threshold only.",
        "known_failures": list(KNOWN_FAILURES),
    }

"""Is a model file checked before it is used, and does it score as it says?"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from sensor.behaviour.features import FEATURES
from sensor.behaviour.judge import Judge
from sensor.behaviour.model import MAX_MODEL_BYTES, digest_of, load_model, logistic
from sensor.behaviour.record import Behaviour
from sensor.behaviour.score import Scorer
from sensor.model.cuts import TableCuts
from sensor.model.errors import SignatureError
from sensor.model.flow import Direction, Endpoint, FiveTuple

CARD = {
    "purpose": "a test",
    "training": "none",
    "real_mining_flows": 0,
    "generated_mining_flows": 0,
    "real_benign_flows": 0,
    "generated_benign_flows": 0,
    "sources": [],
    "threshold_chosen": "by hand",
    "calibration": "none",
    "known_failures": [],
}
TREE = [
    {"value": 0.5, "feature": "pushes", "at_most": 0.5, "then": 1, "otherwise": 2},
    {"value": -2.0},
    {"value": 3.0},
]


def document(**changes: Any) -> dict[str, Any]:
    data = {
        "schema": "minewatch.behaviour-model/1",
        "name": "test-1",
        "date": "2026-11-22",
        "training_digest": "0" * 64,
        "threshold": 0.9,
        "base": -0.5,
        "features": ["pushes", "asks"],
        "card": CARD,
        "trees": [TREE, [{"value": 0.25}]],
        **changes,
    }
    return {**data, "digest": digest_of(data)}


def written(folder: Path, data: object) -> Path:
    path = folder / "model.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def values(pushes: float) -> list[float]:
    return [pushes if feature.name == "pushes" else 0.0 for feature in FEATURES]


@pytest.mark.parametrize(("pushes", "odds"), [(0.5, -2.25), (0.51, 2.75)])
def test_the_score_is_the_sum_of_leaves(tmp_path: Path, pushes: float, odds: float) -> None:
    judge = Judge(load_model(written(tmp_path, document())))
    assert logistic(judge.odds(values(pushes))) == pytest.approx(1 / (1 + math.exp(-odds)))


def test_what_features_added_is_what_the_walk_gained(tmp_path: Path) -> None:
    added = Judge(load_model(written(tmp_path, document()))).shares(values(0.9))
    assert {feature.name: one for feature, one in zip(FEATURES, added, strict=True) if one} == {"pushes": 2.5}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param({**document(), "threshold": 0.1}, "its digest should be", id="changed"),
        pytest.param(document(features=["pushes", "mood"]), "features this release does not know: mood", id="feature"),
        pytest.param(document(features=["asks"]), "asks for pushes", id="not named"),
        pytest.param(document(leaning=0.95), "is over the threshold 0.9", id="leaning over the threshold"),
        pytest.param(document(trees=[[{**TREE[0], "then": 0}, *TREE[1:]]]), "its branches lead nowhere", id="loop"),
        pytest.param(document(trees=[[{**TREE[0], "otherwise": 1}, *TREE[1:]]]), "below two questions", id="two ways"),
        pytest.param(document(trees=[TREE[:2]]), "its branches lead nowhere", id="beyond the end"),
        pytest.param(document(trees=[[{"value": 1e999}]]), "finite number", id="infinite"),
        pytest.param(document(schema="minewatch.behaviour-model/2"), "schema", id="another schema"),
        pytest.param(document(doubt=-0.1), "doubt", id="doubt below nothing"),
        pytest.param(document(extra=1), "extra", id="unknown member"),
        pytest.param("{", "not JSON", id="no JSON"),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
        pytest.param(" " * (MAX_MODEL_BYTES + 1), "larger than", id="large"),
    ],
)
def test_a_file_that_is_not_right_is_refused(tmp_path: Path, data: object, told: str) -> None:
    with pytest.raises(SignatureError, match=told):
        load_model(written(tmp_path, data))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="cannot be read"):
        load_model(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("odds", "leaning", "is_leaning", "is_suspect"),
    [(0.0, None, False, False), (0.0, 0.4, True, False), (3.0, 0.4, True, True), (3.0, None, True, True)],
)
def test_what_leans_is_not_yet_suspect(
    tmp_path: Path, odds: float, leaning: float | None, is_leaning: bool, is_suspect: bool
) -> None:
    scorer = Scorer(load_model(written(tmp_path, document(base=odds, trees=[], leaning=leaning))))
    flow = FiveTuple(Endpoint("192.0.2.1", 40_000), Endpoint("198.51.100.1", 443), "tcp")
    judged = scorer.score(7, flow, 0, 120 * 10**9, Behaviour(bytes([60, 20]) * 10, 10, Direction.RESP))
    assert (judged.is_leaning, judged.is_suspect) == (is_leaning, is_suspect)


def test_what_many_records_say_counts_more_than_what_one_says(tmp_path: Path) -> None:
    scorer = Scorer(load_model(written(tmp_path, document(base=4.0, trees=[], doubt=1.0))))
    flow = FiveTuple(Endpoint("192.0.2.1", 40_000), Endpoint("198.51.100.1", 443), "tcp")
    behaviour = Behaviour(bytes([60, 20]) * 10, 10, Direction.RESP)
    judged = [scorer.score(flow_id, flow, 0, 120 * 10**9, behaviour) for flow_id in (7, 7, 8)]
    assert [one.is_suspect for one in judged] == [False, True, False]
    assert judged[1].score == pytest.approx(logistic(8 / 3))
    assert scorer.anew(TableCuts()).score(7, flow, 0, 0, behaviour).score == pytest.approx(logistic(2.0))


@pytest.mark.parametrize(("code", "is_suspect"), [(0x80 | 60, True), (60, False)])
def test_a_score_says_what_it_rests_on(tmp_path: Path, code: int, is_suspect: bool) -> None:
    scorer = Scorer(load_model(written(tmp_path, document())))
    flow = FiveTuple(Endpoint("192.0.2.1", 40_000), Endpoint("198.51.100.1", 443), "tcp")
    behaviour = Behaviour(bytes([code, 20]) * 10, 10, Direction.RESP)
    judged = scorer.score(7, flow, 0, 120 * 10**9, behaviour)
    assert (judged.is_suspect, judged.minutes, judged.flow_id) == (is_suspect, 2.0, 7)
    assert judged.model == f"test-1@{scorer.model.digest[:12]}"
    assert [words.en for words in judged.reasons] == (["share of server pushes"] if is_suspect else [])

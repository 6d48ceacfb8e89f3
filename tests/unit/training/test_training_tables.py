"""Is what the tables tell counted right: thresholds, times to detection, false scores, who may be learned from?"""

import math
import statistics
from collections.abc import Sequence

import pytest

from sensor.behaviour.model import load_model
from sensor.signature.location import shipped_folder
from training import blind
from training.alone import alone
from training.benign.groups import ALIKE, CLOSE, EVERYDAY, GROUPS, group_of
from training.benign.later import LATER
from training.benign.table import KINDS, RELAYED, benign_flows, close_flows, relayed_flows
from training.crossfit import cross_fitted, trainable
from training.dataset import Example, example_of
from training.evaluate import Share, Trial, found, key_of, threshold_for
from training.flows import Row
from training.report import tables

MODEL = shipped_folder() / "models" / "behaviour-5.json"
Scores = dict[tuple[str, str], list[float]]


def example(name: str, family: str, minutes: Sequence[float] = (3.0, 6.0), *, mines: bool = False) -> Example:
    rows = tuple(Row(at, 20, (0.5,)) for at in minutes)
    return Example(f"{family}-source", family, mines, False, name, rows)


MANY = [example(str(number), "benign") for number in range(1000)]
RISING: Scores = {key_of(one): [0.1, number / 1000] for number, one in enumerate(MANY)}


@pytest.mark.parametrize(
    ("rate", "threshold"),
    [(0.0, 0.999001), (0.001, 0.998001), (0.01, 0.989001), (0.5, 0.499001)],
)
def test_no_more_than_the_rate_is_at_or_over_the_threshold(rate: float, threshold: float) -> None:
    chosen = threshold_for(MANY, RISING, rate)
    assert chosen == pytest.approx(threshold, abs=1e-9)
    assert found(MANY, RISING, chosen).share.hits == round(rate * len(MANY))


def test_a_flow_without_a_record_is_counted_and_not_found() -> None:
    flows = [example("a", "stratum"), example("b", "stratum", ())]
    result = found(flows, {key_of(flows[0]): [0.2, 0.9]}, 0.5)
    assert (result.share.hits, result.share.total, result.judged, result.minutes) == (1, 2, 1, (6.0,))


def test_time_to_detection_is_of_those_found() -> None:
    flows = [example(str(number), "stratum", (float(number),)) for number in range(1, 21)]
    result = found(flows, {key_of(one): [0.9] for one in flows}, 0.5)
    assert (result.minute(0.5), result.minute(0.95)) == (11.0, 20.0)
    assert math.isnan(found(flows, {key_of(one): [0.1] for one in flows}, 0.5).minute(0.5))


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 30_000, 0.0, 1.2296e-4), (0, 40, 0.0, 0.0881), (40, 40, 0.9119, 1.0), (1, 4, 0.0063, 0.8059)],
)
def test_intervals_are_those_of_clopper_and_pearson(hits: int, total: int, low: float, high: float) -> None:
    share = Share(hits, total)
    assert (share.low, share.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, rel=1e-3))


def test_what_was_encrypted_or_polls_is_not_learned_from() -> None:
    flows = [example("b", "stratum"), example("a", "stratum"), example("c", "http"), example("d", "real-mining")]
    assert [one.name for one in trainable([*flows, example("e", "benign", ())])] == ["a", "b"]


def test_every_flow_is_scored_by_a_model_that_saw_nothing_of_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    flows = [Example(f"s{at % 8}", "stratum", at % 2 == 0, False, str(at), (Row(3.0, 9, (1.0,)),)) for at in range(24)]
    flows.append(example("held", "real-mining", mines=True))
    learned: list[set[str]] = []
    monkeypatch.setattr("training.crossfit.fit", lambda used: learned.append({one.source for one in used}) or used)
    seen: dict[str, set[str]] = {}

    def scores(model: list[Example], asked: Sequence[Example]) -> list[list[float]]:
        sources = {one.source for one in model}
        seen.update({one.source: sources for one in asked})
        return [[0.5] * len(one.rows) for one in asked]

    monkeypatch.setattr("training.crossfit.scores_of", scores)
    assert set(cross_fitted(flows)) == {key_of(one) for one in flows}
    assert all(source not in sources for source, sources in seen.items())
    assert seen["real-mining-source"] == {f"s{number}" for number in range(8)}


def test_the_page_tells_false_kinds_one_by_one_and_the_rest_together() -> None:
    mining = [example(str(at), family, mines=True) for family in ("stratum", "carried", "relay") for at in range(4)]
    quiet = [example(str(at), "benign") for at in range(8)]
    loud = [Example("loud", "benign", False, False, str(at), quiet[0].rows) for at in range(4)]
    scores: Scores = {key_of(one): [0.1, 0.2] for one in quiet} | {key_of(one): [0.1, 0.95] for one in mining + loud}
    relayed = [Example("padded", RELAYED, False, False, str(at), quiet[0].rows) for at in range(4)]
    scores |= {key_of(one): [0.1, 0.95 if one.name == "0" else 0.2] for one in relayed}
    trials = [Trial(flows, scores, 0.9) for flows in ([*mining, *quiet, *loud], [*quiet, *loud], relayed)]
    made = tables("m@0", *trials, 0.5)
    assert "| all others | 4 | 4 | 1 | 25.00%" in made
    assert "| loud | 4 | 4 | 4 | 100.00%" in made
    assert "| 1 other kinds | 8 | 8 | 0 | 0.00%" in made
    assert "**the threshold** (4 of 12) | 0.90000 | 33.333% | 100.0% | 100.0% | 100.0% | 0 of 0 |" in made
    assert "| 10,000 | 3,333.3 |" in made


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("of every network", "| 1 | 8 | 0 | 0.000% | 0.20000 | 100.0% | 100.0% | 0.0% | 0 of 0 |"),
        ("near mining", "| 1 | 4 | 4 | – | 0.95000 | 50.0% | 0.0% | 0.0% | 0 of 0 |"),
        ("**all**", "| 2 | 12 | 4 | 0.000% | 0.95000 | 50.0% | 0.0% | 0.0% | 0 of 0 |"),
    ],
)
def test_each_part_of_the_benign_kinds_is_told_beside_the_whole(part: str, told: str) -> None:
    flows = [Example("ssh-shell", "benign", False, False, str(at), MANY[0].rows) for at in range(8)]
    near = [Example("wallet-server", "benign", False, False, str(at), MANY[0].rows) for at in range(4)]
    mining = [example(str(at), family, mines=True) for family in ("stratum", "carried", "relay") for at in range(4)]
    scores: Scores = {key_of(one): [0.1, 0.2] for one in flows} | {key_of(one): [0.1, 0.95] for one in near}
    scores |= {key_of(one): [0.9, 0.97] for one in mining[:2]} | {key_of(one): [0.5, 0.6] for one in mining[2:8]}
    scores |= {key_of(one): [0.1, 0.1] for one in mining[8:]}
    trials = Trial([*flows, *mining], scores, 0.9), Trial([*flows, *near], scores, 0.9)
    assert f"| {part} {told}" in alone(*trials)


def test_groups_are_of_kinds_that_there_are() -> None:
    assert {kind.name for kind in KINDS} >= EVERYDAY | ALIKE | CLOSE
    assert not EVERYDAY & ALIKE
    assert [group_of(name) for name in ("ssh-shell", "wallet-server", "card-payment")] == list(GROUPS)


def test_what_the_model_never_saw_is_in_no_training() -> None:
    learned, later = {kind.name for kind in KINDS}, [kind.name for kind in LATER]
    assert len(set(later)) == len(later)
    assert not learned & set(later)
    sources = load_model(MODEL).card.sources
    assert not [name for name in later if any(name in source for source in sources)]


def test_the_blind_table_tells_of_the_flows_of_later_kinds() -> None:
    flows = [example_of(flow) for flow in benign_flows(2, 9, kinds=LATER)]
    model = load_model(MODEL)
    told = blind.table(model, flows)
    assert f"of {len(flows)} flows of {len(LATER)} such kinds" in told
    highest = {key: max(scores, default=0.0) for key, scores in blind.scored(model, flows).items()}
    over = sum(score >= model.threshold for score in highest.values())
    assert told.startswith(f"Model `{model.label}`: {over} of ")


def test_every_later_kind_is_long_enough_to_be_judged() -> None:
    sources = {flow.source for flow in benign_flows(3, 9, kinds=LATER) if example_of(flow).rows}
    assert sources == {kind.name for kind in LATER}


def test_flows_for_other_ends_are_other_flows() -> None:
    names = [{flow.name for flow in make(2, 9)} for make in (benign_flows, close_flows, relayed_flows)]
    assert len(set.union(*names)) == sum(len(one) for one in names)
    assert {flow.source for flow in close_flows(1, 9)} == CLOSE


def test_what_a_relay_pads_is_longer() -> None:
    plain, padded = (
        [statistics.mean(one.size_bytes for one in flow.sent) for flow in make(4, 9)]
        for make in (benign_flows, relayed_flows)
    )
    assert statistics.median(padded) > 1.2 * statistics.median(plain)

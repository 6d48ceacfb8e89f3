"""Do a flow's records speak together, and is what is remembered of flows bounded?"""

import pytest

from sensor.behaviour.evidence import RECORDS, Evidence, as_they_come
from sensor.model.cuts import TableCuts


@pytest.mark.parametrize(
    ("odds", "doubt", "together"),
    [
        ([], 1.0, []),
        ([4.0], 0.0, [4.0]),
        ([4.0, 4.0, 4.0], 1.0, [2.0, pytest.approx(8 / 3), 3.0]),
        ([6.0, -6.0], 0.0, [6.0, 0.0]),
        ([-3.0, 9.0], 1.0, [-1.5, 2.0]),
    ],
    ids=["none", "without doubt one is what it is", "alike ones are more", "a mean", "one high one is not enough"],
)
def test_records_speak_together(odds: list[float], doubt: float, together: list[float]) -> None:
    assert list(as_they_come(odds, doubt)) == together
    flow = Evidence(doubt, 1, TableCuts())
    assert [flow.with_record(7, one) for one in odds] == together


def test_age_alone_brings_no_flow_over_a_threshold() -> None:
    aged = list(as_they_come([1.0] * 5000, 1.0))
    assert aged[RECORDS - 1] == pytest.approx(RECORDS / (RECORDS + 1))
    assert aged[RECORDS:] == pytest.approx([aged[RECORDS - 1]] * (5000 - RECORDS))


def test_what_a_flow_did_long_ago_is_forgotten() -> None:
    *_, last = as_they_come([-50.0] * RECORDS + [2.0] * 10 * RECORDS, 0.0)
    assert last == pytest.approx(2.0, abs=0.01)


def test_flows_are_told_apart() -> None:
    evidence = Evidence(1.0, 8, TableCuts())
    assert [evidence.with_record(flow, 2.0) for flow in (1, 2, 1, 2)] == pytest.approx([1.0, 1.0, 4 / 3, 4 / 3])


def test_the_flow_judged_longest_ago_is_forgotten_and_counted() -> None:
    cuts = TableCuts()
    evidence = Evidence(1.0, 2, cuts)
    for flow in (1, 2, 1, 3):
        evidence.with_record(flow, 1.0)
    assert (len(evidence), cuts.odds) == (2, 1)
    assert evidence.with_record(1, 1.0) == pytest.approx(3 / 4), "the third record of a flow that was kept"
    assert evidence.with_record(2, 1.0) == pytest.approx(1 / 2), "judged anew"

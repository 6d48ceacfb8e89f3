"""What an audit could not see: cut frames, one-sided and encrypted flows, silences."""

from __future__ import annotations

import pytest
import room_kit as kit

from sensor.audit import coverage
from sensor.audit.coverage import Coverage, FlowCounts
from sensor.engine.api import Frame
from sensor.simulate.frames import Row

IP, MAC = "192.0.2.9", "02:00:5e:10:00:77"


def _coverage(rows: list[Row], snaplen: int = 65_535) -> Coverage:
    seen = Coverage()
    for at_ns, data in rows:
        seen.look(Frame(at_ns, 1, data[:snaplen], len(data)))
    return seen


def _mining() -> list[Row]:
    return kit.mining("cryptonote", IP, MAC, duration_s=60)


FROM_MINER = bytes.fromhex("02005e100077")
CASES = [
    (_mining(), FlowCounts(with_data=2, tcp=1, one_sided=0, encrypted=0)),
    ([row for row in _mining() if row[1][6:12] == FROM_MINER], FlowCounts(2, 1, 1, 0)),
    (kit.listed_name(IP, MAC), FlowCounts(with_data=1, tcp=1, one_sided=0, encrypted=1)),
    ([kit.arp(1, IP, MAC)], FlowCounts(0, 0, 0, 0)),
]


@pytest.mark.parametrize(("rows", "counts"), CASES)
def test_flows_by_what_they_let_see(rows: list[Row], counts: FlowCounts) -> None:
    assert _coverage(rows).counts() == counts


def test_frames_that_the_snapshot_length_cut_are_counted() -> None:
    rows = _mining()
    seen = _coverage(rows, snaplen=68)
    assert seen.truncated == sum(len(data) > 68 for _, data in rows) > 0
    assert seen.shortest_cut_bytes == 68
    assert seen.bytes == sum(len(data) for _, data in rows)


def test_a_silence_is_told() -> None:
    seen = _coverage([kit.arp(1, IP, MAC), kit.arp(2, IP, MAC), kit.arp(302, IP, MAC)])
    assert (seen.silences, seen.longest_silence_ns) == (1, 300 * kit.SECOND_NS)
    assert seen.other == 3


def test_nothing_was_seen() -> None:
    assert Coverage().first_ns is None


def test_more_flows_than_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "MAX_FLOWS", 1)
    seen = _coverage([*_mining(), *kit.listed_name(IP, MAC)])
    assert len(seen.flows) == 1
    assert seen.uncounted_packets > 0

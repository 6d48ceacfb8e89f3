"""Real captures: every plaintext mining endpoint is found, nothing else is claimed, and shares are counted right."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.detect.scan import ScanResult, scan
from sensor.engine.select import choose_engine
from sensor.signature import SignatureSet, load

DIALECT_OF_LABEL = {
    "stratum-v1": {"stratum-v1", "zip-301"},  # the labels name the two EWBF sessions by their family
    "xmr-login": {"cryptonote"},
    "eth-proxy": {"eth-proxy"},
    "gbt": {"getblocktemplate"},
    "getwork": {"getwork"},
}
NOT_MINING = ("benign", "tunnels", "malformed")

WRONG_LABELS = {
    # id: (accepted on the wire, why the label differs)
    "1578529652_yUoQZ": (102, "a missing comma shifts the row's columns; the text says 102/0"),
    "1619812647_8alcB": (375, "the label repeats another row's 346/0; the capture holds 375 answers with status OK"),
}


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def _scan(path: Path, signatures: SignatureSet) -> ScanResult:
    return scan(open_capture(path), choose_engine(os.environ), signatures)


def _truth(shared: Path) -> dict[str, set[tuple[str, str, int, str]]]:
    expected: dict[str, set[tuple[str, str, int, str]]] = {}
    with (shared / "captures/TRUTH.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            endpoints = expected.setdefault(row["file"], set())
            if row["label"] in DIALECT_OF_LABEL:
                endpoints.add((row["src"], row["dst"], int(row["dport"]), row["label"]))
    return expected


def test_every_labelled_endpoint_and_no_other(shared: Path, signatures: SignatureSet) -> None:
    for name, endpoints in _truth(shared).items():
        (path,) = (shared / "captures").glob(f"*/{name}")
        claims = {
            (one.miner.ip, one.pool.ip, one.pool.port): one
            for one in _scan(path, signatures).detections
            if one.verdict.is_claim
        }
        assert claims.keys() == {endpoint[:3] for endpoint in endpoints}, name


def test_dialects_of_the_labels(shared: Path, signatures: SignatureSet) -> None:
    for name, endpoints in _truth(shared).items():
        (path,) = (shared / "captures").glob(f"*/{name}")
        claims = [one for one in _scan(path, signatures).detections if one.verdict.is_claim]
        for miner, pool, port, label in endpoints:
            seen = {
                str(one.dialect) for one in claims if (one.miner.ip, one.pool.ip, one.pool.port) == (miner, pool, port)
            }
            assert seen & DIALECT_OF_LABEL[label], (name, miner, pool, label)


@pytest.mark.parametrize("folder", NOT_MINING)
def test_nothing_is_claimed_where_nobody_mines(folder: str, shared: Path, signatures: SignatureSet) -> None:
    paths = sorted((shared / "captures" / folder).iterdir())
    assert len(paths) > 50
    claims = [
        (path.name, one.miner.ip, one.dialect)
        for path in paths
        for one in _scan(path, signatures).detections
        if one.verdict.is_claim
    ]
    assert claims == []


def _labels(shared: Path) -> list[dict[str, str]]:
    with (shared / "captures/hashrate/LABELS.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_shares_agent_and_coin_of_miners_that_kept_count(shared: Path, signatures: SignatureSet) -> None:
    for label in _labels(shared):
        name = label["id"]
        found = _scan(shared / f"captures/hashrate/{name}.pcap", signatures).detections
        assert {(one.dialect, one.coin, one.verdict) for one in found} == {("cryptonote", "XMR", "confirmed")}, name
        assert all(agent.startswith("XMRig/") for one in found for agent in one.agents) and found[0].agents, name
        told = label["accepted/rejected"].split("/")[0]
        expected = WRONG_LABELS[name][0] if name in WRONG_LABELS else int(told) if told.isdecimal() else None
        accepted = sum(one.shares.accepted for one in found)
        assert expected is None or accepted == expected, name

"""Which device stands behind a rate, and what it draws; and is the table sound?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sensor.estimate.algorithms import ALGORITHMS
from sensor.estimate.power import algorithms_of_agents, power_of, rows_for
from sensor.model.errors import SignatureError
from sensor.model.wire import HashRate
from sensor.signature import EfficiencyDocument, load
from sensor.signature.location import shipped_folder


@pytest.fixture(scope="module")
def table() -> EfficiencyDocument:
    found = load().efficiency
    assert found is not None
    return found


def rate(value: float, unit: str = "H/s") -> HashRate:
    return HashRate(low=value * 0.9, value=value, high=value * 1.1, unit=unit, method="accepted-shares")


XMRIG = "XMRig/6.26.0 (Linux x86_64) libuv/1.51.0 gcc/13.2.1"
CLASSES = [
    ("agent tells", 5e3, "randomx", [XMRIG], {"cpu"}),
    ("a slow one may be a GPU", 3e2, "randomx", [XMRIG], {"cpu", "gpu"}),
    ("agent of a fork tells by the longest prefix", 1.2e3, "randomx", ["xmrig-nvidia/2.14"], {"gpu"}),
    ("a proxy tells nothing", 1.2e3, "randomx", ["xmrig-proxy/6.22.0"], {"cpu", "gpu"}),
    ("no agent", 1.2e3, "randomx", [], {"cpu", "gpu"}),
    ("two agents", 1.2e3, "randomx", ["xmr-stak-cpu/1.3.0", "xmrig-amd/2.14"], {"cpu", "gpu"}),
    ("a model goes before its class", 2e5, "randomx", ["Antminer X5/2023"], {"asic"}),
    ("rate excludes hobby machines", 1e14, "sha256d", ["cgminer/4.11.1"], {"asic"}),
    ("rate excludes big machines", 1e12, "sha256d", ["cgminer/4.11.1"], {"hobby-asic"}),
    ("rate tells without agent", 1.2e12, "sha256d", [], {"hobby-asic"}),
    ("bitaxe", 1.1e12, "sha256d", ["bitaxe/BM1370/v2.4"], {"hobby-asic"}),
    ("a microcontroller", 7e4, "sha256d", ["NerdMinerV2/2.6"], {"microcontroller"}),
    ("an agent that cannot reach the rate", 1e15, "sha256d", ["NerdMinerV2/2.6"], set()),
    ("an agent that does not mine this", 1e9, "octopus", ["bmminer/2.0.0"], set()),
    ("an algorithm without figures", 1e9, "cryptonight", [XMRIG], set()),
    ("farm or GPU", 3.6e8, "etchash", [], {"asic", "gpu"}),
]


@pytest.mark.parametrize("row", CLASSES, ids=[row[0] for row in CLASSES])
def test_device_class(row, table) -> None:
    _, value, algorithm, agents, expected = row
    found = rows_for(rate(value), algorithm, agents, table)
    assert {each.device.value for each in found} == expected
    assert (power_of(rate(value), algorithm, agents, table) is None) == (not expected)


# hash rate, algorithm, agents, watts from the nameplate
PLATES = [
    ("Antminer S21", 200e12, "sha256d", ["Antminer S21/Thu Oct 9 17:56:18 CST 2025"], 3500),
    ("Antminer S19 Pro", 110e12, "sha256d", ["Antminer S19 Pro/2021"], 3250),
    ("Whatsminer M30S++", 108e12, "sha256d", ["whatsminer/v1.1"], 3472),
    ("S9 behind cgminer", 13.5e12, "sha256d", ["cgminer/4.11.1"], 1323),
    ("Bitaxe Gamma", 1.1e12, "sha256d", ["bitaxe/BM1370/v2.4"], 20),
    ("L7", 9.5e9, "scrypt", ["cgminer/4.11.1"], 3425),
    ("IceRiver KS7", 30e12, "kheavyhash", ["iceriverminer"], 3500),
    ("RTX 3070", 60e6, "etchash", ["lolMiner 1.88"], 130),
    ("RTX 3080 KawPow", 46.4e6, "kawpow", ["T-Rex/0.26.8"], 279),
    ("Ryzen 9 5950X", 15.4e3, "randomx", [XMRIG], 130),
    ("EPYC 7763", 56e3, "randomx", [XMRIG], 280),
    ("RX 570 under XMRig", 296, "randomx", [XMRIG], 100),
    ("Antminer X5", 212e3, "randomx", ["Antminer X5"], 1350),
]


@pytest.mark.parametrize("row", PLATES, ids=[row[0] for row in PLATES])
def test_nameplates_lie_inside_the_range(row, table) -> None:
    _, value, algorithm, agents, watts = row
    power = power_of(rate(value), algorithm, agents, table)
    assert power is not None and power.low <= watts <= power.high
    assert power.high / power.low < 300, "a range that says nothing"


def test_basis_says_class_algorithm_figures_and_source(table) -> None:
    power = power_of(rate(5e3), "randomx", [XMRIG], table)
    assert power is not None
    for part in ("CPU", "处理器", "randomx", "2.3–12–50 J/kH", "2023", "XMRig benchmark database"):
        assert part in power.basis


def test_an_impossible_rate_tells_no_power(table) -> None:
    assert power_of(rate(1e28), "sha256d", [], table) is None


BOUND = [
    (["bitaxe/BM1370/v2.4"], ["sha256d"]),
    (["cgminer/4.11.1"], []),
    (["Bitmain KS5", "whatsminer/v1.1"], ["kheavyhash", "sha256d"]),
]


@pytest.mark.parametrize(("agents", "expected"), BOUND)
def test_machines_that_can_mine_one_thing_only(agents, expected, table) -> None:
    assert algorithms_of_agents(agents, table) == expected


def test_every_algorithm_of_the_table_is_known(table) -> None:
    known = {row.name for row in ALGORITHMS}
    told = {name for row in table.rows for name in row.algorithms}
    assert told | {row.algorithm for row in table.agents if row.algorithm} <= known


SOUND = (shipped_folder() / "efficiency.yml").read_text(encoding="utf-8")
FAULTS = [
    ("updated: 2026-11-22", "updated: soon", "a date"),
    ("joules: {low: 12, typical: 25, high: 98}", "joules: {low: 30, typical: 25, high: 98}", "must rise"),
    ("prefix: 'apollo-miner'", "prefix: 'antminer'", "here twice"),
    ("prefix: 'antminer'", "prefix: 'zantminer'", "out of order"),
    ("year: 2026", "year: 2027", "lies after"),
    ("rate: {min: 1.0e+11, max: 1.5e+13}", "rate: {min: 1.0e+14, max: 1.5e+13}", "min is above max"),
    ("class: gpu", "class: abacus", "use 'asic'"),
    ("per: T", "per: Z", "'T'"),
]


@pytest.mark.parametrize(("sound", "wrong", "said"), FAULTS)
def test_a_faulty_table_stops_the_set(sound, wrong, said, tmp_path: Path) -> None:
    path = tmp_path / "efficiency.yml"
    path.write_text(SOUND.replace(sound, wrong, 1), encoding="utf-8")
    with pytest.raises(SignatureError, match=said) as caught:
        load(tmp_path)
    assert f"{path}:" in str(caught.value)


def test_the_table_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    shutil.copytree(shipped_folder() / "protocols" / "zip-301", tmp_path / "protocols" / "zip-301")
    before = load(tmp_path)
    (tmp_path / "efficiency.yml").write_text(SOUND, encoding="utf-8")
    assert before.efficiency is None and load(tmp_path).fingerprint != before.fingerprint

"""The work of one share, dialect by dialect; the vectors are from captures and specifications."""

from __future__ import annotations

import pytest

from sensor.estimate.work import MAX_WORK, Work, work_of
from sensor.signature import WorkForm

ETH = "0x00000000dbe6fecebdedd5beb573440e5a884d1b2fbf06fcce912adcb8d8422e"
DWARF = "0x0000000225c17d04dad2965cc5a02a23e254c0c3f75d9178046aeb27ce1ca574"
ZEC = "0004189374bc6a7ef9db22d0e5604189374bc6a7ef9db22d0e5604189374bc6a"
EIP_1571 = "112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba"
CONFLUX = "0x55e63b88c2c1a3ad4b0d3d8d5f5d4c3c2a19085f4e3d2c1b0a99887766"
LONG = (2**64 // 5_000_000).to_bytes(8, "little").hex()
SHARE_1E9 = f"{2**256 // 10**9:064x}"

# form, facts, difficulty of the session, hashes per share, relative tolerance
ROWS = [
    ("CryptoNote, 8 digits", "target-le", {"target": "b88d0600"}, None, 10_000, 0),
    ("CryptoNote, 8 digits", "target-le", {"target": "711b0d00"}, None, 5_000, 0),
    ("CryptoNote, 8 digits", "target-le", {"target": "dc460300"}, None, 20_000, 0),
    ("CryptoNote, 8 digits, capitals", "target-le", {"target": "DC460300"}, None, 20_000, 0),
    (
        "CryptoNote, 16 digits",
        "target-le",
        {"target": LONG},
        None,
        5e6,
        1e-9,
    ),
    ("rx/yada is written the other way", "target-le", {"target": "00068db8", "algorithm": "rx/yada"}, None, 10_000, 0),
    ("getwork, 64 digits", "target-le", {"target": "00" * 26 + "ffff00000000"}, None, 2**256 / (0xFFFF << 208), 1e-9),
    ("eth-proxy", None, {"target": ETH}, None, 5.000e9, 1e-3),
    ("eth-proxy, dwarfpool", None, {"target": DWARF}, None, 2.000e9, 1e-3),
    ("ZIP-301", None, {"target": ZEC}, None, 16_000, 1e-3),
    ("EIP-1571 without leading zeros", None, {"target": EIP_1571}, None, 2**256 / int(EIP_1571, 16), 1e-12),
    ("Conflux without leading zeros", None, {"target": CONFLUX}, None, 2**256 / int(CONFLUX, 16), 1e-12),
    ("ProgPow", "target", {"target": SHARE_1E9}, None, 1e9, 1e-9),
    ("Aleo, a number", None, {"target": 4000}, None, 4000, 0),
    ("proxy job", "work", {"difficulty": 123_456}, None, 123_456, 0),
    ("ZMP, hex", "work", {"difficulty": "ee6b2800"}, None, 4.0e9, 1e-3),
    ("Beam, packed", "packed", {"difficulty": (10 << 24) | (1 << 23)}, None, 1536, 0),
    ("Alephium, one of 16 chains", "target-16", {"target": f"{2**256 // 10**6:064x}"}, None, 16e6, 1e-9),
    ("Alephium, the block's target beside a share difficulty", "target-16", {"target": "ff"}, 2.0, 2.0**35, 0),
    (
        "Alephium, the share's target beside a difficulty",
        "target-16",
        {"target": f"{2**256 // 10**6:064x}"},
        9.0,
        16e6,
        1e-9,
    ),
    ("Bytom", "target-le", {"target": "c5a70000"}, None, 100_000, 1e-5),
    ("Bytom, with its lower bytes", "target-le", {"target": "00c5a70000"}, None, 2**32 / 0xA7C5, 1e-9),
    ("Nimiq, difficulty 1", "compact", {"target": 0x1F010000}, None, 2**16, 0),
    ("Nimiq, hex", "compact", {"target": "1e0147ae"}, None, 2**256 / (0x0147AE << 216), 1e-12),
    ("Stratum V2", "target-le", {"target": (2**256 // 10**9).to_bytes(32, "little").hex()}, None, 1e9, 1e-9),
    ("Ergo", "target-times", {"target": str(2**256 // 10**6)}, 1.0, 1e6, 1e-9),
    ("Ergo, difficulty 4", "target-times", {"target": str(2**256 // 10**6)}, 4.0, 2.5e5, 1e-9),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{number} {row[0]}" for number, row in enumerate(ROWS)])
def test_work_of_a_share(row) -> None:
    _, form, facts, difficulty, expected, tolerance = row
    work = work_of(form and WorkForm(form), facts, difficulty)
    assert work is not None and not work.scaled
    assert work.amount == pytest.approx(expected, rel=tolerance or 1e-15)


@pytest.mark.parametrize("difficulty", [65536, 0.03125, 1e-3, "4096", "1.5e3"])
def test_a_difficulty_waits_for_its_algorithm(difficulty) -> None:
    assert work_of(None, {"difficulty": difficulty}) == Work(float(difficulty), scaled=True)


NONSENSE = [
    (None, {}),
    (None, {"target": ""}),
    (None, {"target": "0x"}),
    (None, {"target": "00" * 32}),
    (None, {"target": "f" * 65}),
    (None, {"target": -1}),
    (None, {"target": f"{1:064x}"}),
    (None, {"difficulty": 0}),
    (None, {"difficulty": -5}),
    (None, {"difficulty": float("inf")}),
    (None, {"difficulty": float("nan")}),
    (None, {"difficulty": True}),
    (None, {"difficulty": "lots"}),
    (None, {"difficulty": MAX_WORK * 2}),
    ("target-le", {"target": "00000000"}),
    ("target-le", {"target": "b88d06"}),
    ("target-le", {"target": "b88d06000"}),
    ("target-le", {"target": "0xb88d06"}),
    ("compact", {"target": 0}),
    ("compact", {"target": True}),
    ("compact", {"target": 1.5}),
    ("compact", {"target": 2**32}),
    ("compact", {"target": 0x1F000000}),
    ("compact", {"target": 0xFF010000}),
    ("compact", {"target": 0x00010000}),
    ("target-le", {"target": 5}),
    ("target-times", {"target": "170b8c8b"}),
    ("target-times", {"target": "9" * 78}),
    ("work", {"difficulty": "ee6b28zz"}),
    ("packed", {"difficulty": 2**32}),
    ("packed", {"difficulty": 1.5}),
    ("packed", {"difficulty": 0xFF000000}),
]


@pytest.mark.parametrize(("form", "facts"), NONSENSE)
def test_nonsense_tells_nothing(form, facts) -> None:
    assert work_of(form and WorkForm(form), facts, None) is None

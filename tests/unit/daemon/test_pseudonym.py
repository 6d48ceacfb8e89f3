"""Does an account leave the sensor anywhere, in any dialect, once there is a key?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.config import parse
from sensor.config.options import PrivacyOptions
from sensor.config.secrets import account_key
from sensor.daemon.plan import describe, prepare
from sensor.daemon.pseudonym import pseudonym, without_accounts
from sensor.daemon.supervisor import Signals, run
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.model.errors import ConfigError
from sensor.model.wire import Detection
from sensor.signature import SignatureSet, load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import SCENARIOS, compose

KEY, OTHER_KEY = b"0123456789abcdef", b"fedcba9876543210"
MINING = [name for name, scenario in SCENARIOS.items() if scenario.mining and name != "egress-day"]
PIECE_CHARS = 12
"""No run of an account of this length may be read."""


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def found_in(path: Path, signatures: SignatureSet) -> tuple[Detection, ...]:
    return scan(open_capture(path), choose_engine(os.environ), signatures).detections


def leaks(text: str, told: Detection) -> list[str]:
    """Pieces of the account, and the workers, that can be read in ``text`` outside the names of its fields."""
    account = told.account or ""
    pieces = {account[at : at + PIECE_CHARS] for at in range(max(1, len(account) - PIECE_CHARS + 1))} - {""}
    return [piece for piece in {*pieces, *(f'"{worker}"' for worker in told.workers)} if piece in text]


@pytest.mark.parametrize("name", MINING)
def test_no_account_leaves(name: str, signatures: SignatureSet, tmp_path: Path) -> None:
    write_pcap(tmp_path / "one.pcap", compose(name, 3, duration_s=120).rows)
    found = found_in(tmp_path / "one.pcap", signatures)
    assert found
    for told in found:
        hidden = without_accounts(told, KEY)
        assert leaks(hidden.to_json(), told) == []
        assert Detection.model_validate_json(hidden.to_json()) == hidden
        assert (hidden.account is None) == (told.account is None)
        assert len(hidden.evidence) == len(told.evidence) and hidden.coin == told.coin


def test_no_account_of_a_real_capture_leaves(shared: Path, signatures: SignatureSet) -> None:
    for path in sorted((shared / "captures" / "mining").glob("*.pcap*")):
        for told in found_in(path, signatures):
            assert leaks(without_accounts(told, KEY).to_json(), told) == []


def test_the_same_account_is_the_same_pseudonym() -> None:
    assert pseudonym("acct", KEY) == pseudonym("acct", KEY) != pseudonym("acct", OTHER_KEY)
    assert pseudonym("acct", KEY) != pseudonym("acct2", KEY)
    assert pseudonym(pseudonym("acct", KEY), KEY) == pseudonym("acct", KEY)


KEYS = [
    # content of the key file (None: no such file), the key or what the error says
    (b"0123456789abcdef\n", b"0123456789abcdef"),
    (b"short\n", ConfigError("holds a key of 5 bytes, needs 16 to 4096")),
    (b"", ConfigError("holds a key of 0 bytes")),
    (b"x" * 5000, ConfigError("is too long for a key")),
    (None, ConfigError("the key of accounts cannot be read")),
]


@pytest.mark.parametrize(("content", "expected"), KEYS)
def test_key_file(tmp_path: Path, content: bytes | None, expected: bytes | ConfigError) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    options = PrivacyOptions(hash_accounts_key=path)
    if isinstance(expected, ConfigError):
        with pytest.raises(ConfigError, match=str(expected)):
            account_key(options)
    else:
        assert account_key(options) == expected


def test_no_key_and_accounts_leave_as_they_are() -> None:
    assert account_key(PrivacyOptions()) is None


def test_a_sensor_with_a_key_writes_no_account(tmp_path: Path) -> None:
    traffic = compose("stratum-v1", 1, duration_s=60)
    write_pcap(tmp_path / "in.pcap", traffic.rows)
    (tmp_path / "key").write_bytes(KEY)
    document = {
        "sensor": {"id": "s1"},
        "sources": [{"capture": "in.pcap"}],
        "jsonl": {"path": "out.jsonl"},
        "privacy": {"hash_accounts_key": "key"},
    }
    plan = prepare(parse(json.dumps(document), tmp_path / "sensor.yaml"), os.environ)
    assert any("pseudonyms" in row for _, row in describe(plan))
    run(plan, Signals())
    written = (tmp_path / "out.jsonl").read_text("utf-8")
    (planted,) = traffic.sessions
    assert pseudonym(planted.account, KEY) in written
    assert planted.account not in written and f'"{planted.workers[0]}"' not in written

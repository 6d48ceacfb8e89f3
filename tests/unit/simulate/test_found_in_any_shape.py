"""Is simulated mining found however the network cuts, swaps and loses it, and are look-alikes left alone?"""

import pytest

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.signature import load
from sensor.simulate.cast import CASTS
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import SCENARIOS, compose
from sensor.simulate.shaping import parse_shape

MINING = [str(name) for name in CASTS]
BENIGN = [name for name, scenario in SCENARIOS.items() if not scenario.mining]
ALL, SENT, SOME, NONE = "all shares and answers", "all shares, no answers", "some shares", "no shares"
POOL_SAYS = {
    # What the pool's side alone tells of shares: those taken, those refused.
    "cryptonote": (True, False),
    "monero-daemon": (True, False),
    "p2pool": (True, False),
    "bytom": (True, False),
    "grin": (True, False),
    "beam": (True, True),
    "iron-fish": (True, True),
    "browser-miner": (True, False),
    "stratum-v2": (True, True),
    "btcagent": (True, True),
    "alephium-node": (True, True),
}
COIN_UNTOLD = {
    # The algorithm and the wallet have several coins, or there is no wallet.
    *("stratum-v1", "nicehash", "eth-proxy", "eth-getwork", "ethereumstratum-1", "ethereumstratum-2", "eth-stratum"),
    *("progpow", "zip-301", "getwork", "getblocktemplate", "browser-miner", "stratum-v2"),
    *("stratum-v2-noise", "btcagent"),
}
TWINS = [
    # (shape, dialects that this half of the traffic does not tell apart)
    ("server-only", {"getwork", "getblocktemplate"}),  # the same headers
    ("client-only", {"progpow", "eth-stratum"}),  # the same shares
    ("mid-stream=9 client-only", {"decred", "stratum-v1"}),  # the same shares once the agent has been told
]
NOTHING_TO_TELL_BY = {
    # A client masks every byte with a key of its own: no anchor, and the names of the handshake have passed.
    ("browser-miner", "mid-stream=9 client-only split=30"),
    # The handshake is over, and nothing behind it can be read.
    ("stratum-v2-noise", "mid-stream=9"),
    ("stratum-v2-noise", "mid-stream=9 client-only split=30"),
    ("stratum-v2-noise", "mid-stream=9 server-only split=30"),
    ("nimiq", "mid-stream=9 client-only split=30"),
    # A job and a nonce are all that a share consists of.
    ("bytom", "mid-stream=9 client-only split=30"),
    ("bytom-listed", "mid-stream=9 client-only split=30"),
    # Blocks alone: two lengths that agree, which other protocols have as well.
    ("alephium-node", "client-only"),
    ("alephium-node", "mid-stream=9 client-only split=30"),
}
UNANSWERED = {
    # Only a refusal is said, and not to which share.
    "nimiq",
    # Shares are known by their lengths, and the length of a yes is that of a no.
    "stratum-v2-noise",
}
SHAPES = [
    ("", ALL),
    ("split=1", ALL),
    ("split=20 swap", ALL),
    ("split=50 overlap=30 swap", ALL),
    ("retransmit=1", ALL),
    ("without-handshake", ALL),
    ("client-only", SENT),
    ("server-only", NONE),
    ("mid-stream=9", SOME),
    ("mid-stream=9 client-only split=30", SOME),
    ("mid-stream=9 server-only split=30", NONE),
]


@pytest.fixture(scope="module")
def signatures():
    return load()


def found(name, shapes, signatures, path, **params):
    traffic = compose(name, 3, duration_s=400, shapes=tuple(map(parse_shape, shapes.split())), **params)
    write_pcap(path / "shaped.pcap", traffic.rows)
    result = scan(open_capture(str(path / "shaped.pcap")), choose_engine({}), signatures)
    return traffic.sessions, [detection for detection in result.detections if detection.verdict.is_claim]


@pytest.mark.parametrize(("shapes", "counted"), SHAPES)
@pytest.mark.parametrize("name", MINING)
def test_mining_is_found_in_any_shape(name, shapes, counted, signatures, tmp_path):
    (planted,), detections = found(name, shapes, signatures, tmp_path)
    if (name, shapes) in NOTHING_TO_TELL_BY:
        assert detections == []
        return
    (detection,) = detections
    sent, good, bad = planted.shares_submitted, planted.shares_accepted, planted.shares_rejected
    told = (detection.shares.submitted, detection.shares.accepted, detection.shares.rejected)
    assert (detection.miner.ip, detection.miner.port) == (planted.miner_ip, planted.miner_port)
    assert (detection.pool.ip, detection.pool.port) == (planted.pool_ip, planted.pool_port)
    if counted == SOME:
        assert 0 < told[0] <= sent
        # The first thing seen may be the pool's word on a share handed in before.
        assert told[1] + told[2] <= told[0] + POOL_SAYS.get(name, (False,))[0]
    elif counted == ALL and name not in UNANSWERED:
        assert told == (sent, good, bad)
    elif counted in {ALL, SENT}:
        assert told == (sent, 0, 0)
    elif "mid-stream" not in shapes:
        taken, refused = POOL_SAYS.get(name, (False, False))
        assert told == (0, good * taken, bad * refused)
    assert detection.dialect in alike(planted.dialect, shapes)


def alike(dialect, shapes):
    return {dialect}.union(*(twins for shape, twins in TWINS if shape in shapes and dialect in twins))


@pytest.mark.parametrize("params", [{"vlan": 7}, {"host": None}], ids=["vlan", "no name"])
@pytest.mark.parametrize("name", MINING)
def test_mining_is_found_by_its_messages_alone(name, params, signatures, tmp_path):
    (planted,), (detection,) = found(name, "", signatures, tmp_path, **params)
    assert detection.dialect == planted.dialect
    # A coin is told, or unknown; where the dialect or the wallet has a single one it is told.
    assert detection.coin in {planted.coin, None}
    assert detection.coin or name in COIN_UNTOLD
    assert detection.shares.submitted == planted.shares_submitted


@pytest.mark.parametrize("shapes", ["", "split=20 swap", "mid-stream=3", "client-only", "server-only"])
@pytest.mark.parametrize("name", BENIGN)
def test_lookalikes_are_left_alone(name, shapes, signatures, tmp_path):
    assert found(name, shapes, signatures, tmp_path) == ([], [])

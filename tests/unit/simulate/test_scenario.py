"""Does every scenario play its protocol, and does the truth say what is in the frames?"""

import base64
import itertools
import json
import re

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import TCP
from scapy.layers.l2 import Ether

from sensor.model.errors import ConfigError
from sensor.model.flow import Direction, Endpoint
from sensor.model.wire import Dialect
from sensor.simulate.cast import CASTS
from sensor.simulate.day import SHIFTS
from sensor.simulate.scenario import DEFAULT_START_NS, SCENARIOS, build, compose
from sensor.simulate.shaping import only
from sensor.simulate.traffic import write_truth

SINGLE = [name for name in SCENARIOS if name != "egress-day"]
MINING = [str(name) for name in CASTS]
BENIGN = [name for name in SINGLE if not SCENARIOS[name].mining]
SHARES = {"mining.submit", "submit", "eth_submitWork", "ckb_submitWork", "submitblock", "solution"}
ANSWERS = {"submit", "result", "mining.submitted"}
"""Methods of answers that have one."""
MASKED = {"browser-miner", "nimiq", "stratum-v2-noise"}
"""Every frame of the client has a key of its own over it, or all of them have one."""
BINARY = {
    # What a share, and an answer to one, begin with.
    "stratum-v2": (rb"\x00\x80\x1a\x18\x00\x00", rb"\x00\x80(?:\x1c\x14|\x1d.)\x00\x00"),
    "btcagent": (rb"\x7f\x12\x13\x00", rb"\x7f\x10\x0a\x00"),
    "alephium-node": (rb"\x00\x00.{2}\x01\x00\x00\x00", rb"\x00\x00\x00\x2b\x01\x01"),
}


def streams(rows):
    """The payload of each direction of the one connection, client's first."""
    sides = {}
    for _, frame in rows:
        packet = Ether(frame)
        if TCP in packet:
            sides.setdefault(packet[TCP].sport, b"")
            sides[packet[TCP].sport] += bytes(packet[TCP].payload)
    return list(sides.values())


def messages(data):
    """Line JSON, or the bodies of HTTP messages."""
    if data.startswith((b"POST", b"GET", b"HTTP")):
        parts = (re.split(rb"POST /|GET /|HTTP/1", body)[0] for body in data.split(b"\r\n\r\n")[1:])
        data = b"\n".join(part for part in parts if part)
    return [json.loads(text) for text in data.splitlines()]


@pytest.mark.parametrize("name", SINGLE)
def test_the_seed_decides_every_byte(name):
    first, again, other = (list(build(name, seed, duration_s=90)) for seed in (5, 5, 6))
    assert first == again != other


@pytest.mark.parametrize("name", SINGLE)
def test_frames_come_in_order_and_start_near_the_start(name):
    rows = list(build(name, 1, 10**18))
    assert all(a <= b for (a, _), (b, _) in itertools.pairwise(rows))
    assert 10**18 - 10**9 <= rows[0][0] <= 10**18 + 10**9


@pytest.mark.parametrize("name", [name for name in MINING if name not in {*BINARY, *MASKED}])
def test_the_truth_counts_the_shares_on_the_wire(name):
    traffic = compose(name, 2, duration_s=900)
    (planted,) = traffic.sessions
    client, server = (messages(side) for side in streams(traffic.rows))
    sent = [message for message in client if is_share(message)]
    assert planted.shares_submitted == len(sent) > 0
    assert planted.shares_submitted == planted.shares_accepted + planted.shares_rejected
    assert len([answer for answer in server if answer.get("method", "result") in ANSWERS]) >= len(sent)
    assert planted.dialect == CASTS[name].dialect


@pytest.mark.parametrize(("name", "share", "answer"), [(name, *marks) for name, marks in BINARY.items()])
def test_the_truth_counts_the_shares_in_frames(name, share, answer):
    traffic = compose(name, 2, duration_s=900)
    (planted,) = traffic.sessions
    client, server = streams(traffic.rows)
    assert planted.shares_submitted == len(re.findall(share, client, re.DOTALL)) > 0
    assert planted.shares_submitted == len(re.findall(answer, server, re.DOTALL))
    assert planted.shares_submitted == planted.shares_accepted + planted.shares_rejected
    assert planted.dialect == CASTS[name].dialect


def test_every_dialect_has_a_scenario_of_its_name():
    assert {name for name in MINING if name in set(Dialect)} == set(Dialect)
    assert all(cast.dialect == name for name, cast in CASTS.items() if name in set(Dialect))


@pytest.mark.parametrize("name", [name for name in MINING if name not in MASKED])
def test_the_account_is_on_the_wire(name):
    traffic = compose(name)
    client = streams(traffic.rows)[0]
    account = traffic.sessions[0].account
    assert account.encode() in client or base64.b64encode(account.encode())[:-4] in client


def is_share(message):
    method, params = message.get("method"), message.get("params")
    return method in SHARES or (method == "getwork" and params)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stratum-v1", ["mining.configure", "mining.subscribe", "mining.authorize", "mining.submit"]),
        ("cryptonote", ["login", "submit", "keepalived"]),
        ("eth-proxy", ["eth_submitLogin", "eth_getWork", "eth_submitHashrate", "eth_submitWork"]),
        ("ethereumstratum-1", ["mining.subscribe", "mining.authorize", "mining.submit"]),
        ("ethereumstratum-2", ["mining.hello", "mining.subscribe", "mining.authorize", "mining.hashrate"]),
        ("zip-301", ["mining.subscribe", "mining.authorize", "mining.extranonce.subscribe", "mining.submit"]),
        ("getwork", ["getwork"]),
        ("getblocktemplate", ["getblocktemplate", "submitblock"]),
        ("grin", ["login", "getjobtemplate", "submit"]),
        ("beam", ["login", "solution"]),
        ("zmp", ["login", "submit"]),
        ("iron-fish", ["mining.subscribe", "mining.submit"]),
        ("alephium", ["mining.authorize", "mining.submit", "alph_submitHashrate"]),
        ("alephium-proposed", ["mining.hello", "mining.submit"]),
        ("progpow", ["mining.subscribe", "mining.submit", "eth_submitHashrate"]),
        ("monero-daemon", ["getblocktemplate", "submitblock"]),
        ("eth-getwork", ["eth_getWork", "eth_submitWork"]),
        ("electrum", ["server.version", "blockchain.scripthash.subscribe", "server.ping"]),
        ("ethereum-rpc-http", ["eth_blockNumber"]),
        ("ethereum-rpc-lines", ["eth_subscribe"]),
    ],
)
def test_the_client_speaks_its_protocol(name, said):
    methods = {message.get("method") for message in messages(streams(build(name, 3, duration_s=1200))[0])}
    assert set(said) <= methods


@pytest.mark.parametrize(
    ("name", "method", "shape"),
    [
        ("stratum-v1", "mining.submit", [str, str, str, str, str, str]),
        ("stratum-v1", "mining.notify", [str, str, str, str, list, str, str, str, bool]),
        ("ethereumstratum-1", "mining.notify", [str, str, str, bool]),
        ("ethereumstratum-1", "mining.submit", [str, str, str]),
        ("ethereumstratum-2", "mining.notify", [str, str, str, str]),
        ("zip-301", "mining.notify", [str, str, str, str, str, str, str, bool]),
        ("zip-301", "mining.set_target", [str]),
        ("eth-proxy", "eth_submitWork", [str, str, str]),
        ("progpow", "mining.notify", [str, str, str, str, bool, int, str]),
        ("progpow", "mining.submit", [str, str, str, str, str]),
        ("eth-stratum", "mining.notify", [str, str, str, str, bool]),
        ("conflux", "mining.notify", [str, str, str, str]),
        ("conflux", "mining.submit", [str, str, str, str]),
        ("kaspa", "mining.notify", [str, list, int]),
        ("kaspa", "set_extranonce", [str]),
        ("kaspa-large-job", "mining.notify", [str, str]),
        ("alephium", "mining.notify", [dict, dict, dict, dict]),
        ("ergo", "mining.notify", [str, int, str, str, str, str, str, str, bool]),
        ("aleo", "mining.set_target", [int]),
        ("aleo", "mining.notify", [str, str, type(None), bool]),
        ("xelis", "mining.notify", [str, str, str, str, bool]),
        ("decred", "mining.notify", [str, str, str, str, list, str, str, str, bool]),
        ("handshake", "mining.notify", [str] * 9),
        ("kadena", "mining.notify", [str, str, bool]),
        ("ckb", "mining.notify", [str, str, int, str, bool]),
        ("nexa", "mining.notify", [str, str, int, str]),
        ("warthog", "mining.notify", [str, str, str, str, str, str, bool]),
        ("warthog", "mining.submit", [str, str, str, str]),
    ],
)
def test_parameters_have_their_documented_types(name, method, shape):
    both = [message for side in streams(build(name)) for message in messages(side)]
    found = [message["params"] for message in both if message.get("method") == method]
    assert found
    assert all([type(value) for value in params] == shape for params in found)


@pytest.mark.parametrize("name", BENIGN)
def test_lookalikes_plant_nothing(name):
    assert compose(name).sessions == []


def test_equihash_shares_are_as_long_as_real_ones():
    shares = [m for m in messages(streams(build("zip-301"))[0]) if m["method"] == "mining.submit"]
    assert {len(json.dumps(share, separators=(",", ":"))) for share in shares} <= set(range(2860, 2890))


@pytest.mark.parametrize("address", ["198.51.100.9", "2001:db8::9"])
def test_the_name_is_looked_up_before_the_connection(address):
    client = Endpoint("2001:db8::1" if ":" in address else "192.0.2.5", 50000)
    rows = list(build("cryptonote", client=client, server=Endpoint(address, 3333), alias="eu.pool.example.org"))
    question, answer = (Ether(frame)[DNS] for _, frame in rows[:2])
    assert question.qd[0].qname == b"xmr.pool.example.org."
    assert [record.rdata for record in answer.an] == [b"eu.pool.example.org.", address]
    assert Ether(rows[2][1])[TCP].flags == "S"


def test_scene_fields_are_parameters():
    rows = list(build("stratum-v1", vlan=9, shapes=(only(Direction.RESP),), host=None))
    assert {Ether(frame).vlan for _, frame in rows} == {9}
    assert {Ether(frame)[TCP].sport for _, frame in rows} == {3333}


@pytest.mark.parametrize(("name", "params", "said"), [("melt", {}, "unknown scenario 'melt'"), ("web", {"x": 1}, "x")])
def test_unknown_names_are_refused(name, params, said):
    with pytest.raises(ConfigError, match=said):
        list(build(name, **params))


def test_the_day_has_what_its_table_says():
    traffic = compose("egress-day")
    assert 20_000 <= len(traffic.rows) <= 60_000
    assert {session.dialect for session in traffic.sessions} == {shift.dialect for shift in SHIFTS}
    assert len(traffic.sessions) == len(SHIFTS)
    ports = {}
    for session in traffic.sessions:
        ports.setdefault(session.miner_ip, set()).add(session.miner_port)
        assert session.miner_ip.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"))
    assert len(ports["192.0.2.10"]) == 2
    assert traffic.rows[0][0] >= DEFAULT_START_NS - 10**9
    assert traffic.rows[-1][0] < DEFAULT_START_NS + 86_401 * 10**9


def test_a_short_day_ends_early():
    traffic = compose("egress-day", duration_s=3600)
    assert traffic.rows[-1][0] < DEFAULT_START_NS + 3601 * 10**9
    assert {session.miner_ip for session in traffic.sessions} == {"192.0.2.10", "192.0.2.77"}


def test_the_truth_file_can_be_read_back(tmp_path):
    traffic = compose("zip-301", 4)
    write_truth(tmp_path / "truth.json", "zip-301", 4, traffic)
    document = json.loads((tmp_path / "truth.json").read_text())
    assert document["schema"] == "minewatch.truth/1"
    assert document["packets"] == len(traffic.rows)
    assert document["sessions"][0]["workers"] == ["rig4"]

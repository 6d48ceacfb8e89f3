"""Are wraps, dresses and carriers what their specifications say? Other implementations judge: scapy, websockets."""

import json
import random

import pytest
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, TCP, defragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, defragment6
from scapy.layers.l2 import GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.ppp import PPPoE
from scapy.layers.vxlan import VXLAN
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side

from sensor.cli.main import main
from sensor.model.flow import Direction, Endpoint
from sensor.simulate.scenario import compose
from sensor.simulate.wraps.base import Place
from sensor.simulate.wraps.carriers import CARRIERS
from sensor.simulate.wraps.named import DRESSES, WRAPS

PLACE = Place(Endpoint("192.0.2.1", 49_152), Endpoint("198.51.100.7", 3333), "pool.example.org")
V6 = {"client": Endpoint("2001:db8:1::1", 49_152), "server": Endpoint("2001:db8:2::7", 3333)}
LINK = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
"""Without addresses of its own scapy asks the network for them, and waits."""
LAYERS = {
    "vlan": [Dot1Q],
    "qinq": [Dot1AD, Dot1Q],
    "mpls": [MPLS],
    "pppoe": [PPPoE],
    "gre": [GRE],
    "vxlan": [VXLAN],
    "gtpu": [GTP_U_Header],
}


def frames(**params):
    return [frame for _, frame in compose("zip-301", 2, duration_s=200, host=None, **params).rows]


def payloads(packets):
    """TCP payloads by their own lengths: Ethernet may pad."""
    return [bytes(packet[TCP].payload) for packet in packets if packet.haslayer(TCP) and packet[TCP].payload]


@pytest.mark.parametrize("ends", [{}, V6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("name", LAYERS)
def test_scapy_finds_the_same_payload_inside_a_carrier(name, ends):
    carried = [Ether(frame) for frame in frames(carriers=(CARRIERS[name],), **ends)]
    assert all(packet.haslayer(layer) for packet in carried for layer in LAYERS[name])
    assert payloads(carried) == payloads([Ether(frame) for frame in frames(**ends)])


def test_scapy_puts_fragments_together():
    carried = [Ether(frame)[IP] for frame in frames(carriers=(CARRIERS["fragments"],))]
    assert any(packet.frag for packet in carried)
    whole = [Ether(bytes(LINK / packet)) for packet in defragment(carried)]
    assert sorted(payloads(whole)) == sorted(payloads([Ether(frame) for frame in frames()]))


def test_scapy_puts_fragments_of_ipv6_together():
    carried = [Ether(frame)[IPv6] for frame in frames(carriers=(CARRIERS["fragments"],), **V6)]
    whole, groups = [LINK / packet for packet in carried if not packet.haslayer(IPv6ExtHdrFragment)], {}
    for packet in (packet for packet in carried if packet.haslayer(IPv6ExtHdrFragment)):
        groups.setdefault((packet.src, packet[IPv6ExtHdrFragment].id), []).append(packet)
    assert any(len(group) > 1 for group in groups.values())
    whole += [Ether(bytes(LINK / defragment6(group))) for group in groups.values()]
    assert sorted(payloads(whole)) == sorted(payloads([Ether(frame) for frame in frames(**V6)]))


MESSAGE = {"id": 1, "method": "mining.subscribe", "params": [{"a": "x/y", "b": [1, None]}]}


@pytest.mark.parametrize("name", DRESSES)
def test_a_dress_says_the_same(name):
    plain = json.dumps(MESSAGE, separators=(",", ":")).encode() + b"\n"
    (dressed,) = DRESSES[name](PLACE, random.Random(1)).pack(Direction.ORIG, plain)
    assert json.loads(dressed) == MESSAGE
    assert dressed != plain


@pytest.mark.parametrize("name", DRESSES)
def test_a_dress_leaves_other_bytes_alone(name):
    for data in (b"\x7f\x02\x00\n{}", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
        assert DRESSES[name](PLACE, random.Random(1)).pack(Direction.ORIG, data) == [data]


@pytest.mark.parametrize("name", ["websocket", "websocket-fragmented", "websocket-deflate", "websocket-deflate-alone"])
def test_a_real_implementation_reads_the_frames(name):
    wrap = WRAPS[name](PLACE, random.Random(1))
    lines = [b'{"id":%d,"method":"mining.submit","params":["%s"]}\n' % (n, b"ab" * n * 30) for n in range(4)]
    reset = name.endswith("alone")
    server = Protocol(Side.SERVER)
    if "deflate" in name:
        server.extensions = [PerMessageDeflate(reset, reset, 15, 15)]
    for line in lines:
        for write in wrap.pack(Direction.ORIG, line):
            server.receive_data(write)
    texts, part = [], b""
    for frame in server.events_received():
        if frame.opcode == Opcode.PING:
            continue
        part = frame.data if frame.opcode == Opcode.TEXT else part + frame.data
        if frame.fin:
            texts.append(part + b"\n")
    assert texts == lines


def test_the_command_takes_all_three(tmp_path):
    target = tmp_path / "c.pcap"
    options = ["--wrap", "socks5", "--wrap", "websocket", "--dress", "escaped", "--carrier", "gtpu"]
    assert main(["simulate", "cryptonote", "--duration", "30", *options, "-o", str(target)]) == 0
    assert b"GET /ws HTTP/1.1" in target.read_bytes()

"""What does the mirror port of a small machine room show? Simulated miners, and what the link says of its machines."""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterable
from pathlib import Path

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_RelayReply,
    DHCP6_Reply,
    DHCP6_Request,
    DHCP6OptClientFQDN,
    DHCP6OptClientId,
    DHCP6OptClientLinkLayerAddr,
    DHCP6OptIA_NA,
    DHCP6OptIAAddress,
    DHCP6OptRelayMsg,
)
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.layers.netbios import NBNSHeader, NBNSRegistrationRequest
from scapy.packet import Packet

from sensor.model.flow import Endpoint
from sensor.signature import load
from sensor.simulate.frames import Row
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build
from sensor.simulate.session import SessionOptions, TcpSession

START_NS = 1_767_225_600_000_000_000
SECOND_NS = 1_000_000_000
ROUTER = "02:00:5e:10:00:fe"
SERVER = "02:00:5e:10:00:11"
MOVED = "02:00:5e:10:00:22"
LEASED = "02:00:5e:10:00:33"
STRANGER = "02:00:5e:10:00:44"
VISITOR = "02:00:5e:10:00:55"

TABLE = """设备名称,资产编号,机柜位置,IP地址,MAC地址,部门,责任人,联系电话
web-01,ZC-2023-0011,A机房-03柜-12U,192.0.2.11,02-00-5E-10-00-11,信息中心,王工,0571-5550100
打印服务器,ZC-2021-0087,A机房-05柜-02U,192.0.2.12,02-00-5E-10-00-12,办公室,李工,0571-5550101
gpu-07,ZC-2024-0007,B机房-01柜-20U,192.0.2.107,02-00-5E-10-00-22,计算中心,赵工,0571-5550102
lab-pc-3,ZC-2022-0303,实验楼-302,,02-00-5E-10-00-33,实验室,孙工,0571-5550103
db-02,ZC-2023-0012,A机房-03柜-14U,192.0.2.14,02-00-5E-10-00-14,信息中心,王工,0571-5550100
reader-pc,ZC-2020-0555,行政楼-501,192.0.2.15,02-00-5E-10-00-55,办公室,周工,0571-5550104
坏行,ZC-0000-0001,,192.0.2.333,,,,
"""


def arp(at_s: float, ip: str, mac: str) -> Row:
    """A machine answers for its address."""
    return _row(at_s, Ether(src=mac, dst=ROUTER) / ARP(op=2, hwsrc=mac, psrc=ip, hwdst=ROUTER, pdst="192.0.2.254"))


def dhcp(at_s: float, ip: str, mac: str, name: str) -> list[Row]:
    """A machine asks for an address under its name, and is given one."""
    raw = bytes.fromhex(mac.replace(":", ""))
    ask = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
    ask /= BOOTP(chaddr=raw, xid=7) / DHCP(options=[("message-type", "request"), ("hostname", name.encode()), "end"])
    give = Ether(src=ROUTER, dst=mac) / IP(src="192.0.2.254", dst=ip) / UDP(sport=67, dport=68)
    give /= BOOTP(op=2, chaddr=raw, xid=7, yiaddr=ip) / DHCP(options=[("message-type", "ack"), "end"])
    return [_row(at_s, ask), _row(at_s + 0.01, give)]


def dhcpv6(at_s: float, ip: str, mac: str, name: str = "") -> list[Row]:
    """A machine asks for an IPv6 address and is given one."""
    client = DHCP6OptClientId(duid=DUID_LL(lladdr=mac))
    fqdn = [DHCP6OptClientFQDN(fqdn=name.encode())] if name else []
    given = DHCP6OptIA_NA(iaid=1, ianaopts=[DHCP6OptIAAddress(addr=ip, preflft=60, validlft=60)])
    ask, answer = DHCP6_Request(trid=7) / client, DHCP6_Reply(trid=7) / client / given
    for option in fqdn:
        ask /= option
    out = Ether(src=mac, dst="33:33:00:01:00:02") / IPv6(src="fe80::99", dst="ff02::1:2") / UDP(sport=546, dport=547)
    back = Ether(src=ROUTER, dst=mac) / IPv6(src="fe80::1", dst="fe80::99") / UDP(sport=547, dport=546)
    return [_row(at_s, out / ask), _row(at_s + 0.01, back / answer)]


def relayed_dhcpv6(at_s: float, ip: str, mac: str) -> Row:
    """The server's answer on its way to the relay, which had told the client's address on the link."""
    given = DHCP6OptIA_NA(iaid=1, ianaopts=[DHCP6OptIAAddress(addr=ip, preflft=60, validlft=60)])
    answer = DHCP6_Reply(trid=7) / DHCP6OptClientId(duid=DUID_LL(lladdr="02:00:5e:10:09:09")) / given
    relay = DHCP6_RelayReply(hopcount=0, linkaddr="fd00::1", peeraddr="fe80::99")
    relay /= DHCP6OptClientLinkLayerAddr(lltype=1, clladdr=mac) / DHCP6OptRelayMsg(message=answer)
    way = Ether(src=ROUTER, dst=SERVER) / IPv6(src="fd00::2", dst="fd00::1") / UDP(sport=547, dport=547)
    return _row(at_s, way / relay)


def mdns(at_s: float, ip: str, mac: str, name: str) -> Row:
    """A machine tells its name to the link."""
    answer = DNSRR(rrname=f"{name}.local.", type="A", rdata=ip, ttl=120)
    words = DNS(qr=1, aa=1, qd=[], an=[answer])
    return _row(
        at_s,
        Ether(src=mac, dst="01:00:5e:00:00:fb") / IP(src=ip, dst="224.0.0.251") / UDP(sport=5353, dport=5353) / words,
    )


def netbios(at_s: float, ip: str, mac: str, name: str) -> Row:
    """A machine registers its NetBIOS name."""
    words = NBNSHeader(OPCODE=5, NM_FLAGS=0x11) / NBNSRegistrationRequest(
        QUESTION_NAME=name.encode(), SUFFIX=0x4141, NB_ADDRESS=ip, G=0
    )
    return _row(
        at_s,
        Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=ip, dst="192.0.2.255") / UDP(sport=137, dport=137) / words,
    )


def neighbour(at_s: float, ip: str, mac: str) -> Row:
    """A machine advertises its IPv6 address."""
    words = ICMPv6ND_NA(tgt=ip, R=0) / ICMPv6NDOptDstLLAddr(lladdr=mac)
    return _row(at_s, Ether(src=mac, dst="33:33:00:00:00:01") / IPv6(src=ip, dst="ff02::1") / words)


def mining(
    scenario: str, ip: str, mac: str, *, port: int = 49_152, duration_s: float = 600, server: str = "198.51.100.7"
) -> list[Row]:
    """A simulated session of a machine with this MAC address; what comes from elsewhere comes from the router."""
    pool_port = {"cryptonote": 3333, "stratum-v1": 3333}.get(scenario, 4444)
    rows = build(
        scenario, 1, START_NS, client=Endpoint(ip, port), duration_s=duration_s, server=Endpoint(server, pool_port)
    )
    return readdressed(rows, mac)


def listed_name(ip: str, mac: str) -> list[Row]:
    """A TLS connection that asks for a listed name and says nothing that can be read: a lead, no more."""
    hello = _client_hello(sorted(load().names)[0])
    session = TcpSession(
        Endpoint(ip, 50_001),
        Endpoint("203.0.113.9", 443),
        START_NS + 30 * SECOND_NS,
        random.Random(5),
        SessionOptions(),
    )
    session.client_sends(hello)
    return readdressed(session.rows(), mac)


def readdressed(rows: Iterable[Row], mac: str) -> list[Row]:
    """The same frames with another client's MAC address, and the router's on the far side."""
    client, server = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02"
    own, router = (bytes.fromhex(text.replace(":", "")) for text in (mac, ROUTER))
    new = {client: own, server: router}
    return [
        (at_ns, new.get(frame[:6], frame[:6]) + new.get(frame[6:12], frame[6:12]) + frame[12:]) for at_ns, frame in rows
    ]


def room() -> list[Row]:
    """Everything at once, in the order of time."""
    rows = [
        *mining("cryptonote", "192.0.2.11", SERVER),
        arp(1, "192.0.2.11", SERVER),
        *mining("ethereumstratum-1", "192.0.2.12", MOVED, server="198.51.100.20"),
        arp(2, "192.0.2.12", MOVED),
        *dhcp(3, "192.0.2.150", LEASED, "LAB-PC-3"),
        *mining("stratum-v1", "192.0.2.150", LEASED, server="198.51.100.30"),
        *mining("kaspa", "192.0.2.77", STRANGER, server="198.51.100.40"),
        mdns(4, "192.0.2.77", STRANGER, "alice-nuc"),
        *listed_name("192.0.2.15", VISITOR),
        netbios(5, "192.0.2.15", VISITOR, "READER-PC"),
        *mining("beam", "192.0.2.201", ROUTER, server="198.51.100.50"),
    ]
    return sorted(rows, key=lambda row: row[0])


def write_room(folder: Path) -> tuple[Path, Path]:
    """The capture and the asset table, as files."""
    capture, table = folder / "room.pcap", folder / "assets.csv"
    write_pcap(capture, room())
    table.write_text(TABLE, encoding="utf-8")
    return capture, table


def _client_hello(name: str) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake without a server went on")


def _row(at_s: float, packet: Packet) -> Row:
    return START_NS + round(at_s * SECOND_NS), bytes(packet)

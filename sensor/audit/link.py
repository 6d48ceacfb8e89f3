"""What does the link itself tell of its machines? MAC addresses and names by ARP, DHCP, neighbour discovery and names.

Sources: RFC 826 (ARP), RFC 2131 and 2132 (DHCP), RFC 8415 (DHCPv6), RFC 4861 (neighbour discovery), RFC 1002 (NetBIOS
names), RFC 6762 (mDNS). Not handled: relayed requests' circuit ids. Broken packets tell nothing.
"""

from __future__ import annotations

import enum
import ipaddress
import struct
from collections.abc import Collection
from dataclasses import dataclass, field

import dpkt
from dpkt.arp import ARP
from dpkt.dhcp import DHCP, DHCP_OPT_HOSTNAME, DHCP_OPT_MSGTYPE, DHCPACK
from dpkt.dns import DNS, DNS_A, DNS_AAAA
from dpkt.ethernet import ETH_TYPE_ARP, ETH_TYPE_IP, ETH_TYPE_IP6
from dpkt.ip import IP_PROTO_ICMP6, IP_PROTO_UDP
from dpkt.netbios import NS, decode_name

from sensor.audit import dhcpv6
from sensor.audit.opened import Opened, opened
from sensor.engine.api import Frame
from sensor.model.bilingual import Words

MAX_IPS = 65_536
MAX_PER_IP = 8
"""MAC addresses, and names, remembered of one address."""
MAX_ROUTERS = 1024
MAX_NAME_CHARS = 64
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10")
"""RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291."""
_FAULTS = (dpkt.Error, struct.error, IndexError, ValueError, TypeError, KeyError, UnicodeError, RecursionError)
_NO_MAC = "00:00:00:00:00:00"
_DHCP_PORTS, _NETBIOS, _MDNS = frozenset({67, 68}), 137, 5353
_NEIGHBOUR_ADVERT, _TARGET_LINK_ADDRESS = 136, 2
_NETBIOS_REGISTRATION = 5
_MAX_MESSAGE_BYTES = 9000


class How(enum.StrEnum):
    """How the link told of an address or a name, surest first. ``DUID``: a MAC address of the machine that asked, maybe
    of another interface of it. ``FRAME``: the sender of the address's frames."""

    DHCP = "DHCP"
    ARP = "ARP"
    ND = "ND"
    DUID = "DHCPv6 DUID"
    NETBIOS = "NetBIOS"
    MDNS = "mDNS"
    FRAME = "frame"


HOWS = {how: Words(how.value, how.value) for how in How} | {How.FRAME: Words("帧的源地址", "sender of its frames")}


@dataclass(frozen=True, slots=True)
class Told:
    """A MAC address or a name, and how it was told."""

    text: str
    how: How


@dataclass(slots=True)
class Host:
    """What the link told of one address."""

    macs: dict[Told, int] = field(default_factory=dict)
    """MAC address → when it was told last (ns)."""
    names: dict[Told, None] = field(default_factory=dict)


class LinkFacts:
    """Gathers facts frame by frame, of addresses of ours only. Bounded; what is over is counted."""

    def __init__(self, networks: Collection[str] = (), addresses: Collection[str] = ()) -> None:
        """``networks`` (CIDR) are ours, the private ones where none is given; ``addresses`` are ours besides."""
        self._networks = tuple(ipaddress.ip_network(text, strict=False) for text in networks or PRIVATE)
        self._local: dict[bytes, bool] = {ipaddress.ip_address(ip).packed: True for ip in addresses}
        self._max_local = len(self._local) + 4 * MAX_IPS
        self._names_by_mac: dict[str, str] = {}
        self.hosts: dict[str, Host] = {}
        self.routers: set[str] = set()
        """MAC addresses that sent packets of addresses elsewhere: theirs is not the machine's."""
        self.macs_seen: set[str] = set()
        self.left_out = 0

    def look(self, frame: Frame) -> None:
        """Take in one frame. Never raises."""
        whole = opened(frame)
        if whole is None:
            return
        try:
            self._read(whole, frame.at_ns)
        except _FAULTS:
            return

    def is_local(self, packed: bytes) -> bool:
        """Is it an address of ours?"""
        known = self._local.get(packed)
        if known is None:
            address = ipaddress.ip_address(packed)
            known = any(address in network for network in self._networks)
            if len(self._local) < self._max_local:
                self._local[packed] = known
        return known

    def host(self, ip: str) -> Host:
        """What is known of an address, with the names that its MAC addresses asked DHCP under."""
        found = self.hosts.get(ip) or Host()
        names = dict(found.names)
        for told in found.macs:
            if told.how is not How.FRAME and (name := self._names_by_mac.get(told.text)):
                names.setdefault(Told(name, How.DHCP))
        return Host(dict(found.macs), names)

    def _read(self, frame: Opened, at_ns: int) -> None:
        body, mac = frame.body, _mac(frame.sender or b"")
        if frame.sender:
            self._meet(mac)
        if frame.ethertype == ETH_TYPE_ARP:
            self._arp(body, at_ns)
        elif frame.ethertype == ETH_TYPE_IP and len(body) >= 20:
            header = (body[0] & 0x0F) << 2
            self._packet(body[12:16], mac, at_ns)
            if body[9] == IP_PROTO_UDP and not int.from_bytes(body[6:8], "big") & 0x1FFF:
                self._udp(body[header:], body[12:16], at_ns)
        elif frame.ethertype == ETH_TYPE_IP6 and len(body) >= 40:
            self._packet(body[8:24], mac, at_ns)
            if body[6] == IP_PROTO_ICMP6 and body[40] == _NEIGHBOUR_ADVERT:
                self._neighbour(body[40:], at_ns)
            elif body[6] == IP_PROTO_UDP:
                self._udp(body[40:], body[8:24], at_ns)

    def _meet(self, mac: str) -> None:
        if mac in self.macs_seen or len(self.macs_seen) < MAX_IPS:
            self.macs_seen.add(mac)
        else:
            self.left_out += 1

    def _packet(self, sender: bytes, mac: str, at_ns: int) -> None:
        if self.is_local(sender):
            self._note_mac(sender, Told(mac, How.FRAME), at_ns)
        elif len(self.routers) < MAX_ROUTERS and any(sender) and mac != _NO_MAC:
            self.routers.add(mac)

    def _arp(self, body: bytes, at_ns: int) -> None:
        message = ARP(body)
        if len(message.spa) == 4 and any(message.spa):
            self._note_mac(message.spa, Told(_mac(message.sha), How.ARP), at_ns)

    def _neighbour(self, body: bytes, at_ns: int) -> None:
        target, options = body[8:24], body[24:]
        while len(options) >= 8 and options[1]:
            if options[0] == _TARGET_LINK_ADDRESS:
                self._note_mac(target, Told(_mac(options[2:8]), How.ND), at_ns)
            options = options[8 * options[1] :]

    def _udp(self, body: bytes, sender: bytes, at_ns: int) -> None:
        ports = {int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")}
        payload = body[8 : 8 + _MAX_MESSAGE_BYTES]
        if ports <= _DHCP_PORTS:
            self._dhcp(payload, at_ns)
        elif ports & dhcpv6.PORTS:
            self._lease(dhcpv6.read_lease(payload), at_ns)
        elif _NETBIOS in ports:
            self._netbios(payload, sender)
        elif _MDNS in ports:
            self._mdns(payload)

    def _dhcp(self, payload: bytes, at_ns: int) -> None:
        message = DHCP(payload)
        options = dict(message.opts)
        mac = _mac(message.chaddr[:6])
        self._name_of(mac, options.get(DHCP_OPT_HOSTNAME, b"").decode("utf-8", "replace"))
        if options.get(DHCP_OPT_MSGTYPE, b"")[:1] == bytes([DHCPACK]):
            given = (message.yiaddr or message.ciaddr).to_bytes(4, "big")
            if any(given):
                self._note_mac(given, Told(mac, How.DHCP), at_ns)

    def _lease(self, lease: dhcpv6.Lease, at_ns: int) -> None:
        """A relay saw the very interface; without one, the client's own word is what there is."""
        for raw, how in ((lease.link_mac, How.DHCP), (lease.duid_mac, How.DUID)):
            if raw is None:
                continue
            self._name_of(_mac(raw), lease.name)
            for address in lease.addresses:
                self._note_mac(address, Told(_mac(raw), how), at_ns)

    def _name_of(self, mac: str, text: str) -> None:
        """The name that the machine with this MAC address asked for an address under."""
        if (name := _name(text)) and (mac in self._names_by_mac or len(self._names_by_mac) < MAX_IPS):
            self._names_by_mac[mac] = name

    def _netbios(self, payload: bytes, sender: bytes) -> None:
        """A machine registers its own name: the second half of the name's 16th byte tells workstations and servers."""
        if len(payload) < 12 or payload[2] >> 3 & 0x0F != _NETBIOS_REGISTRATION or payload[2] & 0x80:
            return
        question = NS(payload).qd[0]
        name = decode_name(question.name.split(".")[0])
        is_group = payload[-6] & 0x80
        if name[15:16] in {"", " "} and not is_group:
            self._note_name(sender, Told(_name(name[:15]), How.NETBIOS))

    def _mdns(self, payload: bytes) -> None:
        for answer in DNS(payload).an[:64]:
            if answer.type in {DNS_A, DNS_AAAA} and answer.name.lower().endswith(".local"):
                self._note_name(bytes(answer.rdata), Told(_name(answer.name[: -len(".local")]), How.MDNS))

    def _note_mac(self, packed: bytes, told: Told, at_ns: int) -> None:
        host = self._host(packed)
        if host is not None and int(told.text[:2], 16) & 1 == 0 and told.text != _NO_MAC:
            if told in host.macs or len(host.macs) < MAX_PER_IP:
                host.macs[told] = at_ns
            else:
                self.left_out += 1

    def _note_name(self, packed: bytes, told: Told) -> None:
        host = self._host(packed)
        if host is None or not told.text:
            return
        if told in host.names or len(host.names) < MAX_PER_IP:
            host.names.setdefault(told)
        else:
            self.left_out += 1

    def _host(self, packed: bytes) -> Host | None:
        if not self.is_local(packed):
            return None
        ip = str(ipaddress.ip_address(packed))
        host = self.hosts.get(ip)
        if host is None:
            if len(self.hosts) >= MAX_IPS:
                self.left_out += 1
                return None
            host = self.hosts[ip] = Host()
        return host


def _mac(raw: bytes) -> str:
    return ":".join(f"{byte:02x}" for byte in raw[:6]) if len(raw) >= 6 else _NO_MAC


def _name(text: str) -> str:
    """A machine's own name, printable and short."""
    plain = text.split(".")[0].strip("\x00 ")
    return "".join(char for char in plain if char.isprintable())[:MAX_NAME_CHARS]

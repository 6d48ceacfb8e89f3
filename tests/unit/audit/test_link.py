"""What the link tells of its machines, and that broken packets tell nothing."""

from __future__ import annotations

import pytest
import room_kit as kit
from hypothesis import given
from hypothesis import strategies as st

from sensor.audit import link
from sensor.audit.link import How, LinkFacts, Told
from sensor.engine.api import Frame
from sensor.simulate.frames import Row

IP, MAC = "10.1.2.3", "02:00:5e:10:00:77"
TELLS = [
    ([kit.arp(1, IP, MAC)], Told(MAC, How.ARP), None),
    (kit.dhcp(1, IP, MAC, "pc-7.example.org"), Told(MAC, How.DHCP), Told("pc-7", How.DHCP)),
    ([kit.mdns(1, IP, MAC, "nuc")], Told(MAC, How.FRAME), Told("nuc", How.MDNS)),
    ([kit.netbios(1, IP, MAC, "OLD-PC")], Told(MAC, How.FRAME), Told("OLD-PC", How.NETBIOS)),
]


def _facts(rows: list[Row]) -> LinkFacts:
    facts = LinkFacts()
    for at_ns, data in rows:
        facts.look(Frame(at_ns, 1, data, len(data)))
    return facts


@pytest.mark.parametrize(("rows", "mac", "name"), TELLS)
def test_the_link_tells(rows: list[Row], mac: Told, name: Told | None) -> None:
    host = _facts(rows).host(IP)
    assert mac in host.macs
    assert list(host.names) == ([name] if name else [])


IPV6 = "fd00::7"


def test_dhcpv6_tells_the_machine_that_was_given_an_address() -> None:
    host = _facts(kit.dhcpv6(1, IPV6, MAC, "nas-2.example.org")).host(IPV6)
    assert list(host.macs) == [Told(MAC, How.DUID)]
    assert list(host.names) == [Told("nas-2", How.DHCP)]


def test_a_question_for_an_ipv6_address_gives_none() -> None:
    assert _facts(kit.dhcpv6(1, IPV6, MAC)[:1]).host(IPV6).macs == {}


def test_a_relay_of_dhcpv6_saw_the_interface_itself() -> None:
    first, *_ = _facts([kit.relayed_dhcpv6(1, IPV6, MAC)]).host(IPV6).macs
    assert first == Told(MAC, How.DHCP)


def cooked(data: bytes) -> bytes:
    """The frame as a capture of all interfaces of a Linux machine has it (LINKTYPE_LINUX_SLL)."""
    return b"\0\0\0\x01\0\x06" + data[6:12] + b"\0\0" + data[12:]


def cooked_2(data: bytes) -> bytes:
    """The same in its second form (LINKTYPE_LINUX_SLL2)."""
    return data[12:14] + b"\0\0\0\0\0\x03\0\x01\0\x06" + data[6:12] + b"\0\0" + data[14:]


@pytest.mark.parametrize(("linktype", "cook"), [(113, cooked), (276, cooked_2)])
@pytest.mark.parametrize(("rows", "mac", "name"), TELLS)
def test_cooked_captures_tell_the_same(rows, mac, name, linktype, cook) -> None:
    facts = LinkFacts()
    for at_ns, data in rows:
        facts.look(Frame(at_ns, linktype, cook(data), len(data)))
    assert mac in facts.host(IP).macs and list(facts.host(IP).names) == ([name] if name else [])


@pytest.mark.parametrize("linktype", [113, 276])
def test_a_cooked_frame_without_a_mac_address_tells_no_router(linktype: int) -> None:
    packet = kit.mining("cryptonote", "198.51.100.99", MAC, duration_s=20)[0][1]
    cook = {113: cooked, 276: cooked_2}[linktype](packet)
    nameless = cook.replace(b"\0\x01\0\x06", b"\3\4\0\0")
    facts = LinkFacts()
    facts.look(Frame(1, linktype, nameless, len(nameless)))
    assert facts.routers == facts.macs_seen == set()


def test_ipv6_neighbours_tell_their_addresses() -> None:
    assert Told(MAC, How.ND) in _facts([kit.neighbour(1, "fe80::7", MAC)]).host("fe80::7").macs


@pytest.mark.parametrize("tag", [b"\x81\x00\x00\x05", b"\x88\xa8\x00\x01\x81\x00\x00\x05"])
def test_tags_do_not_hide_it(tag: bytes) -> None:
    at_ns, data = kit.arp(1, IP, MAC)
    assert Told(MAC, How.ARP) in _facts([(at_ns, data[:12] + tag + data[12:])]).host(IP).macs


def test_who_sends_for_addresses_elsewhere_is_a_router() -> None:
    rows = kit.mining("cryptonote", IP, MAC, duration_s=20)
    facts = _facts(rows)
    assert facts.routers == {kit.ROUTER}
    assert set(facts.hosts) == {IP}


def test_networks_given_replace_the_private_ones() -> None:
    facts = LinkFacts(["192.0.2.0/24"], ["203.0.113.5"])
    for _, data in (kit.arp(1, IP, MAC), kit.arp(1, "192.0.2.9", MAC), kit.arp(1, "203.0.113.5", MAC)):
        facts.look(Frame(1, 1, data, len(data)))
    assert set(facts.hosts) == {"192.0.2.9", "203.0.113.5"}


def test_tables_are_bounded_and_say_what_they_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MAX_IPS", 3)
    facts = _facts([kit.arp(1, f"10.0.0.{number}", MAC) for number in range(1, 9)])
    assert len(facts.hosts) == 3
    assert facts.left_out == 5
    spoofed = _facts([kit.arp(1, IP, f"02:00:5e:10:01:{number:02x}") for number in range(20)])
    assert len(spoofed.host(IP).macs) == link.MAX_PER_IP


FRAMES = [data for _, data in (*kit.room()[:200], *kit.dhcp(1, IP, MAC, "x"), kit.neighbour(1, "fe80::7", MAC))]


FRAMES += [data for _, data in (*kit.dhcpv6(1, IPV6, MAC, "x"), kit.relayed_dhcpv6(1, IPV6, MAC))]


@given(st.sampled_from(FRAMES), st.integers(0, 400), st.binary(max_size=12), st.integers(0, 300))
def test_broken_frames_never_raise(data: bytes, cut: int, junk: bytes, at: int) -> None:
    broken = data[: min(at, len(data))] + junk + data[at + len(junk) :]
    facts = LinkFacts()
    facts.look(Frame(1, 1, broken[:cut], len(data)))
    for linktype in (1, 113, 276, 101):
        facts.look(Frame(1, linktype, broken, len(broken)))


@given(st.binary(max_size=400), st.sampled_from([67, 137, 547, 5353]))
def test_broken_messages_never_raise(payload: bytes, port: int) -> None:
    _, frame = kit.mdns(1, IP, MAC, "x")
    ports = port.to_bytes(2, "big") + (68 if port == 67 else port).to_bytes(2, "big")
    data = frame[:34] + ports + frame[38:42] + payload
    LinkFacts().look(Frame(1, 1, data, len(data)))

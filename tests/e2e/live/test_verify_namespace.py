"""Does anything leave the host that the limits do not allow? Verification in a namespace, counted at the far end."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import dpkt
import pytest
from live_kit import Wire, inside
from verify_kit import options_for, verifier_for

from sensor.model.verification import Finding, ServerRequest
from sensor.verify.tap import is_tap_host

ALLOWED, OTHER, NEVER = "10.77.0.2", "10.88.0.2", "10.77.0.9"
SOURCE = "10.77.0.77"


@pytest.fixture
def routed(wire: Wire) -> Wire:
    """The near end may reach everything at the far end; only the limits keep it from doing so."""
    wire.ip("addr add 10.77.0.1/24 dev near0")
    wire.ip(f"addr add {SOURCE}/24 dev near0")
    wire.ip("route add 10.88.0.0/24 dev near0")
    for address in (ALLOWED, NEVER):
        wire.ip_there(f"addr add {address}/24 dev far0")
    wire.ip_there(f"addr add {OTHER}/24 dev far0")
    return wire


class Counting:
    """Everything that arrives at the far end, seen below any server."""

    def __init__(self, wire: Wire) -> None:
        with inside(wire.there):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
            self._socket.bind((wire.far, 0))
        self._socket.settimeout(0.3)

    def close(self) -> None:
        self._socket.close()

    def packets(self) -> list[dpkt.ip.IP]:
        """IP packets from the near end."""
        found = []
        while True:
            try:
                frame, where = self._socket.recvfrom(65_536)
            except TimeoutError:
                return found
            packet = dpkt.ethernet.Ethernet(frame).data
            if where[2] != socket.PACKET_OUTGOING and isinstance(packet, dpkt.ip.IP):
                found.append(packet)


def test_nothing_is_sent_outside_the_limits(routed: Wire, tmp_path: Path) -> None:
    options = options_for(
        tmp_path,
        source_address=SOURCE,
        allow_networks=("10.77.0.0/24",),
        never_networks=(f"{NEVER}/32",),
        connections_per_server=3,
        connections_per_address=4,
        max_sent_bytes=1024,
        answer_s=0.2,
        dialects=("beam", "stratum-v1", "cryptonote"),
        carriers=("tcp",),
    )
    counting = Counting(routed)
    with inside(routed.there):
        deaf = [socket.create_server((host, port)) for host in (ALLOWED, OTHER, NEVER) for port in (3333, 4444)]
    try:
        with inside(routed.here), verifier_for(options) as verifier:
            answers = [
                verifier.ask(ServerRequest(ip=ip, port=port, division=division))
                for ip, division in ((OTHER, "330100"), (NEVER, "330100"), (ALLOWED, None), (ALLOWED, "330100"))
                for port in (3333, 4444)
            ]
    finally:
        for server in deaf:
            server.close()
    packets = [each for each in counting.packets() if isinstance(each.data, dpkt.tcp.TCP)]
    counting.close()
    assert [answer.rule for answer in answers[:6]] == ["network"] * 2 + ["never"] * 2 + ["division"] * 2
    assert {answer.finding for answer in answers[:6]} == {Finding.REFUSED}
    assert {socket.inet_ntoa(each.dst) for each in packets} == {ALLOWED}
    assert {socket.inet_ntoa(each.src) for each in packets} == {SOURCE}
    opened = Counter(each.data.dport for each in packets if each.data.flags & dpkt.tcp.TH_SYN)
    assert opened == {3333: 3, 4444: 1}
    sent = Counter[int]()
    for each in packets:
        sent[each.data.sport] += len(each.data.data)
    assert max(sent.values()) <= options.max_sent_bytes


def test_no_packet_at_all_of_who_is_refused(routed: Wire, tmp_path: Path) -> None:
    counting = Counting(routed)
    with inside(routed.here), verifier_for(options_for(tmp_path, source_address=SOURCE)) as verifier:
        answer = verifier.ask(ServerRequest(ip=ALLOWED, port=3333, division="330100"))
    assert (answer.finding, answer.rule) == (Finding.REFUSED, "network")
    assert not counting.packets()
    counting.close()


def test_the_host_of_a_tap_is_known(routed: Wire) -> None:
    with inside(routed.here):
        assert not is_tap_host()
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)):
            assert is_tap_host()
        assert not is_tap_host()

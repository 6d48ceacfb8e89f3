"""Does every real capture go through, and is what is read from it what tshark reads?"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.engine.api import AddressEntry, Limits, Program
from sensor.engine.portable import PortableEngine
from sensor.engine.portable.decode import decode
from sensor.engine.portable.layers import Segment

PROGRAM = Program(
    name="captures",
    anchors=(b"HTTP/1.", b'"mining.', b'"method"', b"\\u00"),
    name_suffixes=frozenset({"com", "org", "net"}),
    names=frozenset(),
    addresses=(AddressEntry("10.0.0.0/8"), AddressEntry("2000::/3", frozenset({80, 443}))),
    limits=Limits(head_bytes=512, max_flows=64, max_held_bytes=65_536, max_gap_bytes=4096, max_followed=32),
)
PARTS = 4
TSHARK_FIELDS = ("frame.number", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.len", "tcp.payload")


@pytest.mark.parametrize("folder", ["benign", "hashrate", "malformed", "mining", "tunnels"])
@pytest.mark.parametrize("part", range(PARTS))
def test_every_capture_goes_through(shared: Path, folder: str, part: int) -> None:
    files = [file for file in sorted((shared / "captures" / folder).iterdir()) if ".pcap" in file.name]
    assert files
    for file in files[part::PARTS]:
        with open_capture(file) as source:
            session = PortableEngine().open(PROGRAM, source)
            while session.read() is not None:
                assert session.counters.held_bytes <= PROGRAM.limits.max_held_bytes, file
                assert session.counters.flows_live <= PROGRAM.limits.max_flows, file
        counters = session.counters
        assert (counters.packets, counters.flows_live, counters.held_bytes) == (source.packets, 0, 0), file


@pytest.fixture(scope="module")
def tshark() -> str:
    found = shutil.which("tshark")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("tshark is not installed")
    assert found, "tshark is not installed, and CI needs it"
    return found


@pytest.mark.parametrize(
    "name",
    [
        "mining/nDPI__mining.pcapng",
        "mining/jsiwek__coinhive-stratum.pcap",
        "benign/tcpdump__mptcp-v1.pcap",
        "benign/zeek__finger__long-reply-line.pcapng",
        "benign/zeek__modbus__4SICS-GeekLounge-151022-min.pcap",
        "benign/suricata-verify__http-evader__http-evader-064__input.pcap",
        "tunnels/tcpdump__802.1ad_QinQ.pcap",
        "tunnels/zeek__q-in-q.pcap",
        "tunnels/zeek__vlan-qinqinq.pcap",
        "tunnels/zeek__ipv6-http-atomic-frag.pcap",
        "tunnels/zeek__mpls-in-vlan.pcap",
        "tunnels/zeek__pppoe.pcap",
        "tunnels/arkime__pppoe.pcap",
        "tunnels/nDPI__4in6tunnel.pcap",
        "tunnels/nDPI__6in4tunnel.pcap",
        "tunnels/zeek__tunnels__vxlan-encapsulated-http.pcap",
        "tunnels/zeek__tunnels__gtp__gtp6_gtp_0x32.pcap",
        "tunnels/zeek__tunnels__geneve-many-options.pcap",
        "tunnels/tcpdump__wccp_redirect_gre.pcap",
    ],
)
def test_tcp_segments_are_those_of_tshark(shared: Path, tshark: str, name: str) -> None:
    file = shared / "captures" / name
    theirs = _by_tshark(tshark, file)
    with open_capture(file) as source:
        decoded = [(number, decode(frame)) for number, frame in enumerate(source.frames(), 1)]
    ours = {number: _row(found) for number, found in decoded if isinstance(found, Segment) and found.proto == 6}
    assert ours == theirs


def _row(segment: Segment) -> tuple[int, int, int, int, str]:
    ports = (int.from_bytes(end[-2:], "big") for end in (segment.sender, segment.receiver))
    return (*ports, segment.seq, segment.wire_bytes, segment.payload.hex())  # type: ignore[return-value]


def _by_tshark(tshark: str, file: Path) -> dict[int, tuple[int, int, int, int, str]]:
    options = [part for field in TSHARK_FIELDS for part in ("-e", field)]
    # ICMP errors quote a TCP header that is no segment; the last occurrence of a field is the innermost layer's.
    filters = ["-Y", "tcp and not icmp and not icmpv6", "-T", "fields", "-E", "occurrence=l"]
    run = subprocess.run([tshark, "-r", file, *filters, *options], capture_output=True, text=True, check=True)
    rows = (line.split("\t") for line in run.stdout.splitlines())
    return {int(row[0]): (*map(int, row[1:5]), row[5]) for row in rows}  # type: ignore[misc]

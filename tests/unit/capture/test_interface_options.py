"""Are options of a live interface checked before anything is opened, and filters before anything is captured?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sensor.capture import bpf
from sensor.capture.interface import InterfaceOptions
from sensor.capture.packet_socket import TP_STATUS_VLAN_TPID_VALID, retagged
from sensor.model.errors import CaptureError, ConfigError


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"block_bytes": 1 << 16, "blocks": 2, "snaplen_bytes": 65024},
        {"block_bytes": 1 << 26, "blocks": 64},
        {"snaplen_bytes": 64, "block_timeout_ms": 1, "tick_ms": 1},
        {"fanout_group": 0},
        {"fanout_group": 65535},
        {"interface": "eth0.4094"},
        {"interface": "123456789012345"},
        {"filter": "tcp or (vlan and tcp)"},
    ],
    ids=str,
)
def test_good_options(options: dict[str, object]) -> None:
    assert InterfaceOptions(**{"interface": "eth0", **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"interface": ""}, "interface: '' is no interface name"),
        ({"interface": "1234567890123456"}, "no interface name"),
        ({"interface": "网卡网卡网卡"}, "no interface name"),
        ({"interface": "../lo"}, "no interface name"),
        ({"interface": "eth0\0"}, "no interface name"),
        ({"block_bytes": 100_000}, "block_bytes: 100000 is no power of two"),
        ({"block_bytes": 1 << 15}, "block_bytes: 32768 is out of bounds; give 65536 to 67108864"),
        ({"block_bytes": 1 << 27}, "block_bytes: 134217728 is out of bounds"),
        ({"blocks": 1}, "blocks: 1 is out of bounds; give 2 to 65536"),
        ({"blocks": 4097}, "more than 4 GiB; lower blocks"),
        ({"snaplen_bytes": 63}, "snaplen_bytes: 63 is out of bounds"),
        ({"snaplen_bytes": 65536, "block_bytes": 65536}, "snaplen_bytes: 65536 does not fit in block_bytes"),
        ({"block_timeout_ms": 0}, "block_timeout_ms: 0 is out of bounds"),
        ({"tick_ms": 101}, "tick_ms: 101 is out of bounds; give 1 to 100"),
        ({"fanout_group": -1}, "fanout_group: -1 is out of bounds; give 0 to 65535"),
        ({"fanout_group": 65536}, "fanout_group: 65536 is out of bounds"),
        ({"filter": "tcp or " * 600}, "filter: 4200 characters are more than 4096"),
        ({"filter": "tcp\0 and port 1"}, "filter: holds a character that cannot be printed"),
    ],
    ids=str,
)
def test_bad_options(options: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        InterfaceOptions(**{"interface": "eth0", **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "tag"),
    [(TP_STATUS_VLAN_TPID_VALID, b"\x88\xa8\xe0\x07"), (0, b"\x81\x00\xe0\x07")],
    ids=["kernel-says-802.1ad", "old-kernel"],
)
def test_a_tag_is_put_back(status: int, tag: bytes) -> None:
    assert retagged(b"destinsource\x08\x00ip", 0xE007, 0x88A8, status) == b"destinsource" + tag + b"\x08\x00ip"


@pytest.fixture
def libpcap() -> None:
    try:
        bpf.check_filter("")
    except CaptureError as fault:
        pytest.skip(str(fault))


@pytest.mark.parametrize("expression", ["", "tcp port 3333", "net 192.0.2.0/24 and not udp", "vlan 7 and ip6"])
def test_filters_that_compile(libpcap: None, expression: str) -> None:
    bpf.check_filter(expression)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("tcp prt 3333", "filter 'tcp prt 3333': .*; see pcap-filter"),
        ("port 70000", "filter 'port 70000': .*70000"),
        ("((tcp)", "filter"),
    ],
    ids=["word", "port", "bracket"],
)
def test_filters_that_do_not(libpcap: None, expression: str, says: str) -> None:
    with pytest.raises(CaptureError, match=says):
        bpf.check_filter(expression)


@pytest.fixture
def without_libpcap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(bpf, "_LIBRARIES", ("libpcap-that-is-not-there.so",))
    bpf._libpcap.cache_clear()
    yield
    bpf._libpcap.cache_clear()


def test_a_filter_without_libpcap(without_libpcap: None) -> None:
    with pytest.raises(CaptureError, match=r"libpcap is not installed; install it .* or leave the filter out"):
        bpf.check_filter("tcp")

"""Is every form of capture file read, and as far as it goes?"""

from __future__ import annotations

import gzip
import io
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from capture_kit import AT_NS, PACKETS, block, enhanced, interface, obsolete, option, pcap, section, simple

from sensor.capture import CaptureFile, CaptureLimits, open_capture
from sensor.engine.api import Frame
from sensor.model.errors import CaptureError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

AT = AT_NS[0] // 1000
NG = section() + interface()


def opened(folder: Path, content: bytes, limits: CaptureLimits | None = None) -> CaptureFile:
    file = folder / "capture"
    file.write_bytes(content)
    return open_capture(file, limits)


def read(folder: Path, content: bytes, limits: CaptureLimits | None = None) -> tuple[list[Frame], str | None]:
    with opened(folder, content, limits) as source:
        return list(source.frames()), source.damage


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(pcap("<"), id="microseconds-little"),
        pytest.param(pcap(">"), id="microseconds-big"),
        pytest.param(pcap("<", unit_ns=1, magic=0xA1B23C4D), id="nanoseconds-little"),
        pytest.param(pcap(">", unit_ns=1, magic=0xA1B23C4D), id="nanoseconds-big"),
        pytest.param(pcap("<", magic=0xA1B2CD34, extra=8), id="kuznetzov-little"),
        pytest.param(pcap(">", magic=0xA1B2CD34, extra=8), id="kuznetzov-big"),
        pytest.param(pcap(linktype=0x30000001), id="checksum-length-in-link-type"),
        pytest.param(gzip.compress(pcap()), id="gzip"),
        pytest.param(gzip.compress(pcap()[:50]) + gzip.compress(pcap()[50:]), id="gzip-of-two-members"),
        pytest.param(gzip.compress(pcap()) + bytes(512), id="gzip-padded-with-zeros"),
        pytest.param(zstd.compress(pcap()), id="zstd"),
        pytest.param(zstd.compress(pcap()[:50]) + zstd.compress(pcap()[50:]), id="zstd-of-two-frames"),
    ],
)
def test_pcap(tmp_path: Path, content: bytes) -> None:
    frames, damage = read(tmp_path, content)
    assert damage is None
    assert [frame.data for frame in frames] == list(PACKETS)
    assert [frame.at_ns for frame in frames] == list(AT_NS)
    assert [frame.wire_len for frame in frames] == [len(data) + 4 for data in PACKETS]
    assert {frame.linktype for frame in frames} == {1}


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_blocks(tmp_path: Path, order: str) -> None:
    content = (
        section(order)
        + interface(order=order)
        + interface(101, order=order, snaplen=4)
        + block(0xBAD, b"some other block", order)
        + enhanced(b"one", at=AT, order=order)
        + enhanced(b"two", at=AT + 1, index=1, order=order)
        + simple(b"three", 5, order)
        + obsolete(b"four", at=AT + 2, order=order)
    )
    frames, damage = read(tmp_path, content)
    assert damage is None
    assert [(frame.data, frame.linktype, frame.at_ns // 1000 - AT) for frame in frames] == [
        (b"one", 1, 0),
        (b"two", 101, 1),
        (b"three", 1, 1),
        (b"four", 1, 2),
    ]
    assert [frame.wire_len for frame in frames] == [7, 7, 5, 8]


@pytest.mark.parametrize(
    ("options", "at", "at_ns"),
    [
        pytest.param(b"", 7, 7_000, id="microseconds-by-default"),
        pytest.param(option(9, b"\x09"), 7, 7, id="nanoseconds"),
        pytest.param(option(9, b"\x00"), 7, 7_000_000_000, id="seconds"),
        pytest.param(option(9, b"\x8a"), 512, 500_000_000, id="power-of-two"),
        pytest.param(option(9, b"\xff"), 7, 0, id="finer-than-anything"),
        pytest.param(option(14, struct.pack("<q", 100)), 7, 100_000_007_000, id="offset"),
        pytest.param(option(14, struct.pack("<q", -1)) + option(0, b""), 7, -999_993_000, id="negative-offset"),
        pytest.param(option(0, b"") + option(9, b"\x09"), 7, 7_000, id="nothing-counts-after-the-end"),
    ],
)
def test_pcapng_clocks(tmp_path: Path, options: bytes, at: int, at_ns: int) -> None:
    frames, damage = read(tmp_path, section() + interface(options=options) + enhanced(b"x", at=at))
    assert (frames[0].at_ns, damage) == (at_ns, None)


def test_pcapng_sections_of_both_orders(tmp_path: Path) -> None:
    content = NG + enhanced(b"one", at=AT) + section(">") + interface(12, order=">") + simple(b"two", 9, ">")
    frames, damage = read(tmp_path, content)
    assert damage is not None and "9 bytes in a block body" in damage
    content = NG + enhanced(b"one", at=AT) + section(">") + interface(12, order=">", snaplen=3) + simple(b"two", 9, ">")
    frames, damage = read(tmp_path, content)
    assert damage is None
    assert [(frame.data, frame.linktype, frame.wire_len) for frame in frames] == [(b"one", 1, 7), (b"two", 12, 9)]
    assert frames[1].at_ns == frames[0].at_ns


def test_a_packet_is_never_shorter_on_the_wire_than_captured(tmp_path: Path) -> None:
    frames, _ = read(tmp_path, pcap()[:24] + struct.pack("<IIII", 0, 0, 3, 1) + b"abc")
    assert frames[0].wire_len == 3


@pytest.mark.parametrize(
    ("content", "packets", "damage"),
    [
        pytest.param(b"", 0, r"file is empty \(byte 0", id="empty"),
        pytest.param(b"\xd4\xc3", 0, "file of 2 bytes", id="two-bytes"),
        pytest.param(pcap()[:10], 0, "header cut after 10 of 24", id="in-file-header"),
        pytest.param(pcap()[:24], 0, None, id="header-only"),
        pytest.param(
            pcap()[:30], 0, r"record header cut after 6 of 16 bytes \(byte 30, after packet 0", id="in-record"
        ),
        pytest.param(pcap()[:60], 1, r"record header cut.*after packet 1\)", id="in-second-record"),
        pytest.param(pcap()[:70], 1, "packet cut after 2 of 21", id="in-second-packet"),
        pytest.param(pcap() + b"\xff" * 16, 3, "claims 4294967295 bytes, more than 1048576", id="bad-length"),
        pytest.param(NG[:20], 0, "block cut after 20 of 28", id="in-section-header"),
        pytest.param(NG[:8] + b"\0" * 20, 0, "byte-order mark 00000000", id="bad-byte-order-mark"),
        pytest.param(NG + b"\6\0\0\0\x04\0\0\0", 0, "claims 4 bytes, less than 12", id="block-too-short"),
        pytest.param(NG + b"\6\0\0\0\xff\xff\xff\x7f", 0, "claims 2147483647 bytes, more", id="block-too-long"),
        pytest.param(
            NG + b"\7\0\0\0\xff\xff\xff\x7f" + bytes(90), 0, "block cut after 98", id="unknown-block-too-long"
        ),
        pytest.param(NG + enhanced(b"x", at=1)[:-4] + b"\1\0\0\0", 0, "lengths disagree", id="trailer"),
        pytest.param(NG + enhanced(b"x", at=1, index=1), 0, "packet of interface 1", id="unknown-interface"),
        pytest.param(section() + simple(b"x", 1), 0, "packet of interface 0", id="no-interface"),
        pytest.param(NG + enhanced(b"x", at=1, size=99), 0, "packet of 99 bytes", id="packet-beyond-block"),
        pytest.param(NG + block(6, b"abcd"), 0, "too short", id="body-too-short"),
        pytest.param(gzip.compress(pcap())[:-20], None, "gzip data ends early", id="gzip-cut"),
        pytest.param(gzip.compress(pcap()) + b"junk", 3, "incorrect header check", id="gzip-trailing-junk"),
        pytest.param(zstd.compress(pcap())[:-9], None, "zstandard data ends early", id="zstd-cut"),
        pytest.param(zstd.compress(pcap()) + b"junk", 3, "Unable to decompress", id="zstd-trailing-junk"),
        pytest.param(b"\x1f\x8b\x08\0", 0, "gzip data ends early", id="gzip-header-only"),
    ],
)
def test_damage(tmp_path: Path, content: bytes, packets: int | None, damage: str | None) -> None:
    with opened(tmp_path, content) as source:
        frames = list(source.frames())
    if packets is not None:
        assert len(frames) == packets
    if damage is None:
        assert source.damage is None
    else:
        assert source.damage is not None
        assert re.search(damage, source.damage)


def test_a_truncated_gzip_gives_what_it_holds(tmp_path: Path) -> None:
    whole = pcap() + pcap()[24:] * 2000
    packed = gzip.compress(whole)
    frames, damage = read(tmp_path, packed[: len(packed) // 2])
    assert len(frames) > 1000
    assert damage is not None and f"after packet {len(frames)}" in damage


def test_limits(tmp_path: Path) -> None:
    big = pcap()[:24] + struct.pack("<IIII", 0, 0, 524_288, 524_288) + bytes(524_288)
    assert len(read(tmp_path, big)[0]) == 1
    frames, damage = read(tmp_path, big, CaptureLimits(max_packet_bytes=1000))
    assert frames == [] and damage is not None and "524288 bytes, more than 1000" in damage
    _, damage = read(tmp_path, NG + interface() * 3, CaptureLimits(max_interfaces=3))
    assert damage is not None and "more than 3 interfaces" in damage


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda folder: folder / "absent", "No such file.*check the path", id="missing"),
        pytest.param(lambda folder: folder, "Is a directory", id="directory"),
        pytest.param(lambda folder: _written(folder, b"PK\x03\x04 text"), "not a capture file.*50 4b 03 04", id="zip"),
        pytest.param(
            lambda folder: _written(folder, gzip.compress(b"some text")), "not a capture file", id="gzip-text"
        ),
    ],
)
def test_what_cannot_be_opened(tmp_path: Path, make: Callable[[Path], Path], message: str) -> None:
    path = make(tmp_path)
    with pytest.raises(CaptureError, match=message) as caught:
        open_capture(path)
    assert str(path) in str(caught.value)


def _written(folder: Path, content: bytes) -> Path:
    file = folder / "file"
    file.write_bytes(content)
    return file


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(pcap())))
    monkeypatch.setattr(sys, "stdin", stdin)
    with open_capture("-") as source:
        assert (source.name, source.size) == ("-", None)
        assert [frame.data for frame in source.frames()] == list(PACKETS)
    assert not stdin.buffer.closed


def test_progress_reaches_the_size(tmp_path: Path) -> None:
    content = gzip.compress(pcap())
    with opened(tmp_path, content) as source:
        assert source.size == len(content)
        list(source.frames())
        assert (source.position, source.packets) == (len(content), 3)


def test_closing_early_and_twice(tmp_path: Path) -> None:
    source = opened(tmp_path, pcap())
    assert next(source.frames()).data == PACKETS[0]
    source.close()
    source.close()
    assert list(source.frames()) == []


def test_a_medium_that_fails_is_damage() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 40:
                raise OSError(5, "Input/output error")
            return super().read(40)

    source = CaptureFile("disk", Failing(pcap()), CaptureLimits())
    assert list(source.frames()) == []
    assert source.damage is not None and "Input/output error" in source.damage

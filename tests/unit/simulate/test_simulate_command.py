"""Does ``minewatch simulate`` write what it says, and refuse what it must?"""

import json
import os
import shutil
import socket
import struct
import subprocess

import pytest

from sensor.cli.main import main
from sensor.model.errors import ConfigError
from sensor.simulate import send
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import SCENARIOS, compose


def test_a_scenario_becomes_a_file_and_its_truth(tmp_path, capsys):
    capture, truth = tmp_path / "c.pcap", tmp_path / "c.json"
    assert main(["simulate", "cryptonote", "-o", str(capture), "--truth", str(truth), "--start", "2026-11-23"]) == 0
    packets = json.loads(truth.read_text())["packets"]
    assert f"{packets} packets, 1 mining sessions" in capsys.readouterr().err
    assert json.loads(truth.read_text())["sessions"][0]["first_seen"].startswith("2026-11-23T00:00:00")
    assert len(list(records(capture))) == packets


def records(path):
    data = path.read_bytes()
    at = 24
    while at < len(data):
        seconds, rest, length, _ = struct.unpack_from("<IIII", data, at)
        yield seconds, rest, data[at + 16 : at + 16 + length]
        at += 16 + length


@pytest.mark.parametrize(("nanoseconds", "rest"), [(True, 123_456_789), (False, 123_456)])
def test_times_are_kept_to_the_files_resolution(tmp_path, nanoseconds, rest):
    write_pcap(tmp_path / "t.pcap", [(5 * 10**9 + 123_456_789, b"frame")], nanoseconds=nanoseconds)
    assert list(records(tmp_path / "t.pcap")) == [(5, rest, b"frame")]


def test_the_list_shows_every_scenario(capsys):
    assert main(["simulate", "--list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in SCENARIOS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a scenario"),
        (["web"], "say where it goes"),
        (["web", "-o", "x", "-i", "lo"], "say where it goes"),
        (["melt", "-o", "x"], "unknown scenario 'melt'"),
        (["web", "-o", "x", "--start", "noon"], "--start 'noon' is not a time"),
        (["web", "-o", "x", "--shape", "melt"], "unknown shape 'melt'"),
        (["web", "-o", "x", "--wrap", "melt"], "unknown wrap 'melt'"),
        (["web", "-o", "x", "--dress", "melt"], "unknown dress 'melt'"),
        (["web", "-o", "x", "--carrier", "melt"], "unknown carrier 'melt'"),
        (["egress-day", "-o", "x", "--vlan", "3"], "egress-day takes no"),
        (["egress-day", "-o", "x", "--wrap", "socks5"], "egress-day takes no"),
        (["web", "-o", "/nowhere/x"], "cannot write /nowhere/x"),
        (["web", "-i", "nosuch0"], "no interface 'nosuch0'"),
    ],
)
def test_faults_are_one_line_and_exit_2(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "own", "allowed"), [("0x1003", False, False), ("0x1003", True, True), ("0x9", False, True)]
)
def test_only_loopback_is_sent_on_unasked(tmp_path, monkeypatch, flags, own, allowed):
    (tmp_path / "x0").mkdir()
    (tmp_path / "x0" / "flags").write_text(flags + "\n")
    monkeypatch.setattr(send, "in_named_namespace", lambda: False)
    if allowed:
        send.check_interface("x0", own_network=own, interfaces=tmp_path)
    else:
        with pytest.raises(ConfigError, match="not a loopback interface"):
            send.check_interface("x0", own_network=own, interfaces=tmp_path)


def test_a_named_namespace_is_known_by_its_inode(tmp_path):
    (tmp_path / "netns").mkdir()
    own = tmp_path / "own"
    own.touch()
    (tmp_path / "netns" / "other").touch()
    assert not send.in_named_namespace(tmp_path / "netns", own)
    (tmp_path / "netns" / "mine").hardlink_to(own)
    assert send.in_named_namespace(tmp_path / "netns", own)
    assert not send.in_named_namespace(tmp_path / "nosuch", own)


def test_frames_wait_for_their_time():
    now, slept = [100.0], []

    def sleep(seconds):
        slept.append(round(seconds, 6))
        now[0] += seconds

    rows = [(0, b"a"), (10**9, b"b"), (4 * 10**9, b"c")]
    assert list(send.paced(rows, 2.0, lambda: now[0], sleep)) == [b"a", b"b", b"c"]
    assert slept == [0.5, 1.5]


@pytest.mark.skipif(os.geteuid() != 0, reason="raw sockets need root")
def test_frames_really_pass_the_loopback_interface(capsys):
    every_protocol = 0x0003
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(every_protocol)) as tap:
        tap.bind(("lo", 0))
        tap.settimeout(5)
        assert main(["simulate", "cryptonote", "-i", "lo", "--duration", "5", "--speed", "100"]) == 0
        sent = {frame for _, frame in compose("cryptonote", duration_s=5).rows}
        seen = set()
        while not sent <= seen:
            seen.add(tap.recv(65536))
    assert f"{len(sent)} packets" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_another_reader_finds_no_fault_in_the_frames(tmp_path):
    capture = tmp_path / "c.pcap"
    assert main(["simulate", "zip-301", "-o", str(capture)]) == 0
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
    wanted = "_ws.expert.severity >= 0x600000 || tcp.analysis.retransmission || tcp.analysis.out_of_order"
    command = ["tshark", "-r", str(capture), *checks, "-Y", wanted]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""

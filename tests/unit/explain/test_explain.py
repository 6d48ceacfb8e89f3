"""`minewatch explain`: packets chosen, roles of messages, rules of the verdict, sums, the evidence file."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from dpkt.ip import IP_PROTO_TCP

from sensor.capture import open_capture
from sensor.cli.main import main
from sensor.detect.scan import scan
from sensor.engine.portable.decode import decode
from sensor.engine.portable.flow import five_tuple
from sensor.engine.portable.layers import Segment
from sensor.engine.select import choose_engine
from sensor.explain.pick import flow_of, flows_of
from sensor.explain.run import Explanation, explain
from sensor.explain.timeline import Role
from sensor.model.errors import ConfigError
from sensor.model.evidence import Verdict
from sensor.model.flow import Endpoint
from sensor.signature import load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build
from sensor.simulate.wraps.carriers import find_carrier

START_NS = 1_767_225_600_000_000_000
SCENARIOS = ("stratum-v1", "cryptonote", "eth-proxy", "ethereumstratum-2", "zip-301", "getwork", "kaspa", "beam")


def _explain(capture: Path, folder: Path, flow: str | None = None) -> Explanation:
    engine, signatures = choose_engine(os.environ), load()
    if flow is None:
        (detection,) = scan(open_capture(capture), engine, signatures).detections
        pick = flows_of(detection)
    else:
        pick = flow_of(flow)
    return explain(open_capture(capture), pick, engine, signatures, folder)


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain")
    for scenario in (*SCENARIOS, "electrum"):
        write_pcap(folder / f"{scenario}.pcap", build(scenario, 1, START_NS))
    return folder


@pytest.fixture(scope="module", params=SCENARIOS)
def told(request: pytest.FixtureRequest, captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Explanation:
    return _explain(captures / f"{request.param}.pcap", tmp_path_factory.mktemp("evidence"))


def test_the_explained_detection_is_that_of_a_scan(told: Explanation) -> None:
    (story,) = told.stories
    (scanned,) = scan(open_capture(told.capture), choose_engine(os.environ), load()).detections
    assert story.detection.model_dump(exclude={"evidence"}) == scanned.model_dump(exclude={"evidence"})


@pytest.mark.parametrize("carriers", ["fragments-tiny", "vxlan fragments"])
def test_a_flow_in_parts_is_explained_as_it_is_scanned(tmp_path: Path, carriers: str) -> None:
    around = tuple(map(find_carrier, carriers.split()))
    write_pcap(capture := tmp_path / "parts.pcap", build("stratum-v1", 1, START_NS, duration_s=60, carriers=around))
    (story,) = _explain(capture, tmp_path).stories
    (scanned,) = scan(open_capture(capture), choose_engine(os.environ), load()).detections
    assert story.detection.shares == scanned.shares
    assert scanned.shares.submitted > 0


def test_the_sums_are_those_of_the_estimate(told: Explanation) -> None:
    (story,) = told.stories
    rate, whole = story.detection.hashrate, story.arithmetic.whole
    if rate is None:
        assert whole is None
        assert story.arithmetic.missing
        return
    assert whole is not None
    assert (whole.value, whole.low, whole.high) == pytest.approx((rate.value, rate.low, rate.high))
    assert whole.work / whole.mined_s == pytest.approx(rate.value)
    assert whole.count_low * whole.step / whole.mined_s == pytest.approx(rate.low)
    assert whole.count_high * whole.step / whole.mined_s == pytest.approx(rate.high)


def test_the_timeline_counts_the_shares_of_the_detection(told: Explanation) -> None:
    (story,) = told.stories
    assert told.roles[Role.SUBMIT] == story.detection.shares.submitted
    assert told.roles.get(Role.ACCEPTED, 0) == story.detection.shares.accepted
    assert told.left_out == 0


def test_the_first_rule_that_holds_is_the_verdict_and_the_points_add_up(told: Explanation) -> None:
    (story,) = told.stories
    (deciding,) = [reason for reason in story.reasons if reason.decides]
    assert deciding.holds
    assert deciding.verdict is story.detection.verdict is Verdict.CONFIRMED
    assert sum(each.points for each in story.points if each.holds) == story.detection.score
    assert [ground.evidence.signature for ground in story.grounds] == [
        row.signature for row in story.detection.evidence
    ]


def test_evidence_holds_the_very_packets_of_the_flow_and_is_the_same_again(told: Explanation, tmp_path: Path) -> None:
    flow = next(each for each in told.files if each.kind == "flow")
    original = {(frame.at_ns, frame.data, frame.wire_len) for frame in open_capture(told.capture).frames()}
    kept = [(frame.at_ns, frame.data, frame.wire_len) for frame in open_capture(flow.path).frames()]
    assert len(kept) == flow.packets == told.packets
    assert set(kept) <= original
    again = _explain(Path(told.capture), tmp_path)
    assert [(each.path.name, each.sha256) for each in again.files] == [
        (each.path.name, each.sha256) for each in told.files
    ]


FLOWS = [
    ("192.0.2.1:1-198.51.100.2:3333", ("192.0.2.1", 1), ("198.51.100.2", 3333)),
    ("[2001:db8::1]:50000-[2001:db8:0:0::2]:80", ("2001:db8::1", 50000), ("2001:db8::2", 80)),
]


@pytest.mark.parametrize(("text", "one", "other"), FLOWS)
def test_a_flow_as_text(text: str, one: tuple[str, int], other: tuple[str, int]) -> None:
    assert flow_of(text).pairs == ((Endpoint(*one), Endpoint(*other)),)


@pytest.mark.parametrize(
    "text", ["", "192.0.2.1:1", "192.0.2.1-198.51.100.2", "a:1-b:2", "1.2.3.4:70000-1.2.3.5:1", "1.2.3.4:1-1.2.3.5:²"]
)
def test_what_is_no_flow_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="write it like"):
        flow_of(text)


def test_a_flow_that_is_no_mining_says_so(captures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = captures / "electrum.pcap"
    assert main(["explain", str(capture)]) == 2, "no session to choose by itself"
    assert "no mining session" in capsys.readouterr().err
    segments = [decode(frame) for frame in open_capture(capture).frames()]
    first = next(each for each in segments if isinstance(each, Segment) and each.proto == IP_PROTO_TCP)
    ends = five_tuple(first.proto, first.sender, first.receiver)
    assert main(["explain", str(capture), "--flow", f"{ends.orig}-{ends.resp}", "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "Why this verdict" not in out
    assert "Nothing in this flow" in out


EXITS = [
    (["stratum-v1.pcap"], 0, b""),
    (["stratum-v1.pcap", "--flow", "192.0.2.77:1-192.0.2.78:2"], 2, b"no packet between"),
    (["stratum-v1.pcap", "--detection", "ffff"], 2, b"no detection ffff"),
    (["missing.pcap", "--flow", "192.0.2.77:1-192.0.2.78:2"], 2, b"cannot open"),
    (["-"], 2, b"only once"),
]


@pytest.mark.parametrize(("words", "status", "said"), EXITS)
def test_exit_status(
    words: list[str], status: int, said: bytes, captures: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    paths = [str(captures / word) if word.endswith(".pcap") else word for word in words]
    assert main(["explain", *paths]) == status
    assert said in capsysbinary.readouterr().err


@pytest.mark.parametrize(
    ("lang", "locale", "title"),
    [("zh", "C", "为何如此判定"), ("en", "zh_CN.UTF-8", "Why this verdict"), (None, "zh_CN.UTF-8", "为何如此判定")],
)
def test_language_by_option_or_locale(
    lang: str | None,
    locale: str,
    title: str,
    captures: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert main(["explain", str(captures / "cryptonote.pcap"), *(["--lang", lang] if lang else [])]) == 0
    assert title in capsys.readouterr().out


def test_json_is_one_document(captures: Path, tmp_path: Path) -> None:
    assert main(["explain", str(captures / "cryptonote.pcap"), "--format", "json", "-o", str(tmp_path)]) == 0
    document = json.loads((tmp_path / "explanation.json").read_bytes())
    assert document["stories"][0]["detection"]["coin"] == "XMR"
    assert {entry["role"] for entry in document["entries"]} >= {"login", "job", "submit", "accepted"}
    assert [entry["packet"] for entry in document["entries"]] == sorted(
        entry["packet"] for entry in document["entries"]
    )
    assert document["files"][0]["path"] in {"flow.pcap", "names.pcap"}


def test_the_page_shows_words_off_the_wire_as_words(captures: Path, tmp_path: Path) -> None:
    hostile = b'"agent":"<script>alert(1)</script>'
    data = (captures / "cryptonote.pcap").read_bytes()
    start = data.index(b'"agent":"') + len(b'"agent":"')
    word = data[start : data.index(b'"', start)]
    poisoned = data.replace(word, hostile[9:].ljust(len(word), b"x")[: len(word)])
    (tmp_path / "poisoned.pcap").write_bytes(poisoned)
    assert main(["explain", str(tmp_path / "poisoned.pcap"), "--format", "html", "-o", str(tmp_path)]) == 0
    page = (tmp_path / "explanation.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_without_tshark_the_explanation_stands_and_says_so(
    captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = _explain(captures / "cryptonote.pcap", tmp_path)
    assert told.stories
    assert told.opinion.missing is not None
    assert "install tshark" in told.opinion.missing.en


def test_a_tshark_that_fails_is_told_in_a_line(captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "tshark"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    told = _explain(captures / "cryptonote.pcap", tmp_path)
    assert told.stories
    assert told.opinion.missing is not None
    assert told.opinion.missing.en.startswith("tshark failed (")
    assert "\n" not in told.opinion.missing.en


SECOND_OPINIONS = [
    ("cryptonote", (), "JSON-RPC methods", True),
    ("cryptonote", (), "packets of the flow", True),
    ("cryptonote", ("websocket",), "JSON-RPC methods", True),
    ("getwork", (), "JSON-RPC methods", True),
    ("getwork", (), "HTTP methods", True),
]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize(("scenario", "wraps", "subject", "agrees"), SECOND_OPINIONS)
def test_tshark_is_asked(scenario: str, wraps: tuple[str, ...], subject: str, agrees: bool, tmp_path: Path) -> None:
    capture = tmp_path / "capture.pcap"
    words = ["simulate", scenario, "-o", str(capture), *(word for wrap in wraps for word in ("--wrap", wrap))]
    assert main(words) == 0
    opinion = _explain(capture, tmp_path).opinion
    assert opinion.missing is None
    assert opinion.stacks
    compared = {each.subject.en: each for each in opinion.comparisons}
    assert compared[subject].agrees is agrees, compared[subject]

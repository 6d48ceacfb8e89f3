"""Does every fault in a sensor.yaml come back with its file, line, key path, and what to do?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sensor.config import load, parse
from sensor.config.options import Pace
from sensor.model.errors import ConfigError

MINIMAL = """\
sensor:
    id: s1
sources:
    - capture: in.pcap
jsonl: {}
"""

FAULTS = [
    # name, YAML, what the message must hold, in order
    ("unknown option", MINIMAL + "limit: {}\n", [r"c\.yaml:6: limit: unknown option; did you mean 'limits'\?"]),
    ("unknown nested", MINIMAL + "limits:\n    max_flow: 3\n", [r"c\.yaml:7: limits\.max_flow: .* 'max_flows'"]),
    ("nothing close", MINIMAL + "log:\n    zzz: 3\n", [r"c\.yaml:7: log\.zzz: unknown option; .* format, level"]),
    ("wrong type", MINIMAL + "limits:\n    max_flows: '3'\n", [r"c\.yaml:7: limits\.max_flows: .* integer, not '3'"]),
    ("bool is no number", MINIMAL + "limits:\n    max_flows: true\n", [r":7: limits\.max_flows: .* integer"]),
    ("out of bounds", MINIMAL + "limits:\n    max_flows: 0\n", [r":7: limits\.max_flows: .* greater than 0, not 0"]),
    ("not a number", MINIMAL + "limits:\n    idle_timeout_s: .nan\n", [r":7: limits\.idle_timeout_s: "]),
    ("endless", MINIMAL + "limits:\n    idle_timeout_s: .inf\n", [r":7: limits\.idle_timeout_s: "]),
    ("word list", MINIMAL + "log:\n    level: loud\n", [r":7: log\.level: .*'debug'.* not 'loud'"]),
    ("host bits", MINIMAL + "home_networks: [10.0.0.1/8]\n", [r":6: home_networks\.0: 10\.0\.0\.1/8 has host bits"]),
    ("no network", MINIMAL + "home_networks:\n    - lan\n", [r":7: home_networks\.0: 'lan' does not appear"]),
    ("no url", MINIMAL + "uplink:\n    url: ftp://x\n", [r":7: uplink\.url: 'ftp://x' is no web address"]),
    ("url without host", MINIMAL + "uplink:\n    url: 'https://'\n", [r":7: uplink\.url: "]),
    ("url with user", MINIMAL + "uplink:\n    url: https://a:b@x\n", [r":7: uplink\.url: carries a user"]),
    ("url port", MINIMAL + "uplink:\n    url: https://x:99999\n", [r":7: uplink\.url: Port out of range"]),
    ("missing", "sources:\n    - capture: x\njsonl: {}\n", [r"c\.yaml:1: sensor: is missing; add it\. \(Who this"]),
    ("missing nested", MINIMAL.replace("id: s1", "site: x"), [r"c\.yaml:1: sensor\.id: is missing"]),
    ("no sources", MINIMAL.replace("\n    - capture: in.pcap", " []"), [r":3: sources: .* at least 1 item"]),
    ("no sink", MINIMAL.replace("jsonl: {}\n", ""), [r"c\.yaml:1: \(file\): detections go nowhere"]),
    (
        "half a certificate",
        MINIMAL + "uplink:\n    url: https://x\n    client_cert_file: a\n",
        [r":6: uplink: client_c"],
    ),
    ("ttl bounds", MINIMAL + "limits:\n    max_learned_ttl_s: 5\n", [r":6: limits: min_learned_ttl_s is above"]),
    (
        "retry bounds",
        MINIMAL + "uplink:\n    url: https://x\n    retry: {first_s: 9, max_s: 1}\n",
        [r":8: uplink\.retry"],
    ),
    ("not YAML", "sensor: [\n", [r"c\.yaml:1: this is not YAML"]),
    ("same key twice", "sensor: {id: a}\nsensor: {id: b}\n", [r"c\.yaml:2: the key 'sensor' is here twice"]),
    ("a list", "- 1\n", [r"c\.yaml:1: holds no options"]),
    ("empty", "", [r"c\.yaml:1: sensor: is missing"]),
    ("looping alias", "sensor: &a\n    id: *a\n", [r"c\.yaml:1: anchors \(&name\) are not allowed"]),
    ("list as key", "? [a, b]\n: 1\n", [r"c\.yaml:1: a key must be a plain word"]),
    (
        "all at once, in file order",
        "sensor:\n    id: ''\nsources:\n    - capture: x\n      pace: slow\n    - file: y\njsonl: {}\nlog: 3\n",
        [r":2: sensor\.id: .*\n", r":5: sources\.0\.pace: .*\n", r":6: sources\.1\.file: unknown option", r":8: log: "],
    ),
]


@pytest.mark.parametrize(("text", "patterns"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_fault_names_place_and_remedy(text: str, patterns: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("/etc/c.yaml"))
    message = str(caught.value)
    place = 0
    for pattern in patterns:
        found = re.compile(pattern).search(message, place)
        assert found, f"{pattern!r} not in:\n{message[place:]}"
        place = found.start()


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (None, r"cannot be read \(No such file"),
        (b"\xff\xfe", r"is not UTF-8 text \(byte 0\)"),
        (b"#" * 1_048_577, r"larger than 1048576 bytes"),
    ],
)
def test_unreadable_file(tmp_path: Path, content: bytes | None, pattern: str) -> None:
    path = tmp_path / "sensor.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=pattern) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))


def test_values_and_relative_paths(tmp_path: Path) -> None:
    path = tmp_path / "sensor.yaml"
    text = MINIMAL.replace("in.pcap", "in.pcap\n      pace: realtime") + "home_networks: [10.0.0.0/8, 'fd00::/8']\n"
    path.write_text("\ufeff" + text + "uplink: {url: 'https://x/base/', token_file: /etc/token}\n", encoding="utf-8")
    options = load(path)
    assert options.sources[0].capture == tmp_path / "in.pcap"
    assert options.sources[0].pace is Pace.REALTIME
    assert options.home_networks == ("10.0.0.0/8", "fd00::/8")
    assert options.uplink
    assert options.uplink.url == "https://x/base"
    assert options.uplink.token_file == Path("/etc/token")

"""Does any text at all either load or fail with a message, and never with anything else?"""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sensor.config import SensorOptions, parse
from sensor.model.errors import ConfigError

COMPLETE = (Path(__file__).resolve().parents[2] / "configs" / "sensor.yaml").read_text("utf-8")
WORDS = ["sensor", "id", "sources", "capture", "uplink", "url", "limits", "&a", "*a", "!!binary", "!!python/name:x"]
MARKS = [":", ": ", "- ", "\n", "    ", "[", "]", "{", "}", "'", '"', "|", ">", "#", "?", "%", "@", "\t", "0x", "1e9"]
YAML_LIKE = st.lists(st.sampled_from(WORDS + MARKS) | st.text(max_size=3), max_size=40).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The complete file with one piece replaced."""
    start = draw(st.integers(0, len(COMPLETE)))
    return COMPLETE[:start] + draw(YAML_LIKE) + COMPLETE[start + draw(st.integers(0, 40)) :]


@settings(max_examples=150, deadline=None)
@given(text=mutated() | YAML_LIKE)
def test_text_loads_or_is_explained(text: str) -> None:
    try:
        assert isinstance(parse(text, Path("/etc/sensor.yaml")), SensorOptions)
    except ConfigError as fault:
        assert all(line.startswith("/etc/sensor.yaml:") for line in str(fault).splitlines()[:1])

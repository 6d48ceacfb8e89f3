"""How does ``sensor.yaml`` become options?"""

from __future__ import annotations

from pathlib import Path

from sensor.config.options import SensorOptions
from sensor.model.options import load_options, parse_options

EXAMPLE = "configs/sensor.minimal.yaml"


def load(path: Path) -> SensorOptions:
    """The options in the file ``path``. Raises ``ConfigError`` that lists every fault with its line."""
    return load_options(path, SensorOptions, example=EXAMPLE)


def parse(text: str, path: Path) -> SensorOptions:
    """The options in ``text``; ``path`` names it in messages, and relative paths start at its folder."""
    return parse_options(text, path, SensorOptions, example=EXAMPLE)

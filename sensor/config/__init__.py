"""What can be set: the options of ``sensor.yaml``, and the way from the file to them."""

from sensor.config.loader import load, parse
from sensor.config.options import SensorOptions

__all__ = ["SensorOptions", "load", "parse"]

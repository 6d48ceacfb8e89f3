"""Where frames come from: capture files here; live interfaces, which need Linux, in :mod:`sensor.capture.interface`."""

from sensor.capture.files import STDIN, CaptureFile, open_capture
from sensor.capture.limits import CaptureLimits

__all__ = ["STDIN", "CaptureFile", "CaptureLimits", "open_capture"]

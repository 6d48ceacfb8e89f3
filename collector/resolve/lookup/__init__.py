"""Which records hold an address, in a span of time, for a port? Asked for many questions at once."""

from collector.resolve.lookup.find import Shape, current_shape, find, named_subscribers, successors
from collector.resolve.lookup.probe import Found, Successor

__all__ = ["Found", "Shape", "Successor", "current_shape", "find", "named_subscribers", "successors"]

"""The portable engine: pure Python on dpkt, the reference of what every engine answers."""

from sensor.engine.portable.session import PortableEngine, PortableSession

__all__ = ["PortableEngine", "PortableSession"]

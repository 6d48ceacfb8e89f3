"""How many bits of a block do not say which host it is? A column that is always what the block's ends say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _SmallInteger = models.PositiveSmallIntegerField[int, int]
else:
    # Django's fields know no type parameters when they run.
    _SmallInteger = models.PositiveSmallIntegerField


def span_bits(ip_lo: bytes, ip_hi: bytes) -> int:
    """0 for a single address, 8 for an IPv4 /24; both ends are 16-byte keys of one CIDR block."""
    return (int.from_bytes(ip_hi) - int.from_bytes(ip_lo)).bit_length()


class SpanBitsField(_SmallInteger):
    """Computed from ``ip_lo`` and ``ip_hi`` whenever the row is written, in bulk as well."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": 0, "editable": False} | options)

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        """The value that is written."""
        row: Any = model_instance
        bits = span_bits(bytes(row.ip_lo), bytes(row.ip_hi))
        setattr(row, self.attname, bits)
        return bits

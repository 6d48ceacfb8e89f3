"""Whose address space is a packet in, so that two networks with the same private addresses do not share a flow?

Only numbers that both directions of a link bear tell tenants apart: VLAN, VXLAN and Geneve network, the GRE key and the
virtual subnet in it (RFC 7637). Left out, because each end gives the other a number of its own: GTP-U tunnel endpoints,
MPLS labels, L2TP sessions, PPTP calls. ERSPAN sessions say who mirrored, not whose packet it is.
"""

from __future__ import annotations

from sensor.engine.api import Limits
from sensor.engine.portable.layers import Label

VLAN, TUNNEL = 1, 2
"""Kinds of labels: an IEEE 802.1Q tag; a VXLAN, Geneve or NVGRE network (24 bits) or a GRE key."""
_VLAN_ID = 0x0FFF
_GOLDEN = 0x9E37_79B9_7F4A_7C15
_U64 = 0xFFFF_FFFF_FFFF_FFFF


def counted_kinds(limits: Limits) -> frozenset[int]:
    """The kinds of labels that tell tenants apart."""
    return frozenset(([VLAN] if limits.flow_key_vlan else []) + ([TUNNEL] if limits.flow_key_tunnel else []))


def narrow(tenant: int, label: Label) -> int:
    """The tenant inside a label that is inside a tenant, a number of 32 bits; 0 is a packet without labels."""
    kind, number = label
    if kind == VLAN:
        number &= _VLAN_ID
        # A priority tag names no VLAN, and only one direction may bear it.
        if not number:
            return tenant
    # The upper half of a bijection of tenant and number (2^64 divided by the golden ratio, Knuth 6.4).
    return (((tenant << 32 | number) + (kind << 62)) * _GOLDEN & _U64) >> 32

"""How do addresses become sortable keys? Sixteen big-endian bytes, IPv4 mapped into ::ffff:0:0/96."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_INNER = tuple(
    ipaddress.ip_network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10")
)
_MAPPED = 0xFFFF << 32
_FULL = (1 << 128) - 1


def ip_key(ip: str | Address) -> bytes:
    """The 16-byte key of an address; ``ValueError`` when the text is no address."""
    return _number(ipaddress.ip_address(ip)).to_bytes(16, "big")


def network_keys(network: Network) -> tuple[bytes, bytes]:
    """First and last key of a block, both inclusive."""
    return ip_key(network[0]), ip_key(network[-1])


def covering_los(ip: str | Address) -> list[bytes]:
    """Distinct first keys of the CIDR blocks that can contain ``ip``, longest prefix first (at most 33 or 129).

    A lookup is ``ip_lo in covering_los(ip)`` and ``ip_hi >= ip_key(ip)``: many small blocks share a first key.
    """
    address = ipaddress.ip_address(ip)
    number = _number(address)
    masks = (_FULL << host_bits & _FULL for host_bits in range(address.max_prefixlen + 1))
    return list(dict.fromkeys((number & mask).to_bytes(16, "big") for mask in masks))


def is_inner(ip: str | Address) -> bool:
    """Whether an address means something only inside one network: RFC 1918, RFC 6598, RFC 4193, link-local."""
    address = ipaddress.ip_address(ip)
    return any(address in block for block in _INNER if block.version == address.version)


def parse_blocks(text: str) -> list[Network]:
    """CIDR, single address, or ``first-last`` as CIDR blocks, lowest first; ``ValueError`` names the fault."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        return [ipaddress.ip_network(first)]
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
    if isinstance(low, ipaddress.IPv4Address) and isinstance(high, ipaddress.IPv4Address):
        return list(ipaddress.summarize_address_range(low, high))
    if isinstance(low, ipaddress.IPv6Address) and isinstance(high, ipaddress.IPv6Address):
        return list(ipaddress.summarize_address_range(low, high))
    raise ValueError("the range mixes IPv4 and IPv6")


def _number(address: Address) -> int:
    return int(address) | _MAPPED if address.version == 4 else int(address)

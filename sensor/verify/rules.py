"""May this server be looked up or asked, and may one more connection be made? Limits as data.

Decided from what was done before. Functions of options, history and time alone: the log holds all three, so that each
decision can be made again.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sensor.config.verify import DAY_S, VerifyOptions
from sensor.model.bilingual import Words
from sensor.model.flow import Endpoint
from sensor.model.verification import ServerAnswer, ServerRequest
from sensor.verify.history import History

MINUTE_S = 60.0
LOOK_UP, CACHED, ASK = "look-up", "cached", "ask"
"""What is decided on a request that no limit forbids."""
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule looks at. ``at_s`` is Unix time."""

    options: VerifyOptions
    request: ServerRequest
    history: History
    at_s: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit: its name in the log, when it forbids, and what to tell people."""

    name: str
    forbids: Callable[[Asked], bool]
    words: Words


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about a request: the word for it in the log, and the limit that forbids it, the answer that still
    holds, or the server to ask."""

    word: str
    forbids: Rule | None = None
    cached: ServerAnswer | None = None
    server: Endpoint | None = None


def refusal(asked: Asked) -> Rule | None:
    """The first limit that forbids to ask at all; None where all allow it."""
    return next((rule for rule in REQUEST_RULES if rule.forbids(asked)), None)


def decide(asked: Asked) -> Decision:
    """What is done about a request: refuse it, look its name up, give an answer again that still holds, or ask."""
    if rule := refusal(asked):
        return Decision(rule.name, forbids=rule)
    if asked.request.ip is None:
        return Decision(LOOK_UP)
    server = Endpoint(asked.request.ip, asked.request.port)
    if held := asked.history.answer(server, asked.at_s, asked.options):
        return Decision(CACHED, cached=held)
    return Decision(ASK, server=server)


def stop(asked: Asked, made: int) -> Rule | None:
    """The first limit that forbids the next connection, ``made`` of which were made for this request already."""
    if made >= asked.options.connections_per_server:
        return PER_SERVER
    return PER_ADDRESS if PER_ADDRESS.forbids(asked) else None


def wait_s(asked: Asked) -> float:
    """How long until the rate allows the next connection; 0 where it does now."""
    return asked.history.wait_s(asked.at_s, MINUTE_S, asked.options.connections_per_minute)


def _is_special(ip: str) -> bool:
    """Of no use on the open Internet: private, loopback, link-local, multicast, documentation and the like."""
    return any(not address.is_global or address.is_multicast for address in _forms(ip))


def _forms(ip: str) -> list[IpAddress]:
    """An address, and the IPv4 address that is reached by it: mapped (RFC 4291 §2.5.5.2), translated (RFC 6052 §2.1)
    or by 6to4 (RFC 3056 §2)."""
    address = ipaddress.ip_address(ip)
    if not isinstance(address, ipaddress.IPv6Address):
        return [address]
    translated = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _TRANSLATED else None
    inner = address.ipv4_mapped or address.sixtofour or translated
    return [address, inner] if inner else [address]


def _is_allowed_network(asked: Asked) -> bool:
    """A special address needs a network that is special itself: `0.0.0.0/0` does not open the office's own network.
    Where a name was not looked up yet, only whether any network is allowed can be told."""
    ip = asked.request.ip
    if ip is None:
        return bool(asked.options.allow_networks)
    networks = _holding(asked.options.allow_networks, ipaddress.ip_address(ip))
    if _is_special(ip):
        networks = [network for network in networks if not network.is_global]
    return bool(networks)


def _is_allowed_division(asked: Asked) -> bool:
    division = asked.request.division
    return division is not None and any(
        division.startswith(_prefix(allowed)) for allowed in asked.options.allow_divisions
    )


def _prefix(division: str) -> str:
    """The digits that all divisions below share: 330000 → 33, 330100 → 3301."""
    pairs = [division[at : at + 2] for at in range(0, len(division), 2)]
    while len(pairs) > 1 and set(pairs[-1]) == {"0"}:
        pairs.pop()
    return "".join(pairs)


def _is_never(asked: Asked) -> bool:
    listed = {_on_the_wire(each) for each in asked.options.never_names}
    names = (*asked.request.names, *([asked.request.name] if asked.request.name else []))
    if any(end in listed for name in names for end in _ends(_on_the_wire(name))):
        return True
    forms = _forms(asked.request.ip) if asked.request.ip else []
    return any(_holding(asked.options.never_networks, form) for form in forms)


def _ends(name: str) -> Iterator[str]:
    """The name and all names above it."""
    labels = name.split(".")
    return (".".join(labels[at:]) for at in range(len(labels)))


def _on_the_wire(name: str) -> str:
    """A name as it is asked for: 矿池.example and xn--btwv1w.example are one (RFC 3490 §4.1)."""
    folded = name.lower().strip(".")
    try:
        return folded.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return folded


def _holding(networks: Iterable[str], address: IpAddress) -> list[IpNetwork]:
    return [found for found in map(ipaddress.ip_network, networks) if address in found]


PER_ADDRESS = Rule(
    "address-budget",
    lambda asked: (
        asked.request.ip is not None
        and asked.history.connections_to(asked.request.ip, asked.at_s - DAY_S) >= asked.options.connections_per_address
    ),
    Words("该地址 24 小时内的连接次数已用完", "the connections to this address in 24 hours are used up"),
)
PER_SERVER = Rule(
    "server-budget",
    lambda _: False,
    Words("单次验证的连接次数已用完", "the connections of one verification are used up"),
)
REQUEST_RULES = (
    Rule(
        "not-enabled",
        lambda asked: not asked.options.enabled,
        Words("未启用主动验证（enabled: false）", "active verification is off (enabled: false)"),
    ),
    Rule(
        "never",
        _is_never,
        Words("该服务器在禁止探测名单上", "the server is on the do-not-probe list"),
    ),
    Rule(
        "network",
        lambda asked: not _is_allowed_network(asked),
        Words("该地址不在允许的网段内（allow_networks）", "the address is in no allowed network (allow_networks)"),
    ),
    Rule(
        "division",
        lambda asked: not _is_allowed_division(asked),
        Words("未注明区划，或区划不在允许范围内（allow_divisions）", "no division, or none allowed (allow_divisions)"),
    ),
)
"""Asked in this order; the first that forbids decides. Where none does, an answer that still holds is given again, and
the budgets count only what goes out."""
RULES = {rule.name: rule for rule in (*REQUEST_RULES, PER_ADDRESS, PER_SERVER)}

"""Which algorithm does a session mine, and what is its unit of difficulty?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sensor.model.wire import Dialect

HASHES, SOLUTIONS, GRAPHS, PROOFS = "H/s", "Sol/s", "G/s", "P/s"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """What a share's difficulty means. ``difficulty_work`` is the work at difficulty 1; None where pools differ."""

    name: str
    unit: str = HASHES
    difficulty_work: float | None = None
    aliases: tuple[str, ...] = ()
    """Lower-case names on the wire; one that ends in ``/`` stands for all that begin so."""
    coins: tuple[str, ...] = ()
    since: int = 2009
    """Year from whose start on ``coins`` use it."""
    former: tuple[tuple[str, int], ...] = ()
    """Coins that used it, and the last whole year in which they did."""
    is_family: bool = False
    """Does the name stand for several algorithms that one dialect or machine may mean?"""


ALGORITHMS = (
    Algorithm("sha256d", HASHES, 2.0**32, ("sha256", "sha-256", "sha256double"), ("BTC", "BCH", "XEC")),
    Algorithm("scrypt", HASHES, 2.0**16, (), ("LTC", "DOGE")),
    Algorithm("x11", HASHES, 2.0**32, (), ("DASH",)),
    Algorithm("blake3-dcr", HASHES, 2.0**32, (), ("DCR",)),
    Algorithm("handshake", HASHES, 2.0**32, (), ("HNS",)),
    Algorithm("sia", HASHES, 2.0**32, (), ("SC",)),
    Algorithm("nexapow", HASHES, 2.0**32, (), ("NEXA",)),
    Algorithm("sha512-256d", HASHES, 2.0**32, ("sha512256d",), ("RXD",)),
    Algorithm("ghostrider", HASHES, 2.0**16, ("gr",), ("RTM",)),
    Algorithm("yespower", HASHES, 2.0**16, ("yespower/",)),
    Algorithm("verthash", HASHES, 2.0**24, (), ("VTC",)),
    Algorithm("lyra2rev2", HASHES, 2.0**24, ("lyra2rev3",)),
    Algorithm("ethash", HASHES, 2.0**32, (), ("ETH", "ETHW", "CLO", "OCTA")),
    Algorithm("etchash", HASHES, 2.0**32, (), ("ETC",)),
    Algorithm("zil", HASHES, None, (), ("ZIL",)),
    Algorithm("kawpow", HASHES, 2.0**32, ("evrprogpow", "meowpow"), ("RVN", "XNA", "QUAI")),
    Algorithm("firopow", HASHES, 2.0**32, (), ("FIRO",)),
    Algorithm("progpowz", HASHES, 1.0, (), ("ZANO",)),
    Algorithm("octopus", HASHES, None, (), ("CFX",)),
    Algorithm("autolykos2", HASHES, None, ("autolykos",), ("ERG",)),
    Algorithm("kheavyhash", HASHES, 2.0**32, (), ("KAS",)),
    Algorithm("karlsenhash", HASHES, 2.0**32, (), ("KLS",)),
    Algorithm("pyrinhash", HASHES, 2.0**32, (), ("PYI",)),
    Algorithm("blake3-alph", HASHES, 2.0**34, (), ("ALPH",)),
    Algorithm("fishhash", HASHES, None, (), ("IRON",)),
    Algorithm("eaglesong", HASHES, None, (), ("CKB",)),
    Algorithm("blake2s-kda", HASHES, None, (), ("KDA",)),
    Algorithm("xelishash", HASHES, 1.0, ("xel/",), ("XEL",)),
    Algorithm("janushash", HASHES, 1.0, (), ("WART",)),
    Algorithm("equihash-200-9", SOLUTIONS, None, ("200_9", "equihash"), ("ZEC", "KMD", "ZCL", "ZEN")),
    Algorithm("equihash-192-7", SOLUTIONS, None, ("192_7",)),
    Algorithm("equihash-144-5", SOLUTIONS, None, ("144_5", "zhash"), ("BTG", "BTCZ")),
    Algorithm("equihash-125-4", SOLUTIONS, None, ("125_4", "zelhash"), ("FLUX",)),
    Algorithm("verushash", HASHES, None, (), ("VRSC",)),
    Algorithm("beamhash3", SOLUTIONS, None, ("beamhash",), ("BEAM",)),
    Algorithm("cuckatoo32", GRAPHS, 42 / 16384, ("cuckatoo", "c32"), ("GRIN",)),
    Algorithm("cuckatoo31", GRAPHS, 42 / 7936, ("c31",), ("MWC",)),
    Algorithm("aleo", PROOFS, None, (), ("ALEO",)),
    Algorithm("tensority", HASHES, None, (), ("BTM",)),
    Algorithm("randomx-v2", HASHES, 1.0, ("rx/2", "rx/v2")),
    Algorithm("randomx", HASHES, 1.0, ("rx/", "rx", "randomx/", "panthera"), ("XMR", "ZEPH", "SAL", "WOW"), 2020),
    Algorithm(
        "cryptonight",
        HASHES,
        1.0,
        ("cn/", "cn", "cn-lite/", "cn-heavy/", "cn-pico/", "cryptonight/"),
        ("QRL",),
        former=(("XMR", 2018),),
    ),
    Algorithm("astrobwt", HASHES, 1.0, ("astrobwt/",)),
    Algorithm("argon2", HASHES, 1.0, ("argon2/", "chukwa"), ()),
    Algorithm("argon2d-nimiq", HASHES, 2.0**16, (), ("NIM",)),
    Algorithm("sha3x", HASHES, 1.0, (), ()),
)

_BY_NAME = {alias: row for row in ALGORITHMS for alias in (row.name, *row.aliases)}
_BY_COIN = {coin: row for row in ALGORITHMS for coin in row.coins}
_ETHASH_FAMILY = Algorithm("ethash family", HASHES, 2.0**32, is_family=True)
_CRYPTONIGHT_FAMILY = Algorithm("cryptonight family", HASHES, 1.0, is_family=True)

FAMILIES: Mapping[Dialect, Algorithm] = {
    Dialect.ETHEREUMSTRATUM_1: _ETHASH_FAMILY,
    Dialect.ETHEREUMSTRATUM_2: _ETHASH_FAMILY,
    Dialect.ETH_PROXY: _ETHASH_FAMILY,
    Dialect.ETH_STRATUM: _ETHASH_FAMILY,
    Dialect.ZIP_301: Algorithm("equihash family", SOLUTIONS, is_family=True),
    Dialect.CRYPTONOTE: _CRYPTONIGHT_FAMILY,
    Dialect.BROWSER_MINER: _CRYPTONIGHT_FAMILY,
    Dialect.PROGPOW: Algorithm("progpow family", HASHES, 2.0**32, is_family=True),
    Dialect.GRIN: Algorithm("cuckatoo family", GRAPHS, is_family=True),
    Dialect.ZMP: _BY_NAME["zil"],
    Dialect.BEAM: _BY_NAME["beamhash3"],
    Dialect.CONFLUX: _BY_NAME["octopus"],
    Dialect.KASPA: _BY_NAME["kheavyhash"],
    Dialect.ALEPHIUM: _BY_NAME["blake3-alph"],
    Dialect.ERGO: _BY_NAME["autolykos2"],
    Dialect.IRON_FISH: _BY_NAME["fishhash"],
    Dialect.ALEO: _BY_NAME["aleo"],
    Dialect.XELIS: _BY_NAME["xelishash"],
    Dialect.DECRED: _BY_NAME["blake3-dcr"],
    Dialect.HANDSHAKE: _BY_NAME["handshake"],
    Dialect.KADENA: _BY_NAME["blake2s-kda"],
    Dialect.CKB: _BY_NAME["eaglesong"],
    Dialect.BYTOM: _BY_NAME["tensority"],
    Dialect.NEXA: _BY_NAME["nexapow"],
    Dialect.WARTHOG: _BY_NAME["janushash"],
    Dialect.SIA: _BY_NAME["sia"],
    Dialect.NIMIQ: _BY_NAME["argon2d-nimiq"],
    Dialect.STRATUM_V2: _BY_NAME["sha256d"],
    Dialect.BTCAGENT: _BY_NAME["sha256d"],
}
"""What a dialect alone tells, where neither the wire nor a coin names the algorithm."""


_ETHASH = frozenset({"ethash", "etchash", "zil", "kawpow", "firopow", "progpowz"})
_MEMBERS: Mapping[str, frozenset[str]] = {
    "ethash family": _ETHASH,
    "progpow family": _ETHASH - {"zil"},
    "equihash family": frozenset(row.name for row in ALGORITHMS if row.name.startswith("equihash-")) | {"verushash"},
    "cryptonight family": frozenset({"randomx", "randomx-v2", "cryptonight", "astrobwt", "argon2", "sha3x"})
    | {"ghostrider", "progpowz", "verushash"},
    "cuckatoo family": frozenset({"cuckatoo31", "cuckatoo32"}),
}
"""What software is known to mine in the dialects of a family."""


def can_mine(coin: str, dialect: Dialect | None) -> bool:
    """Can a coin be mined in a dialect? False only where the algorithms of both are known and not the same."""
    own, spoken = _BY_COIN.get(coin), None if dialect is None else FAMILIES.get(dialect)
    if own is None or spoken is None or own is spoken:
        return True
    return own.name in _MEMBERS.get(spoken.name, ())


def algorithm_named(name: str) -> Algorithm | None:
    """The algorithm a name on the wire stands for."""
    name = name.strip().lower()
    family, slash, _ = name.partition("/")
    return _BY_NAME.get(name) or _BY_NAME.get(family + slash)


def algorithm_of(names: Iterable[str], coins: Collection[str], dialect: Dialect | None, year: int) -> Algorithm | None:
    """The algorithm of a session of ``year``: named on the wire (``names``, best first), the one that all of ``coins``
    have, or what the dialect tells. None when nothing does: Stratum V1 is never taken for SHA-256d on its framing."""
    for name in names:
        if (row := algorithm_named(name)) is not None:
            return row
    rows = {_algorithm_of_coin(coin, year) for coin in coins}
    if len(rows) == 1 and (only := rows.pop()) is not None:
        return only
    return None if dialect is None else FAMILIES.get(dialect)


def _algorithm_of_coin(coin: str, year: int) -> Algorithm | None:
    now = _BY_COIN.get(coin)
    if now is not None and year >= now.since:
        return now
    return next((row for row in ALGORITHMS for each, until in row.former if each == coin and year <= until), None)

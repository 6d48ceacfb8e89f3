"""What passes an egress link in one day? Enterprises, their miners, and everything that only looks like mining."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sensor.model.flow import Endpoint
from sensor.model.wire import Dialect
from sensor.simulate.cast import CASTS, perform
from sensor.simulate.talks import lookalike
from sensor.simulate.talks.base import Rig
from sensor.simulate.traffic import Scene, TalkMaker, Traffic, chat, merge
from sensor.simulate.wallets import btc_address, evm_address, xmr_address, zec_address

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Shift:
    """One miner at work: from where and to where, when (hours of the day), and what makes it differ from its cast."""

    client: str
    server: str
    host: str | None
    dialect: Dialect
    from_h: float
    to_h: float
    account: str
    worker: str
    hashrate_hs: float
    share_gap_s: float
    job_gap_s: float
    alias: str | None = None


# Some pools bear names that the shipped signatures know, all stand at addresses kept for documentation.
SHIFTS = [
    # Two machines behind one address (NAT): the same address, account and pool, other ports and workers.
    Shift("192.0.2.10:40112", "198.51.100.201:3333", "xmr.pool.example.org", Dialect.CRYPTONOTE, 0.1, 23.9,
          xmr_address("lab"), "web01", 9_800, 150, 150, "eu.xmr.pool.example.org"),
    Shift("192.0.2.10:51877", "198.51.100.201:3333", "xmr.pool.example.org", Dialect.CRYPTONOTE, 8.2, 18.4,
          xmr_address("lab"), "db02", 14_200, 120, 150, "eu.xmr.pool.example.org"),
    # An ASIC shed: two racks on one line.
    Shift("192.0.2.77:33001", "198.51.100.202:1314", "btc.f2pool.com", Dialect.STRATUM_V1, 0.2, 23.8,
          btc_address("shed"), "rack01", 2.2e15, 75, 150),
    Shift("192.0.2.77:33002", "198.51.100.202:1314", "btc.f2pool.com", Dialect.STRATUM_V1, 0.3, 12.5,
          btc_address("shed"), "rack02", 1.1e15, 75, 150),
    # A school's graphics room after hours, and a studio by day.
    Shift("198.51.100.20:52210", "203.0.113.201:10300", "etc-asia1.nanopool.org", Dialect.ETH_PROXY, 17.5, 19.5,
          evm_address("school"), "room3", 1.9e8, 30, 13),
    Shift("198.51.100.21:52340", "203.0.113.202:2020", "ethw.2miners.com", Dialect.ETHEREUMSTRATUM_1, 9.0, 11.5,
          evm_address("studio"), "gpu7", 3.6e8, 30, 13),
    # Tenants of a data centre; the last two speak HTTP.
    Shift("198.51.100.66:44010", "203.0.113.203:3333", "eu1-zcash.flypool.org", Dialect.ZIP_301, 2.0, 9.0,
          zec_address("tenant"), "rig4", 700, 60, 75),
    Shift("198.51.100.67:44020", "203.0.113.204:8332", "getwork.pool.example.org", Dialect.GETWORK, 13.0, 15.0,
          "demo-tenant", "usb1", 3.3e8, 60, 30),
    Shift("198.51.100.68:44030", "203.0.113.205:9332", "gbt.pool.example.org", Dialect.GETBLOCKTEMPLATE, 13.0, 15.0,
          "demo-tenant", "usb2", 3.3e8, 60, 45),
    # A subscriber with a dynamic address: it changes at noon, the machine goes on from the new one.
    Shift("203.0.113.50:60010", "198.51.100.208:3333", "pool.supportxmr.com", Dialect.CRYPTONOTE, 1.0, 11.9,
          xmr_address("home"), "", 2_100, 120, 130),
    Shift("203.0.113.51:60020", "198.51.100.208:3333", "pool.supportxmr.com", Dialect.CRYPTONOTE, 12.1, 22.0,
          xmr_address("home"), "", 2_100, 120, 130),
    # The morning's address has another holder in the afternoon, who mines too.
    Shift("203.0.113.50:60030", "198.51.100.207:7777", "xmr2.pool.example.org", Dialect.CRYPTONOTE, 13.0, 18.0,
          xmr_address("garage"), "", 3_300, 100, 130),
    # Over IPv6.
    Shift("[2001:db8:10::25]:46100", "[2001:db8:20::7]:4447", "etc2.pool.example.org", Dialect.ETHEREUMSTRATUM_2,
          20.0, 22.0, evm_address("six"), "gpu8", 2.4e8, 30, 13),
    # An address that two sources claim for different units, and one that nobody knows; pools by bare address.
    Shift("192.0.2.130:47001", "198.51.100.206:5555", None, Dialect.CRYPTONOTE, 6.0, 16.0,
          xmr_address("contested"), "node", 5_400, 100, 130),
    Shift("203.0.113.200:47002", "198.51.100.202:1314", None, Dialect.STRATUM_V1, 10.0, 14.0,
          btc_address("stranger"), "s1", 1.0e14, 60, 120),
]  # fmt: skip

_LOOKALIKES: list[tuple[str, str, str | None, type[lookalike.Lookalike], float, float]] = [
    ("192.0.2.10:35001", "198.51.100.30:50001", "electrum.example.net", lookalike.ElectrumTalk, 9.0, 12.0),
    ("192.0.2.33:35002", "198.51.100.31:8545", "node.example.net", lookalike.EthereumRpcHttpTalk, 8.0, 9.5),
    ("192.0.2.33:35003", "198.51.100.31:8546", "node.example.net", lookalike.EthereumRpcLineTalk, 8.0, 11.0),
    ("192.0.2.34:35004", "198.51.100.32:2087", None, lookalike.LanguageServerTalk, 9.0, 9.8),
    ("192.0.2.35:35005", "198.51.100.33:5170", "logs.example.net", lookalike.JsonLogTalk, 0.0, 4.0),
    ("192.0.2.36:35006", "198.51.100.34:80", "www.nanopool.org", lookalike.PoolWebsiteTalk, 12.0, 12.4),
    ("192.0.2.37:35009", "198.51.100.36:80", "supportxmr.com", lookalike.PoolWebsiteTalk, 15.0, 15.3),
    ("203.0.113.50:35007", "198.51.100.35:80", "www.example.com", lookalike.WebTalk, 12.5, 20.0),
    ("[2001:db8:10::31]:35008", "[2001:db8:20::80]:80", "www.example.com", lookalike.WebTalk, 10.0, 11.0),
]


def egress_day(
    start_ns: int, duration_s: float, rng: random.Random, noise: Callable[[Scene, random.Random], Traffic]
) -> Traffic:
    """The whole day, or its first ``duration_s``; whoever starts later is not in it."""
    day_ends_ns = start_ns + round(duration_s * 1e9)
    return merge(part for part in _parts(start_ns, day_ends_ns, rng, noise) if part.rows)


def _parts(
    start_ns: int, end_ns: int, rng: random.Random, noise: Callable[[Scene, random.Random], Traffic]
) -> Iterator[Traffic]:
    # Each part has a chance of its own, drawn even when the part lies after the end: a shorter day is a beginning.
    for shift in SHIFTS:
        chance = random.Random(rng.getrandbits(64))  # noqa: S311 - not for secrets
        scene = _scene(start_ns, end_ns, shift.from_h, shift.to_h, shift.client, shift.server, shift.host)
        if scene is not None:
            yield perform(shift.dialect, replace(scene, alias=shift.alias), _rig(shift), chance)
    for client, server, host, talk, from_h, to_h in _LOOKALIKES:
        chance = random.Random(rng.getrandbits(64))  # noqa: S311 - not for secrets
        scene = _scene(start_ns, end_ns, from_h, to_h, client, server, host)
        if scene is not None:
            yield chat(scene, _maker(talk, scene), chance)
    for hour in (7, 9, 11, 14, 16, 20):
        scene = _scene(start_ns, end_ns, hour, hour + 0.1, "192.0.2.36:5353", "198.51.100.1:53", None)
        if scene is not None:
            yield noise(scene, rng)


def _scene(
    start_ns: int, end_ns: int, from_h: float, to_h: float, client: str, server: str, host: str | None
) -> Scene | None:
    begins_ns = start_ns + round(from_h * 3600e9)
    ends_ns = min(start_ns + round(to_h * 3600e9), end_ns)
    if begins_ns >= ends_ns:
        return None
    return Scene(begins_ns, (ends_ns - begins_ns) / 1e9, _endpoint(client), _endpoint(server), host)


def _endpoint(text: str) -> Endpoint:
    ip, _, port = text.rpartition(":")
    return Endpoint(ip.strip("[]"), int(port))


def _rig(shift: Shift) -> Rig:
    return replace(
        CASTS[shift.dialect].rig,
        account=shift.account,
        worker=shift.worker,
        hashrate_hs=shift.hashrate_hs,
        share_gap_s=shift.share_gap_s,
        job_gap_s=shift.job_gap_s,
    )


def _maker(talk: type[lookalike.Lookalike], scene: Scene) -> TalkMaker:
    return lambda session, rng: talk(session, rng, scene.host or scene.server.ip)

"""What passes a link on which a farm mines through its own proxy? The miners' side and the proxy's uplink."""

from __future__ import annotations

import ipaddress
import random
from dataclasses import replace
from typing import Any

from sensor.model.flow import Endpoint
from sensor.model.wire import Dialect
from sensor.simulate.cast import CASTS, perform
from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig
from sensor.simulate.talks.stratum_v1 import StratumV1Talk
from sensor.simulate.traffic import Scene, Traffic, merge, mine
from sensor.simulate.wallets import xmr_address

RIGS = 12
PROXY_PORT = 3333
XMRIG_PROXY_AGENT = "xmrig-proxy/6.24.0 (Linux x86_64) libuv/1.51.0 gcc/13.2.1"
_FIRST_PORT = 43_000
_UPLINK_GAP_S = 4.0
_HIDDEN_HS = 1.2e6


class FarmUplinkTalk(StratumV1Talk):
    """A proxy's one connection to the pool: every share bears the name of the rig that found it."""

    def __init__(self, session: TcpSession, rig: Rig, rng: random.Random, workers: list[str]) -> None:
        super().__init__(session, rig, rng)
        self._workers = workers

    def open(self) -> None:
        """As any miner does, and then the rigs one by one."""
        super().open()
        for number, worker in enumerate(self._workers, 4):
            self._ask(number, "mining.authorize", [f"{self._rig.account}.{worker}", "x"], True)
        self._id = 3 + len(self._workers)

    def _submit(self) -> None:
        self._user = f"{self._rig.account}.{self._rng.choice(self._workers)}"
        super()._submit()


def farm_proxy(scene: Scene, rng: random.Random) -> Traffic:
    """:data:`RIGS` ASICs that deliver to ``scene.client``, and its uplink to ``scene.server`` with what all of them
    find. The shares of both sides are drawn apart; only the rates agree."""
    cast = CASTS[Dialect.STRATUM_V1]
    rigs = [replace(cast.rig, worker=f"rack{at:02}", hashrate_hs=rng.uniform(0.8, 1.3) * 1e14) for at in range(RIGS)]
    parts = [_miner(scene, rig, at, rng) for at, rig in enumerate(rigs)]
    total_hs = sum(rig.hashrate_hs for rig in rigs)
    workers = [rig.worker for rig in rigs]
    uplink = replace(cast.rig, worker="uplink", agent="stratum-proxy", hashrate_hs=total_hs, share_gap_s=_UPLINK_GAP_S)
    return merge([*parts, _uplink(scene, uplink, workers, rng)])


def xmrig_proxy(scene: Scene, rng: random.Random) -> Traffic:
    """One session of xmrig-proxy; its miners are elsewhere, and many."""
    rig = CASTS[Dialect.CRYPTONOTE].rig
    changes: dict[str, Any] = {"account": xmr_address("hidden farm"), "agent": XMRIG_PROXY_AGENT}
    return perform(Dialect.CRYPTONOTE, scene, replace(rig, hashrate_hs=_HIDDEN_HS, share_gap_s=5, **changes), rng)


def _miner(scene: Scene, rig: Rig, at: int, rng: random.Random) -> Traffic:
    proxy = scene.client.ip
    address = str(ipaddress.ip_address(proxy) + 11 + at)
    own = replace(scene, client=Endpoint(address, _FIRST_PORT + at), server=Endpoint(proxy, PROXY_PORT), host=None)
    return mine(own, Dialect.STRATUM_V1, rig, lambda session, chance: StratumV1Talk(session, rig, chance), rng)


def _uplink(scene: Scene, rig: Rig, workers: list[str], rng: random.Random) -> Traffic:
    found = mine(
        scene, Dialect.STRATUM_V1, rig, lambda session, chance: FarmUplinkTalk(session, rig, chance, workers), rng
    )
    return Traffic(found.rows, [replace(found.sessions[0], workers=[rig.worker, *workers])])

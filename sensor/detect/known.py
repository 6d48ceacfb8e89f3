"""What do other sessions tell of a flow that cannot be read? Servers and hosts that spoke mining, pools, fee hosts.

Grows from confirmed sessions alone, so that no suspicion feeds the next one; nothing is noted of addresses that
everybody shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sensor.detect.facts import Facts
from sensor.detect.recent import Recent
from sensor.detect.supports import Support
from sensor.model.bilingual import Lang, Words
from sensor.model.cuts import TableCuts
from sensor.model.evidence import EvidenceClass, Verdict
from sensor.model.flow import Endpoint
from sensor.model.shared_networks import SharedNetworks, shipped_networks
from sensor.model.wire import Detection

NS = 1_000_000_000
IN_STEP_NS = 100_000_000
"""Two hosts hear from a server in step when its messages pass within this time."""
ROUNDS_NEEDED, HOSTS_NEEDED = 2, 3
MAX_ROUNDS, MAX_HOSTS = 16, 64
"""Moments remembered of one server, and hosts remembered of one moment."""
MAX_NOW = 4_096
"""Servers that are being heard in the same moment; records are judged at a quarter of that rate at the best."""
_SERVER_SPOKE = Words("{server} 以 {dialect} 明文挖矿，检测 {session}", "{server} spoke {dialect} in session {session}")
_MINER_SPOKE = Words("{miner} 以 {dialect} 明文挖矿，检测 {session}", "{miner} spoke {dialect} in session {session}")
_IN_CLUSTER = Words("{what} 属于已确认的矿池，检测 {session}", "{what} is of a confirmed pool, session {session}")
_FEE = Words("{miner} 查询过 {name}", "{miner} asked for {name}")
_STEPS = Words("{hosts} 台主机 {rounds} 次同步", "{hosts} hosts in step, {rounds} times")


@dataclass(frozen=True, slots=True)
class Spoke:
    """A confirmed session that was read."""

    session: str
    dialect: str


@dataclass(slots=True)
class _Round:
    """A moment at which a server told several hosts something. Whatever everybody is told at once, each flow that is
    taken for mining by chance would find others: so as many have to look like mining as do not."""

    at_ns: int
    hosts: set[str] = field(default_factory=set)
    alike: int = 0
    """Flows that behave like mining."""
    others: int = 0
    """Flows that were judged as well, and do not."""

    def is_mining(self) -> bool:
        """Do enough hosts look like mining, and enough of those that were told something?"""
        return len(self.hosts) >= HOSTS_NEEDED and self.alike >= self.others


class Known:
    """Bounded tables by address, name and certificate. Times are packet times."""

    def __init__(
        self, most: int, hold_s: float, cuts: TableCuts | None = None, shared: SharedNetworks | None = None
    ) -> None:
        self._cuts, self._shared = cuts or TableCuts(), shared or shipped_networks()
        hold_ns = round(hold_s * NS)
        self._servers: Recent[str, Spoke] = Recent(most, hold_ns, self._cut)
        self._miners: Recent[str, Spoke] = Recent(most, hold_ns, self._cut)
        self._clusters: Recent[str, str] = Recent(most, hold_ns, self._cut)
        self._fees: Recent[str, str] = Recent(most, hold_ns, self._cut)
        self._rounds: Recent[Endpoint, list[_Round]] = Recent(most, hold_ns, self._cut)
        self._now: Recent[Endpoint, _Round] = Recent(MAX_NOW, IN_STEP_NS, lambda: None)

    def note(self, said: Detection, at_ns: int) -> None:
        """A statement about a session. Only a confirmed one tells anything of others."""
        if said.verdict is not Verdict.CONFIRMED or said.pool.ip is None:
            return
        is_shared = self._shared.hold(said.pool.ip)
        if said.dialect and any(row.evidence_class is EvidenceClass.PROTOCOL for row in said.evidence):
            spoke = Spoke(said.detection_id, said.dialect)
            self._miners.put(said.miner.ip, spoke, at_ns)
            if not is_shared:
                self._servers.put(said.pool.ip, spoke, at_ns)
        certificate = said.pool.certificate.sha256 if said.pool.certificate else None
        for key in _keys(None if is_shared else said.pool.ip, said.pool.domain, certificate):
            self._clusters.put(key, said.detection_id, at_ns)

    def asked(self, client_ip: str, name: str, at_ns: int) -> None:
        """A host looked up, or connected to, where mining software pays its fee."""
        self._fees.put(client_ip, name, at_ns)

    def heard(self, server: Endpoint, host_ip: str, at_ns: int, *, is_suspect: bool) -> None:
        """The server told a host something, in a flow that was judged to behave like mining or not to."""
        if self._shared.hold(server.ip):
            return
        now = self._now.get(server, at_ns)
        if now is None or abs(at_ns - now.at_ns) > IN_STEP_NS:
            now = _Round(at_ns)
            self._now.put(server, now, at_ns)
        if not is_suspect:
            now.others += 1
            return
        now.alike += 1
        if len(now.hosts) < MAX_HOSTS:
            now.hosts.add(host_ip)
        rounds = self._rounds.get(server, at_ns) or []
        if not rounds or rounds[-1] is not now:
            rounds.append(now)
        self._rounds.put(server, rounds[-MAX_ROUNDS:], at_ns)

    def supports(self, facts: Facts, miner_ip: str, server: Endpoint, at_ns: int) -> Iterator[tuple[Support, str]]:
        """What is known of a flow's two ends, each with the words for it."""
        if spoke := self._servers.get(server.ip, at_ns):
            told = _SERVER_SPOKE.put(server=server.ip, dialect=spoke.dialect, session=spoke.session)
            yield Support.SPOKE_SERVER, _said(told)
        if spoke := self._miners.get(miner_ip, at_ns):
            told = _MINER_SPOKE.put(miner=miner_ip, dialect=spoke.dialect, session=spoke.session)
            yield Support.SPOKE_MINER, _said(told)
        if name := self._fees.get(miner_ip, at_ns):
            yield Support.FEE, _said(_FEE.put(miner=miner_ip, name=name))
        certificate = facts.certificate.sha256 if facts.certificate else None
        for key in _keys(server.ip, facts.domain, certificate):
            if session := self._clusters.get(key, at_ns):
                yield Support.CLUSTER, _said(_IN_CLUSTER.put(what=key, session=session))
                break
        if in_step := self._in_step(server, miner_ip, at_ns):
            yield Support.SYNCHRONOUS, in_step

    def _in_step(self, server: Endpoint, miner_ip: str, at_ns: int) -> str | None:
        rounds = self._rounds.get(server, at_ns) or []
        together = [one.hosts for one in rounds if miner_ip in one.hosts and one.is_mining()]
        if len(together) < ROUNDS_NEEDED:
            return None
        return _said(_STEPS.put(hosts=max(map(len, together)), rounds=len(together)))

    def _cut(self) -> None:
        self._cuts.known += 1


def _keys(ip: str | None, domain: str | None, certificate: str | None) -> list[str]:
    """How a pool is known again: by certificate, by name, by address."""
    return [each for each in (f"sha256:{certificate}" if certificate else None, domain, ip) if each]


def _said(words: Words) -> str:
    return words.told(Lang.BOTH, " · ")

"""What does one followed flow say? Identifies its protocol, dissects it, matches it, and gathers the facts."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from sensor.detect.facts import Facts
from sensor.detect.names import LearnedNames
from sensor.detect.shares import ShareBook, refusal_of
from sensor.detect.witness import Witness
from sensor.dissect import tls
from sensor.dissect.probe import Dissector
from sensor.dissect.tls_certificate import Certificate
from sensor.dissect.tls_server import ServerFlight, Sight
from sensor.dissect.unwrap.layer import WEBSOCKET, Asked, Bounds, ComesFrom, Context, Cuts, Entered, InnerHello, News
from sensor.dissect.unwrap.stream import Held, Opening, Unknown
from sensor.engine.api import Candidate, Reason, StreamChunk
from sensor.estimate.jobs import JobBook
from sensor.model.cuts import TableCuts
from sensor.model.flow import Direction, Endpoint, Traffic, is_address
from sensor.model.observation import Observation
from sensor.model.wire import CertificateRef
from sensor.signature import Match, Refusal, Sender, SignatureSet, Strength

MAX_VIA = 16
"""Layers named of one flow, as many as the wire format takes."""
MAX_CERTIFICATE_NAMES = 16
"""Names of one certificate that are looked up; more of them belong to shared hosting, which tells nothing."""
FLOW_BYTES = 5_120
"""What a flow takes whose tables are empty."""
_NOT_SURE: tuple[Sender | None, Sender | None] = (None, None)
_SENDERS = {Direction.ORIG: (Sender.CLIENT, Sender.SERVER), Direction.RESP: (Sender.SERVER, Sender.CLIENT)}
"""By the miner's side: who sends in direction ORIG, and who in RESP."""


class Reading(enum.Enum):
    """How far the identification of a flow has come."""

    UNKNOWN = "unknown"
    DISSECTED = "dissected"
    SHAKING_HANDS = "shaking hands"
    """TLS, and what the server shows of itself is awaited."""
    OPAQUE = "opaque"


class FlowTracker:
    """Follows one flow from candidate to end. ``facts`` may be shared with other flows of its session."""

    def __init__(
        self,
        candidate: Candidate,
        signatures: SignatureSet,
        learned: LearnedNames,
        witness: Witness | None = None,
        bounds: Bounds | None = None,
        cuts: Cuts | None = None,
        tables: TableCuts | None = None,
    ) -> None:
        self.five_tuple = candidate.five_tuple
        self.reading = Reading.UNKNOWN
        self.facts = Facts(candidate.first_seen_ns, candidate.at_ns)
        self.miner: Direction | None = None
        """Which side mines; None until a message or an indicator tells."""
        self._senders = _NOT_SURE
        """Who sends in either direction, once that is sure."""
        self._signatures = signatures
        self._learned = learned
        self._witness = witness
        tables = tables or TableCuts()
        self._opening = Opening(Context(self._hear, bounds or Bounds(), cuts or Cuts(), tables))
        self._dissector: Dissector | None = None
        self._server: tuple[Direction, ServerFlight] | None = None
        """Who is the server of a TLS handshake, and what it shows."""
        self._is_unnamed = candidate.reason is Reason.NAME
        """A client's hello was seen that does not name the server. The engine looks for listed names in a certificate
        behind such a hello alone, and does not keep the hello."""
        self._via: tuple[str, ...] = ()
        self._is_web = False
        """True inside a WebSocket: a pool's web site uses them too, and visiting it is not mining."""
        self._web_host: Entered | None = None
        self._shares = ShareBook(tables)
        self._jobs = JobBook(tables)
        self._counted = Traffic()
        self.read_bytes = 0
        self.weight_bytes = 0
        """What it held when it was weighed last."""
        self.weigh_at = 0
        """How many bytes it may read before it is weighed again."""
        self.heard_ns = candidate.at_ns
        """When bytes of it were seen last."""
        self._address_hit_ns = candidate.at_ns if candidate.reason in {Reason.ADDRESS, Reason.LEARNED} else None

    @property
    def miner_end(self) -> Endpoint:
        """The endpoint judged to mine; the side that opened the flow while nothing tells."""
        return self.five_tuple.sender(self.miner or Direction.ORIG)

    @property
    def pool_end(self) -> Endpoint:
        """The endpoint judged to be the pool."""
        return self.five_tuple.receiver(self.miner or Direction.ORIG)

    def held_bytes(self) -> int:
        """About what is held for this flow alone; the facts are a session's."""
        reader = self._dissector or (self._server[1] if self._server else self._opening)
        return FLOW_BYTES + reader.held_bytes() + self._jobs.held_bytes() + self._shares.held_bytes()

    def use(self, signatures: SignatureSet) -> None:
        """Match what comes from here on against another set."""
        self._signatures = signatures

    def read(self, chunk: StreamChunk) -> None:
        """Take in the next bytes of one direction."""
        if chunk.at_ns > self.facts.last_ns:
            self.facts.last_ns = chunk.at_ns
        self.heard_ns = chunk.at_ns
        self.read_bytes += len(chunk.data)
        if self._dissector is not None:
            for observation in self._dissector.parse(chunk.direction, chunk.at_ns, chunk.data, gap=chunk.gap):
                self._observe(observation)
        elif self.reading is Reading.UNKNOWN:
            self._identify(chunk)
        elif self._server is not None and chunk.direction is self._server[0]:
            self._hear_server(chunk.at_ns, chunk.data, gap=chunk.gap)

    def look_at_ends(self, server: Direction, at_ns: int) -> None:
        """Nobody can read the flow: its addresses are what is left. ``server`` holds unless something told better."""
        self._look_up_addresses(at_ns)
        self._orient(server.other)

    def take_quic(self, hello: tls.ClientHello, at_ns: int) -> None:
        """The hello of a QUIC client, who sent the flow's first packet. JA4 over TCP is not its fingerprint."""
        self.facts.l4 = "udp"
        self._take_hello(hello, Direction.ORIG, at_ns)
        self.facts.ja4 = None

    def conclude(self, at_ns: int) -> None:
        """The flow had its last packet then. A listed address that never said what it speaks stays a listed address."""
        self._jobs.close(self.facts.work, at_ns)
        if self.reading is Reading.UNKNOWN:
            self._take_address_hit()

    def count(self, total: Traffic) -> None:
        """Take in the flow's traffic so far; only what is new since the last call is added to the facts."""
        new = Traffic(
            total.packets_orig - self._counted.packets_orig,
            total.packets_resp - self._counted.packets_resp,
            total.bytes_orig - self._counted.bytes_orig,
            total.bytes_resp - self._counted.bytes_resp,
        )
        self._counted = total
        self.facts.traffic.add(new if self.miner is not Direction.RESP else new.reversed())

    def _identify(self, chunk: StreamChunk) -> None:
        opening = self._opening
        found = opening.take(chunk.direction, chunk.at_ns, chunk.data, gap=chunk.gap)
        if found is None:
            # An engine that had done with the client's hello does not hold it any longer.
            if self._server is None and tls.is_server_hello(chunk.data):
                self.facts.tls = True
                self._give_up()
                self._await_server(chunk.direction, opening.release())
            return
        held = opening.release()
        if isinstance(found, tls.ClientHello):
            self._take_hello(found, chunk.direction, chunk.at_ns)
            self._await_server(chunk.direction.other, held)
        elif isinstance(found, Unknown):
            self._give_up()
        else:
            self._start(found, held)

    def _start(self, dissector: Dissector, held: Sequence[Held]) -> None:
        self._dissector, self.reading = dissector, Reading.DISSECTED
        for one in held:
            for observation in dissector.parse(one.direction, one.at_ns, one.data, gap=one.gap):
                self._observe(observation)

    def _give_up(self) -> None:
        self.reading = Reading.OPAQUE
        self._take_address_hit()

    def _take_hello(self, hello: tls.ClientHello, direction: Direction, at_ns: int) -> None:
        self._give_up()
        facts = self.facts
        facts.tls, facts.sni, facts.ja4, facts.ech = True, hello.sni, hello.ja4, hello.ech
        self._is_unnamed = hello.sni is None or hello.ech
        if hello.sni:
            # Beside an encrypted hello the name may be that of the front: it is no name of the server unless listed.
            self._look_up_name(hello.sni, "tls.sni", direction, at_ns, is_its_own=not hello.ech)

    def _await_server(self, server: Direction, held: Sequence[Held]) -> None:
        self.reading, self._server = Reading.SHAKING_HANDS, (server, ServerFlight())
        for one in held:
            if one.direction is server and self._server is not None:
                self._hear_server(one.at_ns, one.data, gap=one.gap)

    def _hear_server(self, at_ns: int, data: bytes, *, gap: bool) -> None:
        """The certificate, where the server still shows it in the clear."""
        if self._server is None or self._server[1].feed(data, gap=gap) is Sight.GOES_ON:
            return
        (server, flight), self._server = self._server, None
        self.reading = Reading.OPAQUE
        if flight.certificate is not None:
            self._take_certificate(flight.certificate, server, at_ns)

    def _take_certificate(self, found: Certificate, server: Direction, at_ns: int) -> None:
        """Names in a certificate count where the client named nobody, and only listed ones."""
        self.facts.certificate = certificate_ref(found)
        fields = {"tls": {"certificate": found.fields()}}
        for match in self._signatures.match(Observation(server, at_ns, fields), Sender.SERVER):
            self._orient(server.other)
            self.facts.add_match(match, at_ns, from_miner=False)
        if not self._is_unnamed:
            return
        for name in found.names[:MAX_CERTIFICATE_NAMES]:
            self._look_up_name(name.removeprefix("*."), "tls.certificate", server.other, at_ns, is_its_own=False)

    def _hear(self, news: News) -> None:
        """What unwrapping found out."""
        if isinstance(news, Entered):
            self._enter_layer(news)
        elif isinstance(news, Asked):
            self._look_up_target(news)
        elif isinstance(news, ComesFrom):
            self.facts.true_client = self.facts.true_client or str(Endpoint(news.ip, news.port))
        elif isinstance(news, InnerHello):
            self._take_hello(news.hello, news.direction, news.at_ns)
        else:
            self._give_up()

    def _enter_layer(self, news: Entered) -> None:
        self._via = (*self._via, news.layer)[:MAX_VIA]
        self.facts.via = max(self.facts.via, self._via, key=len)
        if news.layer == WEBSOCKET:
            self._is_web = True
            self._web_host = news if news.host else None

    def _look_up_target(self, asked: Asked) -> None:
        """A proxy's target counts as the pool's own name or address would."""
        self.facts.target = self.facts.target or str(Endpoint(asked.host, asked.port))
        if hit := self._signatures.address(asked.host, asked.port):
            self._orient(asked.direction)
            self.facts.add_hit(hit, f"{asked.layer}.target={Endpoint(asked.host, asked.port)}", asked.at_ns)
        elif not is_address(asked.host):
            self._look_up_name(asked.host, f"{asked.layer}.target", asked.direction, asked.at_ns)

    def _observe(self, observation: Observation) -> None:
        matches = self._signatures.match(observation, self._senders[observation.direction])
        facts, work = self.facts, self._jobs.current
        if matches:
            for match in matches:
                self._take(match, observation)
            self._jobs.hear(matches, observation.at_ns, facts.work)
            work = self._jobs.work_of(matches)
        events = [match.event for match in matches]
        self._shares.note(observation, events, facts.shares, work, facts.work, self._why_refused)
        if self._witness is not None:
            self._witness.message(self.five_tuple, observation, matches, work)
        fields = observation.fields
        names_something = self._address_hit_ns is not None or "http" in fields
        if names_something and "jsonrpc" in fields and (matches or not self._is_web):
            self._look_up_names(observation)

    def _why_refused(self, observation: Observation) -> Refusal:
        return refusal_of(observation, self._signatures.refusals, self.facts.dialect)

    def _take(self, match: Match, observation: Observation) -> None:
        if self._senders is _NOT_SURE:
            self._judge_sides(match, observation)
        self.facts.add_match(match, observation.at_ns, from_miner=observation.direction is self.miner)
        if "server_name" in match.facts and isinstance(name := match.facts["server_name"], str):
            self._look_up_name(name.lower().rstrip("."), "server_name", observation.direction, observation.at_ns)

    def _judge_sides(self, match: Match, observation: Observation) -> None:
        """Who mines? A message that only mining has settles it; until then the first hint stands."""
        scope = match.signature.scope
        sender = scope.direction.sender if scope else None
        is_sure = match.signature.evidence.strength is not Strength.AMBIGUOUS
        if sender is not None and (is_sure or self.miner is None):
            self.miner = observation.direction if sender is Sender.CLIENT else observation.direction.other
            self._senders = _SENDERS[self.miner] if is_sure else _NOT_SURE
            self.facts.news = True
            self._look_up_addresses(observation.at_ns)
            if (web := self._web_host) and web.host and web.direction is not None:
                self._look_up_name(web.host, "http.host", web.direction, web.at_ns)

    def _look_up_names(self, observation: Observation) -> None:
        """Names and addresses of a flow that calls something. A mere visit to a pool's web site is not mining."""
        self._take_address_hit()
        host = observation.get("http.host")
        if isinstance(host, str) and observation.get("http.kind") == "request":
            self._look_up_name(host, "http.host", observation.direction, observation.at_ns)

    def _take_address_hit(self) -> None:
        if self._address_hit_ns is not None:
            self._look_up_addresses(self._address_hit_ns)
            self._address_hit_ns = None

    def _look_up_addresses(self, at_ns: int) -> None:
        """Is either end a listed address, or one that a listed name was answered with?"""
        for direction in Direction:
            end = self.five_tuple.sender(direction)
            if (hit := self._signatures.address(end.ip, end.port)) and hit.counts:
                self._orient(direction.other)
                self.facts.add_hit(hit, f"address={end}", at_ns)
            if learned := self._learned.at(end.ip, self.five_tuple.receiver(direction).ip, at_ns):
                self._orient(direction.other)
                self.facts.domain = self.facts.domain or learned.name
                self.facts.add_hit(learned.hit, f"dns.answer={learned.name} → {end.ip}", at_ns)

    def _look_up_name(self, name: str, field: str, sender: Direction, at_ns: int, *, is_its_own: bool = True) -> None:
        hit = self._signatures.name(name)
        if is_its_own or hit:
            self.facts.domain = self.facts.domain or name
        if hit:
            self._orient(sender)
            self.facts.add_hit(hit, f"{field}={name}", at_ns)

    def _orient(self, miner: Direction) -> None:
        if self.miner is None:
            self.miner = miner


def certificate_ref(found: Certificate) -> CertificateRef:
    """A certificate as statements bear it."""
    return CertificateRef(
        subject=found.subject,
        issuer=found.issuer,
        names=found.names,
        sha256=found.sha256,
        not_before=found.not_before,
        not_after=found.not_after,
    )

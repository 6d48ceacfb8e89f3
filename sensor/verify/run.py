"""How is one server asked, from the request to the answer? Decides, connects, greets, judges; all of it in the log."""

from __future__ import annotations

import base64
import random
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sensor.config.verify import VerifyOptions
from sensor.detect.flow import certificate_ref
from sensor.dissect.tls_certificate import Certificate, parse_certificate
from sensor.model.errors import VerifyError
from sensor.model.flow import Direction, Endpoint
from sensor.model.verification import Carrier, Finding, ServerAnswer, ServerRequest
from sensor.model.wire import timestamp
from sensor.signature import SignatureSet
from sensor.verify.channel import Channel, Clock, Target, connect, upgrade
from sensor.verify.greetings import Greeting, greetings
from sensor.verify.judge import Judged, judge
from sensor.verify.log import VerifyLog
from sensor.verify.rules import LOOK_UP, Asked, Decision, Rule, decide, stop, wait_s

_WEIGHT = (Finding.UNREACHABLE, Finding.SILENT, Finding.NOT_POOL, Finding.UNCLEAR, Finding.POOL)
"""What tells more comes later."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the world gives: Unix time, a clock that never steps back, waiting, chance, and the addresses of names."""

    now_s: Clock
    steady_s: Clock
    sleep: Callable[[float], None]
    rng: random.Random
    look_up: Callable[[str], str]
    """The address of a name; ``OSError`` where it has none."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One connection to make: what carries it, and what is said."""

    carrier: Carrier
    greeting: Greeting
    path: str


@dataclass(slots=True)
class _Known:
    """What earlier connections of this verification told."""

    is_tls: bool | None = None
    is_web: bool | None = None
    made: int = 0
    best: Judged = field(default_factory=lambda: Judged(Finding.UNREACHABLE))
    carrier: Carrier | None = None
    certificate: Certificate | None = None
    stopped: Rule | None = None
    is_down: bool = False


class Verifier:
    """Asks servers, one at a time."""

    def __init__(self, options: VerifyOptions, signatures: SignatureSet, log: VerifyLog, hands: Hands) -> None:
        self._options, self._signatures, self._log, self._hands = options, signatures, log, hands

    def ask(self, request: ServerRequest) -> ServerAnswer:
        """Ask one server within the limits, or say which of them forbids it. A name is looked up only where the limits
        would let its server be asked, whatever its address.

        Raises :class:`~sensor.model.errors.VerifyError` where a name has no address.
        """
        decided = self._decide(request)
        if decided.word == LOOK_UP:
            request = self._looked_up(request)
            decided = self._decide(request)
        if decided.server:
            answer = self._answer(request, self._try_all(request, decided.server))
        elif decided.cached:
            answer = decided.cached.model_copy(update={"is_cached": True})
        else:
            answer = self._answer(request, _Known(best=Judged(Finding.REFUSED), stopped=decided.forbids))
        self._log.write("answer", answer=answer.model_dump(mode="json", by_alias=True))
        return answer

    def _decide(self, request: ServerRequest) -> Decision:
        at_s = self._hands.now_s()
        made = decide(self._asked(request, at_s))
        told = request.model_dump(mode="json", by_alias=True)
        self._log.write("request", at_s=at_s, request=told, decision=made.word)
        return made

    def _looked_up(self, request: ServerRequest) -> ServerRequest:
        name = request.name or ""
        try:
            ip = self._hands.look_up(name)
        except OSError as error:
            self._log.write("look-up", name=name, fault=error.strerror or str(error))
            raise VerifyError(f"{name}: has no address ({error.strerror or error}); write one") from error
        self._log.write("look-up", name=name, ip=ip)
        return request.model_copy(update={"ip": ip})

    def _try_all(self, request: ServerRequest, server: Endpoint) -> _Known:
        known = _Known()
        target = Target(server, request.name or server.ip, request.name is not None)
        for attempt in self._attempts(request, target, known):
            known.stopped = stop(self._asked(request, self._hands.now_s()), known.made)
            if known.stopped:
                break
            self._wait_for_rate(request)
            known.made += 1
            self._try(target, attempt, known)
            if known.best.finding is Finding.POOL or known.is_down:
                break
        if known.stopped and not known.made:
            known.best = Judged(Finding.REFUSED)
        return known

    def _attempts(self, request: ServerRequest, target: Target, known: _Known) -> Iterator[Attempt]:
        """Greetings in order; what carries them is found out on the way: TLS before plain, then a WebSocket too."""
        made = greetings(target.server, target.host, self._hands.rng, self._options.dialects)
        made.sort(key=lambda one: one.dialect is not request.dialect)
        paths = iter(self._options.websocket_paths)
        path = next(paths)
        for greeting in made:
            for carrier in self._carriers(request):
                if (carrier.is_web or not greeting.is_web) and _may_fit(carrier, known):
                    yield Attempt(carrier, greeting, path)
            if known.is_web is False and (other := next(paths, None)):
                path, known.is_web = other, None

    def _carriers(self, request: ServerRequest) -> list[Carrier]:
        order = (Carrier.TLS, Carrier.TCP, Carrier.WSS, Carrier.WS)
        chosen = [each for each in order if each in self._options.carriers]
        return sorted(chosen, key=lambda each: each is not request.carrier)

    def _try(self, target: Target, attempt: Attempt, known: _Known) -> None:
        at_s, plan = self._hands.now_s(), {"carrier": attempt.carrier, "greeting": attempt.greeting.name}
        self._log.write(
            "connection",
            at_s=at_s,
            ip=target.server.ip,
            port=target.server.port,
            source=self._options.source_address,
            **plan,
        )
        try:
            channel = connect(target, attempt.carrier, self._options, self._hands.steady_s)
        except ssl.SSLError as fault:
            known.is_tls = False
            self._log.write("conversation", **plan, fault=f"no TLS: {fault.reason or 'unreadable'}")
            return
        except OSError as fault:
            self._note_fault(attempt, known, fault)
            self._log.write("conversation", **plan, fault=fault.strerror or str(fault) or type(fault).__name__)
            return
        try:
            self._converse(channel, target, attempt, known)
        finally:
            channel.close()
        self._conclude(channel, attempt, known, at_s)

    def _note_fault(self, attempt: Attempt, known: _Known, fault: OSError) -> None:
        """A server that hangs up on a TLS hello may speak plainly; one that takes no connection is down."""
        if attempt.carrier.is_tls and not isinstance(fault, ConnectionRefusedError) and known.is_tls is None:
            known.is_tls = False
        else:
            known.is_down = True

    def _converse(self, channel: Channel, target: Target, attempt: Attempt, known: _Known) -> None:
        if attempt.carrier.is_tls:
            known.is_tls = True
        web = None
        if attempt.carrier.is_web:
            web = upgrade(channel, target, attempt.path, self._hands.rng)
            known.is_web = web is not None
            if web is None:
                return
        for turn in attempt.greeting.turns:
            for write in web.pack(Direction.ORIG, turn) if web else (turn,):
                channel.say(write)
            channel.hear(lambda: False)
            if channel.is_over:
                return

    def _conclude(self, channel: Channel, attempt: Attempt, known: _Known, at_s: float) -> None:
        judged = judge(channel.talk, self._signatures, round(at_s * 1e9))
        if channel.certificate and known.certificate is None:
            known.certificate = parse_certificate(channel.certificate)
        if _WEIGHT.index(judged.finding) > _WEIGHT.index(known.best.finding):
            known.best, known.carrier = judged, attempt.carrier
        talk = [(one.direction.name, round(one.at_s, 6), base64.b64encode(one.data).decode()) for one in channel.talk]
        self._log.write(
            "conversation",
            carrier=attempt.carrier,
            greeting=attempt.greeting.name,
            talk=talk,
            certificate=base64.b64encode(channel.certificate).decode() if channel.certificate else None,
            finding=judged.finding,
            dialect=judged.dialect,
            signatures=self._signatures.fingerprint,
        )

    def _wait_for_rate(self, request: ServerRequest) -> None:
        while (left_s := wait_s(self._asked(request, self._hands.now_s()))) > 0:
            self._hands.sleep(left_s)

    def _asked(self, request: ServerRequest, at_s: float) -> Asked:
        return Asked(self._options, request, self._log.history, at_s)

    def _answer(self, request: ServerRequest, known: _Known) -> ServerAnswer:
        return ServerAnswer(
            ip=request.ip,
            port=request.port,
            name=request.name,
            at=timestamp(round(self._hands.now_s() * 1e9)),
            finding=known.best.finding,
            rule=known.stopped.name if known.stopped else None,
            carrier=known.carrier,
            dialect=known.best.dialect,
            connections=known.made,
            evidence=known.best.evidence,
            certificate=certificate_ref(known.certificate) if known.certificate else None,
        )


def _may_fit(carrier: Carrier, known: _Known) -> bool:
    """Unless an earlier connection showed that the server does not speak this."""
    if known.is_tls is not None and carrier.is_tls is not known.is_tls:
        return False
    return known.is_web is not False or not carrier.is_web

"""What does each source say about an address in a span of time? Records, NAT rules and what they lead to.

A port block leads to the inner address behind it, that to the session that held it, and its account to a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from typing import TypeAlias

from collector.ingest.models import Detection
from collector.registry.addresses import ip_key, is_inner
from collector.registry.models import ImportBatch, Organisation
from collector.resolve.holding import Claim, Question
from collector.resolve.lookup import Found, Shape, Successor, current_shape, find, named_subscribers, successors
from collector.resolve.natrules import NatTable
from collector.resolve.options import SESSION_SOURCES, ResolveOptions

_VAGUE = frozenset({"geo", "whois"})
"""Sources that name a region or an allocator: nobody behind a NAT."""
ForeignSource: TypeAlias = Callable[[Sequence[Question]], list[list[Claim]]]
"""A source outside this database: for each question what it says."""


def question_of(event: Detection, options: ResolveOptions) -> Question:
    """The question that a detection puts: its address, source ports and time."""
    clock_error_ms = event.body.get("clock_error_ms") or 0.0
    seen = event.body.get("miner", {}).get("ports_seen", [])
    return Question(
        ip_key=bytes(event.miner_ip_key),
        ports=frozenset(port for port in (event.miner_port, *seen) if port),
        first=event.first_seen,
        last=event.last_seen,
        slack=timedelta(seconds=options.clock_slack_s, milliseconds=abs(clock_error_ms)),
        realm="" if is_inner(event.miner_ip) else None,
    )


@dataclass
class Registry:
    """The registry as one run of attribution sees it: what is small is read once and kept.

    An import while a run goes on changes ``registry_state``, and the answers are looked at again in the next run.
    """

    options: ResolveOptions
    foreign: Sequence[ForeignSource] = ()

    @cached_property
    def shape(self) -> Shape:
        """Which block sizes there are."""
        return current_shape()

    @cached_property
    def nat(self) -> NatTable:
        """Every deterministic NAT rule."""
        return NatTable.load()

    @cached_property
    def batches(self) -> dict[int, tuple[str, datetime]]:
        """Number and time of every import."""
        return {pk: (no, at) for pk, no, at in ImportBatch.objects.values_list("pk", "no", "created_at")}

    def claims(self, questions: Sequence[Question]) -> list[list[Claim]]:
        """For each question every claim that could answer it, longest prefix first."""
        found = self._direct(questions)
        found = self._through_inner(questions, found)
        self._name_through_subscribers(questions, found)
        self._name_through_organisations(found)
        return found

    def _direct(self, questions: Sequence[Question]) -> list[list[Claim]]:
        claims = self._recorded(questions)
        if self.nat:
            for question, of_question in zip(questions, claims, strict=True):
                of_question.extend(self.nat.claims(question))
        for source in self.foreign:
            for of_question, told in zip(claims, source(questions), strict=True):
                of_question.extend(told)
        return claims

    def _recorded(self, questions: Sequence[Question]) -> list[list[Claim]]:
        """Claims of this registry's records; a session whose end was never logged is over when the next begins."""
        records = find(questions, self.shape, self.options.max_records)
        claims = [[self._claim(record) for record in of_question] for of_question in records]
        asked = list(_open_sessions(questions, claims))
        for order, begins in successors([successor for successor, _, _ in asked]).items():
            _, number, at = asked[order]
            claims[number][at] = replace(claims[number][at], valid_to=begins)
        return [
            [
                claim
                for claim in of_question
                if claim.valid_to is None or claim.valid_to >= question.first - question.slack
            ]
            for question, of_question in zip(questions, claims, strict=True)
        ]

    def _claim(self, record: Found) -> Claim:
        no, imported_at = self.batches.get(record.batch_id or 0) or ("", record.created_at)
        return Claim(
            record_id=record.pk,
            source=record.source,
            reference=f"{no} #{record.row_no}" if no else "",
            network=record.network,
            ip_lo=record.ip_lo,
            ip_hi=record.ip_hi,
            valid_from=record.valid_from,
            valid_to=record.valid_to,
            imported_at=imported_at,
            port_lo=record.port_lo,
            port_hi=record.port_hi,
            subscriber=record.subscriber,
            organisation_id=record.organisation_id,
            unit_name=record.unit_name,
            uscc=record.uscc,
            address=record.address,
            division_code=record.division_code,
            inner_ip=record.inner_ip,
            realm=record.realm,
        )

    def _through_inner(self, questions: Sequence[Question], found: list[list[Claim]]) -> list[list[Claim]]:
        wanted = [
            (number, claim)
            for number, of_question in enumerate(found)
            for claim in of_question
            if _leads_on(claim) and claim.takes_port(questions[number].ports)
        ]
        if not wanted:
            return found
        asked = [_inner_question(questions[number], claim) for number, claim in wanted]
        answers = self._direct(asked)
        behind: dict[tuple[int, int], list[Claim]] = {}
        for (number, claim), inner in zip(wanted, answers, strict=True):
            behind[number, id(claim)] = _joined(claim, inner)
        return [
            [one for claim in of_question for one in behind.get((number, id(claim)), [claim])]
            for number, of_question in enumerate(found)
        ]

    def _name_through_subscribers(self, questions: Sequence[Question], found: list[list[Claim]]) -> None:
        """An account without a unit takes the unit of another record of the same account that was valid then."""
        places = [
            (number, at)
            for number, of_question in enumerate(found)
            for at, claim in enumerate(of_question)
            if claim.subscriber and not (claim.unit_name or claim.uscc or claim.organisation_id)
        ]
        wanted = []
        for order, (number, at) in enumerate(places):
            question = questions[number]
            start, end = question.first - question.slack, question.last + question.slack
            wanted.append((order, found[number][at].subscriber, start, end))
        for order, record in named_subscribers(wanted):
            number, at = places[order]
            found[number][at] = _named(found[number][at], record)

    def _name_through_organisations(self, found: list[list[Claim]]) -> None:
        """Name, nature and code that only the registered unit has."""
        units = _Units(claim for of_question in found for claim in of_question)
        for of_question in found:
            of_question[:] = [units.complete(claim) for claim in of_question]


class _Units:
    """The registered units that these claims point to, by key or by code."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        keys, codes = set(), set()
        for claim in claims:
            if claim.organisation_id is not None:
                keys.add(claim.organisation_id)
            elif claim.uscc:
                codes.add(claim.uscc)
        self._by_key = Organisation.objects.in_bulk(keys) if keys else {}
        self._by_code = {unit.uscc: unit for unit in Organisation.objects.filter(uscc__in=codes)} if codes else {}

    def complete(self, claim: Claim) -> Claim:
        """The claim with what the registry adds."""
        if claim.organisation_id is not None:
            unit = self._by_key.get(claim.organisation_id)
        else:
            unit = self._by_code.get(claim.uscc) if claim.uscc else None
        if unit is None:
            return claim
        return replace(
            claim,
            organisation_id=unit.pk,
            nature=unit.nature,
            unit_name=claim.unit_name or unit.name,
            uscc=claim.uscc or unit.uscc or "",
        )


def _leads_on(claim: Claim) -> bool:
    return claim.inner_ip is not None and not (claim.unit_name or claim.subscriber)


def _open_sessions(
    questions: Sequence[Question], claims: Sequence[Sequence[Claim]]
) -> Iterator[tuple[Successor, int, int]]:
    """What to ask of each session without an end, with the places of its question and of the claim in it."""
    order = count()
    for number, of_question in enumerate(claims):
        until = questions[number].last + questions[number].slack
        for at, claim in enumerate(of_question):
            if claim.valid_to is None and claim.source in SESSION_SOURCES:
                place = (claim.source, claim.realm, claim.ip_lo, claim.ip_hi, claim.port_lo)
                yield Successor(next(order), *place, claim.valid_from, until), number, at


def _inner_question(question: Question, claim: Claim) -> Question:
    """The same time, asked of the inner address: it has no ports of its own."""
    realm = claim.realm if is_inner(claim.inner_ip or "") else None
    return replace(question, ip_key=ip_key(claim.inner_ip or ""), ports=frozenset(), realm=realm)


def _joined(outer: Claim, inner: list[Claim]) -> list[Claim]:
    """The port block as held by each session behind it, or as it is where none is known."""
    sessions = [claim for claim in inner if claim.source in SESSION_SOURCES and claim.port_lo is None]
    registered = [claim for claim in inner if claim.port_lo is None and claim.source not in _VAGUE]
    best = sessions or registered[:1]
    narrowest = min((claim.host_bits for claim in best), default=0)
    joined = [
        _behind(outer, claim)
        for claim in best
        if claim.host_bits == narrowest
        and (outer.valid_to is None or claim.valid_from < outer.valid_to)
        and (claim.valid_to is None or claim.valid_to > outer.valid_from)
    ]
    return joined or [outer]


def _behind(outer: Claim, inner: Claim) -> Claim:
    return replace(
        outer,
        reference=f"{outer.reference} + {inner.reference}"[:100],
        valid_from=max(outer.valid_from, inner.valid_from),
        valid_to=min((end for end in (outer.valid_to, inner.valid_to) if end is not None), default=None),
        subscriber=inner.subscriber,
        organisation_id=inner.organisation_id,
        unit_name=inner.unit_name,
        uscc=inner.uscc,
        address=inner.address,
        division_code=inner.division_code,
        through_inner=True,
    )


def _named(claim: Claim, record: Found) -> Claim:
    return replace(
        claim,
        unit_name=record.unit_name,
        uscc=record.uscc,
        organisation_id=record.organisation_id,
        address=claim.address or record.address,
        division_code=claim.division_code or record.division_code,
        through_subscriber=True,
    )

"""Whose port is it behind a deterministic NAT (RFC 7422)? The inner address by arithmetic, without any log."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from collector.registry.addresses import ip_key, parse_blocks
from collector.registry.choices import NatLayout, Source
from collector.registry.models import NatRule
from collector.resolve.holding import Claim, Question

MAX_RULES = 100_000
"""A carrier has one per address pool; more than this are left out, newest last."""

_V4_MAPPED = bytes(10) + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to compute with; addresses are numbers, inclusive."""

    reference: str
    outer: str
    outer_lo: int
    outer_hi: int
    inner_lo: int
    inner_count: int
    port_first: int
    port_last: int
    ports_per_user: int
    is_interleaved: bool
    realm: str
    valid_from: datetime
    valid_to: datetime | None
    imported_at: datetime

    @property
    def users_per_address(self) -> int:
        """RFC 7422's compression ratio."""
        return (self.port_last - self.port_first + 1) // self.ports_per_user

    def user_of(self, outer: int, port: int) -> tuple[str, int, int] | None:
        """Inner address and its block of ports; None for a port that the rule gives to nobody."""
        if not self.port_first <= port <= self.port_last:
            return None
        at, users = port - self.port_first, self.users_per_address
        slot = at % users if self.is_interleaved else at // self.ports_per_user
        index = (outer - self.outer_lo) * users + slot
        if slot >= users or index >= self.inner_count or at >= users * self.ports_per_user:
            return None
        first = port if self.is_interleaved else self.port_first + slot * self.ports_per_user
        last = port if self.is_interleaved else first + self.ports_per_user - 1
        return str(ipaddress.IPv4Address(self.inner_lo + index)), first, last


class NatTable:
    """Rules by outer address. Empty is false: then nobody needs to ask."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.outer_lo)
        self._los = [rule.outer_lo for rule in self._rules]
        # The furthest end so far: walking back from an address may stop where even that lies before it.
        self._reach = list(accumulate((rule.outer_hi for rule in self._rules), max))

    @classmethod
    def load(cls) -> NatTable:
        """Every rule of the registry."""
        rows = NatRule.objects.select_related("batch").order_by("pk")[:MAX_RULES]
        return cls([_rule(row) for row in rows])

    def __bool__(self) -> bool:
        return bool(self._rules)

    def claims(self, question: Question) -> list[Claim]:
        """What the rules say: one claim per inner address behind the question's ports."""
        outer = int.from_bytes(question.ip_key[-4:])
        if not question.ip_key.startswith(_V4_MAPPED):
            return []
        start, end = question.first - question.slack, question.last + question.slack
        found: dict[tuple[str, str | None], Claim] = {}
        for rule in self._covering(outer):
            if rule.valid_from <= end and (rule.valid_to is None or rule.valid_to >= start):
                for claim in _claims(rule, outer, question):
                    found.setdefault((rule.reference, claim.inner_ip), claim)
        return list(found.values())

    def _covering(self, outer: int) -> Iterator[Rule]:
        for at in range(bisect_right(self._los, outer) - 1, -1, -1):
            if self._reach[at] < outer:
                return
            if self._rules[at].outer_hi >= outer:
                yield self._rules[at]


def _rule(row: NatRule) -> Rule:
    inner = parse_blocks(row.inner)
    batch = row.batch
    return Rule(
        reference=f"{batch.no} #{row.row_no}" if batch else f"nat-rule {row.pk}",
        outer=row.outer,
        outer_lo=int.from_bytes(bytes(row.outer_lo)[-4:]),
        outer_hi=int.from_bytes(bytes(row.outer_hi)[-4:]),
        inner_lo=int(inner[0][0]),
        inner_count=sum(block.num_addresses for block in inner),
        port_first=row.port_first,
        port_last=row.port_last,
        ports_per_user=row.ports_per_user,
        is_interleaved=row.layout == NatLayout.INTERLEAVED,
        realm=row.realm,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        imported_at=(batch or row).created_at,
    )


def _claims(rule: Rule, outer: int, question: Question) -> Iterator[Claim]:
    users = [user for port in sorted(question.ports) if (user := rule.user_of(outer, port))]
    # Nobody's port, or none known: the claim that remains says that the address is shared.
    nobody: list[tuple[str | None, int, int]] = [(None, rule.port_first, rule.port_last)]
    for inner, first, last in users or nobody:
        key = ip_key(ipaddress.IPv4Address(outer))
        yield Claim(
            record_id=None,
            source=Source.NAT_RULE.value,
            reference=rule.reference,
            network=f"{ipaddress.IPv4Address(outer)}/32",
            ip_lo=key,
            ip_hi=key,
            valid_from=rule.valid_from,
            valid_to=rule.valid_to,
            imported_at=rule.imported_at,
            port_lo=first,
            port_hi=last,
            inner_ip=inner,
            realm=rule.realm,
        )

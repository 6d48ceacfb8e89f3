"""What does a person mean by a word in the search box? An address, a block, a number, a code, a name or a wallet."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import Enum

from django.db.models import Q, QuerySet

from collector.cases.models import Lead, LeadSession
from collector.ingest.models import Detection
from collector.registry.addresses import Network, network_keys

MAX_CHARS = 200
_LEAD = re.compile(r"L[0-9]{4}-[0-9]{4,}", re.ASCII | re.IGNORECASE)
_USCC = re.compile(r"[0-9A-HJ-NP-Y]{18}", re.ASCII)
_WALLET = re.compile(r"[A-Za-z0-9:._-]{20,}", re.ASCII)


class Sort(Enum):
    """What a word is."""

    NOTHING = "nothing"
    NETWORK = "network"
    LEAD = "lead"
    USCC = "uscc"
    WALLET = "wallet"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word and what it is taken for."""

    sort: Sort
    text: str
    network: Network | None = None


def understand(text: str) -> Wanted:
    """What the word is; everything that is nothing else is part of a name, an address or an account."""
    word = " ".join(text.split())[:MAX_CHARS]
    if not word:
        return Wanted(Sort.NOTHING, "")
    try:
        return Wanted(Sort.NETWORK, word, ipaddress.ip_network(word, strict=False))
    except ValueError:
        pass
    if _LEAD.fullmatch(word):
        return Wanted(Sort.LEAD, word.upper())
    if _USCC.fullmatch(word.upper()):
        return Wanted(Sort.USCC, word.upper())
    return Wanted(Sort.WALLET if _WALLET.fullmatch(word) else Sort.NAME, word)


def leads_like(rows: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Those of ``rows`` that the word means; an empty word means all."""
    wanted = understand(text)
    match wanted.sort:
        case Sort.NOTHING:
            return rows
        case Sort.NETWORK if wanted.network is not None:
            return rows.filter(pk__in=_leads_at(wanted.network))
        case Sort.LEAD:
            return rows.filter(no=wanted.text)
        case Sort.USCC:
            return rows.filter(uscc=wanted.text)
        case Sort.WALLET:
            return rows.filter(_named(wanted.text) | Q(pk__in=_leads_of(wanted.text)))
        case _:
            return rows.filter(_named(wanted.text))


def _named(text: str) -> Q:
    """An account is found by the whole of it only: parts of it would tell what the mask hides."""
    return Q(unit_name__icontains=text) | Q(address__icontains=text) | Q(subscriber=text)


def _leads_at(network: Network) -> QuerySet[LeadSession, int]:
    low, high = network_keys(network)
    events = Detection.objects.filter(miner_ip_key__gte=low, miner_ip_key__lte=high)
    return _leads_with(events)


def _leads_of(account: str) -> QuerySet[LeadSession, int]:
    return _leads_with(Detection.objects.filter(account=account))


def _leads_with(events: QuerySet[Detection]) -> QuerySet[LeadSession, int]:
    return LeadSession.objects.filter(detection_id__in=events.values("detection_id")).values_list("lead", flat=True)

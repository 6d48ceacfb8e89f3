"""What is shown of one lead? Its sessions, the evidence of each, and every source's statement with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.cases.models import Lead, LeadSession
from collector.ingest.models import Detection
from collector.lists.divisions import DivisionTree
from collector.lists.masking import is_person, mask_account, mask_name, shown_address
from collector.lists.snapshot import unit_of
from collector.resolve.models import Assertion, Attribution

_SESSIONS_SHOWN = 50
_FORMER_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SessionView:
    """One mining session and its evidence."""

    event: Detection
    agents: list[str]
    workers: list[str]
    hashrate: list[Mapping[str, Any]]
    evidence: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class AssertionView:
    """One source's statement; a person's name, address and account are masked."""

    assertion: Assertion
    unit_name: str
    subscriber: str
    address: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything on a lead's page."""

    lead: Lead
    unit: Mapping[str, Any]
    assertions: list[AssertionView]
    former: list[tuple[Attribution, Mapping[str, Any]]]
    sessions: list[SessionView]
    left_out: int


def dossier(lead: Lead, tree: DivisionTree) -> Dossier:
    """The page's content. What is thought now comes from the session seen last."""
    places = lead.sessions.select_related("attribution__event__sensor").order_by("-last_seen", "-pk")
    shown = list(places[:_SESSIONS_SHOWN])
    latest = shown[0].attribution if shown else None
    return Dossier(
        lead=lead,
        unit=unit_of(latest, tree) if latest else {},
        assertions=[_assertion(one) for one in latest.assertions.all()] if latest else [],
        former=[(one, unit_of(one, tree)) for one in _former(latest)],
        sessions=[_session(place) for place in shown],
        left_out=max(0, lead.detections - len(shown)),
    )


def _session(place: LeadSession) -> SessionView:
    event = place.attribution.event
    rate = event.body.get("hashrate")
    return SessionView(
        event=event,
        agents=event.body.get("agents", []),
        workers=event.body.get("workers", []),
        hashrate=[{key: rate[key] for key in ("unit", "low", "high")}] if rate else [],
        evidence=event.body.get("evidence", []),
    )


def _assertion(one: Assertion) -> AssertionView:
    personal = is_person(one.unit_name, one.uscc, "")
    return AssertionView(
        assertion=one,
        unit_name=mask_name(one.unit_name) if personal else one.unit_name,
        subscriber=mask_account(one.subscriber),
        address=shown_address(one.address, one.unit_name, one.uscc),
    )


def _former(latest: Attribution | None) -> list[Attribution]:
    """Answers that were superseded, newest first."""
    chain: list[Attribution] = []
    current = latest.supersedes if latest else None
    while current is not None and len(chain) < _FORMER_SHOWN:
        chain.append(current)
        current = current.supersedes
    return chain

"""Which pools were seen, and what of them may be listed? A person decides here."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from collector.accounts.scope import Capability
from collector.audit.choices import Action
from collector.audit.request import address_of
from collector.audit.services import Deed, record
from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.listing import answer
from collector.console.pool_list import LISTING, told_evidence
from collector.faults import CollectorError
from collector.text import bilingual
from collector.watch.choices import ProposalState
from collector.watch.keepers import FOR_KEEPERS, keeps_all_sensors
from collector.watch.models import Endpoint, Proposal, SignatureUpdate
from collector.watch.proposals import decide

MAX_PROPOSALS = 50


@page("GET", "POST")
def pools(request: HttpRequest) -> HttpResponseBase:
    """The endpoints, and what waits for a decision; POST is one. ``?proposals=`` chooses by what was decided."""
    need(viewer(request).is_office)
    return _decided(request) if request.method == "POST" else _shown(request)


def proposals(state: ProposalState) -> QuerySet[Proposal]:
    """The proposals in a state, seen last first; one more than is shown where there are."""
    return Proposal.objects.filter(state=state).order_by("-last_evidence", "-pk")[: MAX_PROPOSALS + 1]


def _shown(request: HttpRequest, given: Mapping[str, str] | None = None) -> HttpResponseBase:
    """The page; ``given`` is a decision that was refused."""
    asked = request.GET.get("proposals", "")
    state = ProposalState(asked) if asked in ProposalState.values else ProposalState.PROPOSED
    rows = list(proposals(state))
    counts = dict(Proposal.objects.order_by().values_list("state").annotate(Count("pk")))
    is_keeper = _keeps(request)
    context = {
        "proposals": [(row, told_evidence(row)) for row in rows[:MAX_PROPOSALS]],
        "has_more_proposals": len(rows) > MAX_PROPOSALS,
        "most": MAX_PROPOSALS,
        "state": state,
        "states": [(one, counts.get(one.value, 0)) for one in ProposalState],
        "may_decide": is_keeper and state != ProposalState.STALE,
        "for_keepers": "" if is_keeper else str(FOR_KEEPERS),
        "update": SignatureUpdate.objects.order_by("-revision").defer("data").first(),
        "given": given or {},
    }
    told = answer(request, LISTING, Endpoint.objects.all(), **context)
    told.status_code = 200 if given is None else 422
    return told


def _decided(request: HttpRequest) -> HttpResponseBase:
    """A decision, kept with who made it and on what; what is refused comes back with what was said."""
    need(_keeps(request))
    given = {name: str(text) for name, text in request.POST.items()}
    number, accept = given.get("number", ""), given.get("accept", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10) or accept not in ("0", "1"):
        raise Http404
    try:
        row = _written(request, int(number), accept == "1", given)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return _shown(request, given)
    said = ProposalState(row.state).label
    messages.success(request, str(bilingual(f"{row.value}：{said}", f"{row.value}: {said}")))
    return redirect(request.get_full_path())


def _keeps(request: HttpRequest) -> bool:
    return keeps_all_sensors(viewer(request).scope(Capability.RULES))


def _written(request: HttpRequest, number: int, accept: bool, given: Mapping[str, str]) -> Proposal:
    """The decision and its entry in the log: both are there or neither is."""
    now, who, reason = timezone.now(), user(request).get_username(), " ".join(given.get("reason", "").split())
    with transaction.atomic():
        row = decide(number, accept, who, reason, now, given.get("state"))
        told = {"what": row.state, "value": row.value}
        record(Deed(who, Action.CHANGE, "proposal", str(number), "", address_of(request), row.reason, told), now)
    return row

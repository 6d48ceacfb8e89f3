"""How does a person join or part leads? With a reason, on the record, and without losing where each session was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from collector.cases.book import MAX_TEXT_CHARS, algorithm, enter
from collector.cases.choices import Action, State
from collector.cases.follow import case_of, follow
from collector.cases.ledger import append, utc
from collector.cases.models import Lead, LeadSession
from collector.cases.services import refresh
from collector.cases.sources import family_of, head_of
from collector.cases.state import Entry
from collector.cases.tables import CaseEvent
from collector.faults import CollectorError
from collector.registry.numbers import hold, next_number

MAX_SPLIT = 10_000


@transaction.atomic
def merge(no: str, into_no: str, actor: str, reason: str, now: datetime) -> Lead:
    """Let everything of lead ``no``, now and later, count as lead ``into_no``'s. Its case goes along."""
    _check_reason(reason)
    hold("leads")
    lead, into = _pair(no, into_no)
    if lead.merged_into is not None or into.merged_into is not None:
        raise CollectorError(
            f"lead {no}: one of the two is merged already; merge into {head_of(into).no}",
            f"线索 {no}：其一已合并；请并入 {head_of(into).no}",
        )
    moved = LeadSession.objects.filter(lead=lead)
    count = moved.filter(home=None).update(lead=into, home=lead) + moved.update(lead=into)
    lead.merged_into = into
    lead.save(update_fields=["merged_into"])
    case = follow(lead, into, now, actor, reason)
    _reckon(lead, into)
    said = {"into": into_no, "reason": reason, "sessions": count, "case": case}
    _record(no, Action.LEAD_MERGE, actor, now, said)
    return into


@transaction.atomic
def unmerge(no: str, actor: str, reason: str, now: datetime) -> Lead:
    """Undo a merge: sessions, those to come and the case go back to lead ``no``."""
    _check_reason(reason)
    hold("leads")
    lead = lead_of(no)
    into = lead.merged_into
    if into is None:
        raise CollectorError(
            f"lead {no}: is not merged; see: cases lead {no}", f"线索 {no}：并未合并；可查 cases lead {no}"
        )
    homes = family_of(lead)
    back = LeadSession.objects.filter(home__in=homes, lead=into)
    count = back.exclude(home=lead).update(lead=lead) + back.filter(home=lead).update(lead=lead, home=None)
    lead.merged_into = None
    lead.save(update_fields=["merged_into"])
    case = _bring_back_case(lead, actor, reason, now)
    _reckon(lead, into)
    said = {"from": into.no, "reason": reason, "sessions": count, "case": case}
    _record(no, Action.LEAD_UNMERGE, actor, now, said)
    return lead


@transaction.atomic
def split(no: str, detection_ids: Sequence[str], actor: str, reason: str, now: datetime) -> Lead:
    """Put some sessions of a lead into a new one, where they stay whatever attribution says later."""
    _check_reason(reason)
    hold("leads")
    lead = lead_of(no)
    chosen = LeadSession.objects.filter(lead=lead, detection_id__in=detection_ids[:MAX_SPLIT])
    found = sorted(chosen.values_list("detection_id", flat=True))
    if len(found) != len(set(detection_ids)) or not found:
        raise CollectorError(
            f"lead {no}: has only {len(found)} of the sessions named; see: cases lead {no}",
            f"线索 {no}：所列会话只有 {len(found)} 个；可查 cases lead {no}",
        )
    if len(found) == lead.detections:
        raise CollectorError(
            f"lead {no}: all its sessions were named; leave at least one", f"线索 {no}：列出了全部会话；至少留下一个"
        )
    new_no = next_number(f"L{timezone.localtime(lead.first_seen).year}-")
    new = Lead.objects.create(
        no=new_no, key=f"split:{new_no}", first_seen=lead.first_seen, last_seen=lead.last_seen, ip=lead.ip
    )
    chosen.update(lead=new, home=None, is_pinned=True)
    _reckon(lead, new)
    _record(no, Action.LEAD_SPLIT, actor, now, {"to": new.no, "reason": reason, "sessions": found})
    return new


def lead_of(no: str) -> Lead:
    """The lead of a number; raises ``CollectorError``."""
    lead = Lead.objects.filter(no=no).first()
    if lead is None:
        raise CollectorError(
            f"lead {no}: there is no such lead; see: cases sources", f"线索 {no}：不存在；可查 cases sources"
        )
    return lead


def _pair(no: str, into_no: str) -> tuple[Lead, Lead]:
    if no == into_no:
        raise CollectorError(f"lead {no}: cannot be merged into itself", f"线索 {no}：不能并入自身")
    return lead_of(no), lead_of(into_no)


def _bring_back_case(lead: Lead, actor: str, reason: str, now: datetime) -> str:
    merged = lead.cases.filter(state=State.MERGED).last()
    if merged is not None and case_of(lead) is None:
        enter(merged.no, Action.UNMERGE, actor, now, {"reason": reason})
        return merged.no
    event = CaseEvent.objects.filter(subject=lead.no, action=Action.LEAD_MERGE).order_by("subject_seq").last()
    no = str(json.loads(event.body)["case"]) if event else ""
    if no and case_of(lead) is None:
        enter(no, Action.MOVE_LEAD, actor, now, {"lead": lead.no, "reason": reason})
    return no


def _reckon(*leads: Lead) -> None:
    for lead in leads:
        lead.refresh_from_db()
        refresh(lead)


def _record(no: str, action: Action, actor: str, now: datetime, body: dict[str, Any]) -> None:
    append(no, Entry(utc(now), actor, action, body), "", algorithm())


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MAX_TEXT_CHARS:
        raise CollectorError(
            f"lead: a reason of at most {MAX_TEXT_CHARS} characters must be given",
            f"线索：须写明理由，不超过 {MAX_TEXT_CHARS} 字",
        )

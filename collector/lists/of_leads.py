"""Which rows do the lists of leads have: key list (L2), stock (L3), field check (L4), self-audit (L9)?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q

from collector.cases.models import Lead, LeadSession
from collector.lists.choices import Category, Change, ListKind, Progress
from collector.lists.gather import CLAIMS
from collector.lists.issuing import Entry, Made, Scope, canonical, latest
from collector.lists.masking import is_person, mask_account, mask_name, shown_address
from collector.lists.models import ListRow
from collector.lists.registers import KeyEntry
from collector.lists.snapshot import utc_text
from collector.lists.standing import closed_before
from collector.lists.tying import tie_open
from collector.lists.week import CHINA, week_of
from collector.registry.choices import Nature
from collector.registry.divisions import is_code
from collector.registry.models import Organisation

RISE_WEEKS = 2
"""So many weeks in a row of a growing stock raise the alarm."""
STATE_OWNED = (
    Nature.STATE_ORGAN,
    Nature.PUBLIC_INSTITUTION,
    Nature.STATE_ENTERPRISE,
    Nature.UNIVERSITY,
    Nature.SCHOOL,
)
_CHUNK = 500
_MOST_WEEKS = 520


def key(scope: Scope) -> Made:
    """L2: what the province named until the week's end and is not cleared for good, with how it stands."""
    tie_open(str(scope.week))
    found = KeyEntry.objects.filter(seen_at__lt=scope.cutoff).select_related("lead").order_by("pk")
    entries = [entry for entry in found if _is_ours(scope, entry)]
    closed = closed_before((entry.lead_id for entry in entries if entry.lead_id), scope.cutoff)
    rows = [_key_row(entry, scope, entry.lead_id in closed) for entry in entries]
    cleared = sum(row["progress"] == Progress.DONE for row in rows)
    counties = _cleared_by_county(rows)
    share = round(100 * cleared / len(rows), 1) if rows else None
    summary = {"listed": len(rows), "cleared": cleared, "cleared_percent": share, "counties": counties}
    made = [
        Entry((row["division_code"], row["province_no"], row["ip"]), f"{entry.pk}", canonical(row), entry.lead_id)
        for entry, row in zip(entries, rows, strict=True)
    ]
    return Made(made, summary)


def stock(scope: Scope) -> Made:
    """L3: every lead that is open at the week's end, and whether the stock falls."""
    rows = [(lead, _stock_row(lead, counts, scope)) for lead, counts in _open_leads(scope)]
    made = [Entry((row["division_code"], row["lead"]), row["lead"], canonical(row), lead.pk) for lead, row in rows]
    return Made(made, _stock_summary([row for _, row in rows], scope))


def check(scope: Scope) -> Made:
    """L4: one form per open lead of the week's list, to be taken on site."""
    issue = latest(ListKind.WEEKLY, scope.week, scope.division_code)
    rows = issue.rows.filter(lead__isnull=False).order_by("position") if issue else ListRow.objects.none()
    forms: dict[str, Entry] = {}
    for row in rows.iterator(chunk_size=_CHUNK):
        no = row.snapshot["lead"]
        if no not in forms:
            forms[no] = Entry((row.position,), no, canonical({**row.snapshot, "list": row.issue_id}), row.lead_id)
    return Made(list(forms.values()))


def self_audit(scope: Scope) -> Made:
    """L9: every state-owned unit of the registry, with what was seen at it; the unit fills in the rest."""
    units = Organisation.objects.filter(nature__in=STATE_OWNED).order_by("division_code", "name", "pk")
    ours = [unit for unit in units.iterator(chunk_size=_CHUNK) if scope.has(unit.division_code)]
    seen = _seen_units(scope)
    made = []
    for unit in ours:
        row = {
            **_place(scope, unit.division_code),
            "unit_name": unit.name,
            "uscc": unit.uscc or "",
            "nature": unit.nature,
            "address": unit.address,
            "leads": sorted(seen.get(unit.uscc or unit.name, ())),
        }
        made.append(Entry((unit.division_code, unit.name, unit.pk), f"unit{unit.pk}", canonical(row)))
    return Made(made, {"units": len(made), "with_leads": sum(bool(seen.get(u.uscc or u.name)) for u in ours)})


def breaches(uscc: str, unit_name: str, since: date | None, cutoff: datetime) -> list[str]:
    """Numbers of the leads at a unit that was seen mining after the day it promised not to."""
    if since is None:
        return []
    sessions = LeadSession.objects.filter(
        Q(lead__uscc=uscc) if uscc else Q(lead__unit_name=unit_name, lead__uscc=""),
        first_seen__gte=datetime.combine(since + timedelta(days=1), datetime.min.time(), CHINA),
        first_seen__lt=cutoff,
        attribution__event__verdict__in=CLAIMS,
    )
    return sorted(set(sessions.values_list("lead__no", flat=True)))


def _is_ours(scope: Scope, entry: KeyEntry) -> bool:
    code = entry.lead.division_code if entry.lead and entry.lead.division_code else entry.division_code
    return scope.has(code) if is_code(code) else scope.division_code == "000000"


def _key_row(entry: KeyEntry, scope: Scope, is_closed: bool) -> dict[str, Any]:
    lead = entry.lead
    code = lead.division_code if lead and lead.division_code else entry.division_code
    return {
        "province_no": entry.province_no,
        "entry_week": entry.week,
        "due": entry.due.isoformat() if entry.due else None,
        "progress": (Progress.DONE if is_closed else Progress.OPEN).value,
        "overdue": bool(entry.due and not is_closed and entry.due < _day(scope.cutoff)),
        "ip": entry.ip,
        "port": entry.port,
        "seen_at": utc_text(entry.seen_at),
        "lead": lead.no if lead else None,
        **_place(scope, code),
        **(_unit(lead) if lead else {"unit_name": entry.unit_name, "uscc": "", "address": "", "subscriber": ""}),
    }


def _cleared_by_county(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Listed and cleared, by division code."""
    counts: dict[str, list[int]] = {}
    for row in rows:
        pair = counts.setdefault(row["division_code"], [0, 0])
        pair[0] += 1
        pair[1] += row["progress"] == Progress.DONE
    return dict(sorted(counts.items()))


def _open_leads(scope: Scope) -> Iterator[tuple[Lead, Mapping[str, int]]]:
    """Leads seen before the cut-off by a sure enough verdict and not closed, with their sessions by week."""
    sessions = LeadSession.objects.filter(first_seen__lt=scope.cutoff, attribution__event__verdict__in=CLAIMS)
    ids = sorted(set(sessions.values_list("lead_id", flat=True)))
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        closed = closed_before(part, scope.cutoff)
        counts = _counts([lead_id for lead_id in part if lead_id not in closed], scope)
        for lead in Lead.objects.filter(pk__in=list(counts)).order_by("pk"):
            if is_code(lead.division_code[:6]) and scope.has(lead.division_code):
                yield lead, counts[lead.pk]


def _counts(lead_ids: Sequence[int], scope: Scope) -> dict[int, dict[str, int]]:
    week, former = scope.week, scope.week.former()
    closed = closed_before(lead_ids, week.start)
    rows = LeadSession.objects.filter(lead_id__in=lead_ids, first_seen__lt=scope.cutoff).values_list("lead_id")
    sums = rows.annotate(
        this=Count("pk", filter=Q(last_seen__gte=week.start)),
        last=Count("pk", filter=Q(first_seen__lt=week.start, last_seen__gte=former.start)),
        before=Count("pk", filter=Q(first_seen__lt=week.start)),
        first=Min("first_seen"),
    )
    return {
        lead_id: {
            "this": this,
            "last": last,
            "before": before,
            "was_closed": before and lead_id in closed,
            "weeks": _weeks(first, scope),
        }
        for lead_id, this, last, before, first in sums
    }


def _weeks(first: datetime, scope: Scope) -> int:
    """In how many weeks it stood on the list, the running one included."""
    return min((scope.week.monday - week_of(first).monday).days // 7 + 1, _MOST_WEEKS)


def _stock_row(lead: Lead, counts: Mapping[str, int], scope: Scope) -> dict[str, Any]:
    category = Category.RELAPSE if counts["was_closed"] else Category.STOCK if counts["before"] else Category.NEW
    return {
        "lead": lead.no,
        "ip": lead.ip,
        **_place(scope, lead.division_code),
        **_unit(lead),
        "category": category.value,
        "weeks": counts["weeks"],
        "this_week": counts["this"],
        "last_week": counts["last"],
        "difference": counts["this"] - counts["last"],
    }


def _stock_summary(rows: Sequence[Mapping[str, Any]], scope: Scope) -> dict[str, Any]:
    """Count, trend and alarm (只减不增), why it rose, and what of the week's list is answered (周清周结)."""
    former = latest(ListKind.STOCK, scope.week.former(), scope.division_code)
    before = former.row_count if former else None
    rises = 0
    if former is not None and len(rows) > former.row_count:
        rises = int(former.summary.get("rises", 0)) + 1
    known = set(former.rows.values_list("lead__no", flat=True)) if former else set()
    causes = Counter(_why(row, known) for row in rows) if former else Counter()
    gone = len(known - {row["lead"] for row in rows})
    return {
        "count": len(rows),
        "former": before,
        "rises": rises,
        "alarm": rises >= RISE_WEEKS,
        "entered": dict(sorted((name, count) for name, count in causes.items() if name)),
        "left": gone,
        "week": _week_closes(scope),
    }


def _why(row: Mapping[str, Any], known: set[str]) -> str:
    """Why a lead stands on the list now and did not last week: new, relapsed, or its place became known."""
    if row["lead"] in known:
        return ""
    if row["category"] == Category.STOCK:
        return "relocated"
    return (Change.RELAPSED if row["category"] == Category.RELAPSE else Change.NEW).value


def _week_closes(scope: Scope) -> dict[str, int]:
    issue = latest(ListKind.WEEKLY, scope.week, scope.division_code)
    if issue is None:
        return {}
    ids = set(issue.rows.exclude(lead=None).values_list("lead_id", flat=True))
    answered = issue.rows.filter(reply__batch__created_at__lt=scope.now).values("lead_id").distinct().count()
    closed = len(closed_before((found for found in ids if found is not None), scope.now))
    return {"listed": len(ids), "answered": answered, "closed": closed}


def _seen_units(scope: Scope) -> dict[str, set[str]]:
    """Leads of the week and before, by credit code or name."""
    found: dict[str, set[str]] = {}
    since = scope.cutoff - timedelta(days=365)
    leads = Lead.objects.filter(first_seen__lt=scope.cutoff, last_seen__gte=since, detections__gt=0)
    for uscc, name, no in leads.values_list("uscc", "unit_name", "no").iterator(chunk_size=_CHUNK):
        if uscc or name:
            found.setdefault(uscc or name, set()).add(no)
    return found


def _unit(lead: Lead) -> dict[str, str]:
    """Who and where; a person's name, house number and account are masked."""
    masked = is_person(lead.unit_name, lead.uscc, "")
    return {
        "unit_name": mask_name(lead.unit_name) if masked else lead.unit_name,
        "uscc": lead.uscc,
        "address": shown_address(lead.address, lead.unit_name, lead.uscc),
        "subscriber": mask_account(lead.subscriber),
    }


def _place(scope: Scope, code: str) -> dict[str, str]:
    names = scope.tree.names(code)
    return {"province": names.province, "city": names.city, "county": names.county, "division_code": code}


def _day(moment: datetime) -> date:
    return (moment - timedelta(milliseconds=1)).astimezone(moment.tzinfo).date()

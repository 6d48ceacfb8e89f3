"""Who may go where? One row per route and method; a route that is not here fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.openapi.urls import get_openapi_urls

from collector.api import api

OWN, FOREIGN = "330400", "440300"
WEEK = "2026-W47"
CASE, ISSUE = "/cases/C2026-000001/", "/lists/MW-330400-2026W47-01/"
BULLETIN = "MW-B-330400-2026W47-01"
REASON = {"reason": "核查来信 2026-11"}

# Persons and tokens, by what they are. The matrix makes one of each at home in OWN and one in FOREIGN.
WORKERS = ("officer", "manager", "department")
READERS = (*WORKERS, "viewer", "assessor")
PERSONS = (*READERS, "carrier", "unit", "system-admin", "security-admin", "audit-admin", "expired")
TOKENS = ("token", "token-carrier", "token-expired", "sensor")
ACTORS = ("stranger", *PERSONS, *TOKENS)


@dataclass(frozen=True)
class Rule:
    """``allowed`` get ``ok`` at home; elsewhere they, and everywhere all others, get one of ``no``."""

    path: str
    allowed: tuple[str, ...]
    ok: int = 200
    no: tuple[int, ...] = (404,)
    scoped: bool = True
    data: tuple[tuple[str, str], ...] = ()


SIGNED_IN = PERSONS
ADMINS = ("system-admin", "security-admin")
REFUSED = (403, 404)
ANYBODY = ACTORS
RULES: dict[tuple[str, str], Rule] = {
    # A carrier begins with its requests, an administrator with the first page of the menu; who has no role is told so.
    ("GET", "console:overview"): Rule("/", (*READERS, "unit", "expired"), no=(302, 404), scoped=False),
    ("GET", "console:search"): Rule("/search/?q=203.0.113.9", SIGNED_IN, scoped=False),
    ("GET", "console:lists"): Rule("/lists/", READERS, no=REFUSED, scoped=False),
    ("GET", "console:preview"): Rule("/lists/preview/", READERS, no=REFUSED, scoped=False),
    ("GET", "console:leads"): Rule("/leads/", (*READERS, "unit"), no=REFUSED, scoped=False),
    ("GET", "console:cases"): Rule("/cases/", (*READERS, "unit"), no=REFUSED, scoped=False),
    ("GET", "console:case"): Rule(CASE, READERS),
    ("GET", "console:case-sheet"): Rule(f"{CASE}sheet/", READERS),
    ("POST", "console:case-act"): Rule(f"{CASE}act/", WORKERS, ok=302, data=(("action", "locate"),)),
    ("POST", "console:case-evidence"): Rule(f"{CASE}evidence/", WORKERS, ok=302),
    # Nothing is sealed in the matrix: nobody gets a file that is not there.
    ("GET", "console:case-file"): Rule(f"{CASE}evidence/{'0' * 64}", ()),
    ("POST", "console:case-open"): Rule("/cases/open/", WORKERS, ok=302, no=REFUSED, data=(("pick", "L1"),)),
    ("POST", "console:case-together"): Rule(
        "/cases/together/", WORKERS, ok=302, data=(("action", "locate"), ("pick", CASE.split("/")[2]))
    ),
    ("GET", "console:issue"): Rule(ISSUE, READERS),
    ("POST", "console:issue"): Rule(ISSUE, WORKERS, ok=422, no=REFUSED),
    ("POST", "console:issue-dispatch"): Rule(f"{ISSUE}dispatch/", WORKERS, ok=302, no=REFUSED),
    ("POST", "console:issue-sign"): Rule(f"{ISSUE}{OWN}/sign/", WORKERS, ok=302, data=(("person", "签收人"),)),
    ("GET", "console:issue-part"): Rule(f"{ISSUE}{OWN}.zip", READERS),
    ("GET", "console:bulletins"): Rule("/bulletins/", READERS, no=REFUSED, scoped=False),
    ("GET", "console:bulletin"): Rule(f"/bulletins/{BULLETIN}/", READERS),
    ("GET", "console:bulletin-file"): Rule(f"/bulletins/{BULLETIN}.xlsx", READERS),
    ("POST", "console:bulletin-freeze"): Rule(
        "/bulletins/freeze/", WORKERS, ok=302, data=(("division", OWN), ("week", WEEK))
    ),
    ("GET", "console:traces"): Rule("/traces/", (*READERS, "carrier"), no=REFUSED, scoped=False),
    ("POST", "console:trace-ask"): Rule("/traces/ask/", WORKERS, ok=302, data=(("division", OWN),)),
    ("GET", "console:trace"): Rule("/traces/T2026-000001/", (*READERS, "carrier")),
    ("POST", "console:trace"): Rule("/traces/T2026-000001/", (*WORKERS, "carrier"), ok=422, no=REFUSED),
    ("GET", "console:trace-file"): Rule("/traces/T2026-000001/file.csv", (*READERS, "carrier")),
    ("GET", "console:electricity"): Rule("/electricity/", READERS, no=REFUSED, scoped=False),
    ("POST", "console:electricity-tell"): Rule(
        "/electricity/tell/", WORKERS, ok=302, data=(("division", OWN), ("week", "2026-W47"))
    ),
    ("GET", "console:meter"): Rule("/electricity/0573000001/", READERS),
    ("POST", "console:meter"): Rule("/electricity/0573000001/", WORKERS, ok=302, data=(("week", "2026-W47"),)),
    ("GET", "console:tip-offs"): Rule("/tip-offs/", READERS, no=REFUSED, scoped=False),
    ("GET", "console:tip-off"): Rule("/tip-offs/900/", READERS),
    ("POST", "console:tip-off"): Rule("/tip-offs/900/", WORKERS, ok=302, data=(("progress", "open"),)),
    ("POST", "console:tip-off-unmask"): Rule("/tip-offs/900/unmask/", WORKERS, data=tuple(REASON.items())),
    ("GET", "console:report"): Rule("/report/", ANYBODY, scoped=False),
    ("POST", "console:report"): Rule("/report/", ANYBODY, ok=422, scoped=False, data=(("address", ""),)),
    ("GET", "console:report-status"): Rule("/report/status/", ANYBODY, scoped=False),
    ("POST", "console:report-status"): Rule("/report/status/", ANYBODY, scoped=False, data=(("code", "TPFFCDEFGH"),)),
    ("POST", "console:view-save"): Rule(
        "/views/leads/save/",
        (*READERS, "unit"),
        ok=302,
        no=REFUSED,
        scoped=False,
        data=(("name", "我的"), ("query", "coin=BTC")),
    ),
    # A view is its owner's alone, and nobody here has one.
    ("POST", "console:view-drop"): Rule("/views/900/drop/", ()),
    ("GET", "console:units"): Rule("/units/", (*READERS, "unit"), no=REFUSED, scoped=False),
    ("GET", "console:unit"): Rule("/units/900/", READERS),
    ("GET", "console:sensors"): Rule("/sensors/", (*READERS, "unit"), no=REFUSED, scoped=False),
    ("GET", "console:sensor"): Rule("/sensors/900/", READERS),
    ("GET", "console:selfaudits"): Rule("/self-audits/", (*READERS, "unit"), no=REFUSED, scoped=False),
    ("POST", "console:selfaudits"): Rule("/self-audits/", ("unit",), ok=302, no=REFUSED, scoped=False),
    ("GET", "console:selfaudit"): Rule("/self-audits/A000900/", READERS),
    ("POST", "console:selfaudit-submit"): Rule("/self-audits/A000900/submit/", (), no=REFUSED),
    # The matrix looks at nothing: nobody gets a report that is not there.
    ("GET", "console:selfaudit-report"): Rule("/self-audits/A000900/report.html", ()),
    ("GET", "console:signatures"): Rule("/signatures/", READERS, no=REFUSED, scoped=False),
    ("GET", "console:pools"): Rule("/pools/", READERS, no=REFUSED, scoped=False),
    # There is no proposal in the matrix: who may decide is told so.
    ("POST", "console:pools"): Rule(
        "/pools/",
        ("manager",),
        ok=422,
        no=REFUSED,
        scoped=False,
        data=(("number", "1"), ("accept", "1"), *REASON.items()),
    ),
    ("GET", "console:imports"): Rule("/imports/", (*WORKERS, "carrier"), no=REFUSED, scoped=False),
    ("POST", "console:imports"): Rule("/imports/", (*WORKERS, "carrier"), ok=302, no=REFUSED, scoped=False),
    ("POST", "console:import-undo"): Rule("/imports/I000001/undo/", WORKERS, ok=302, no=REFUSED, scoped=False),
    ("GET", "console:import-step"): Rule(
        f"/imports/new/line-ledger/{'k' * 32}/", (*WORKERS, "carrier"), ok=302, no=REFUSED, scoped=False
    ),
    ("GET", "console:audit"): Rule("/audit/", ("audit-admin",), no=REFUSED, scoped=False),
    ("GET", "console:people"): Rule("/people/", ADMINS, no=REFUSED, scoped=False),
    ("GET", "console:person"): Rule("/people/{holder}/", ADMINS, no=REFUSED),
    ("POST", "console:account-open"): Rule("/people/open/", (), no=REFUSED, data=(("name", "new"), ("office", "0"))),
    ("POST", "console:office-open"): Rule("/people/offices/open/", ("system-admin",), ok=302, no=REFUSED, scoped=False),
    ("POST", "console:person-decide"): Rule(
        "/people/{holder}/decide/", ("system-admin",), ok=302, no=REFUSED, data=(("deed", "account"), ("open", "1"))
    ),
    ("GET", "console:keys"): Rule("/keys/", ADMINS, no=REFUSED, scoped=False),
    ("POST", "console:key-issue"): Rule("/keys/issue/", (), no=REFUSED, data=(("office", "0"),)),
    ("POST", "console:key-approve"): Rule(
        "/keys/{key}/approve/", ("security-admin",), ok=302, no=REFUSED, data=tuple(REASON.items())
    ),
    ("POST", "console:key-revoke"): Rule("/keys/{key}/revoke/", ADMINS, ok=302, no=REFUSED),
    ("GET", "console:rules"): Rule("/rules/duties/", READERS, no=REFUSED, scoped=False),
    ("POST", "console:rule-put"): Rule("/rules/tariffs/put/", ("manager",), ok=422, no=REFUSED, scoped=False),
    ("POST", "console:rule-end"): Rule("/rules/tariffs/{tariff}/end/", ("manager",), ok=302, no=REFUSED),
    ("POST", "console:freeze"): Rule(
        "/lists/freeze/", WORKERS, ok=302, data=(("division", OWN), ("week", WEEK)), no=(404,)
    ),
    ("GET", "console:download"): Rule("/lists/MW-330400-2026W47-01.zip", READERS),
    ("GET", "console:lead"): Rule("/leads/L1/", READERS),
    ("POST", "console:unmask"): Rule("/leads/L1/unmask/", WORKERS, data=tuple(REASON.items())),
    ("POST", "console:case-unmask"): Rule(f"{CASE}unmask/", WORKERS, data=tuple(REASON.items())),
    ("POST", "console:trace-unmask"): Rule("/traces/T2026-000001/unmask/", WORKERS, data=tuple(REASON.items())),
    ("POST", "console:unit-unmask"): Rule("/units/900/unmask/", WORKERS, data=tuple(REASON.items())),
    ("POST", "console:issue-unmask"): Rule(f"{ISSUE}unmask/", WORKERS, data=tuple(REASON.items())),
    ("GET", "console:login"): Rule("/login/", ANYBODY, scoped=False),
    ("POST", "console:logout"): Rule("/logout/", ANYBODY, ok=302, scoped=False),
    ("POST", "console:language"): Rule("/language/", ANYBODY, ok=302, scoped=False, data=(("language", "en"),)),
    ("GET", "accounts:welcome"): Rule("/account/welcome/MQ/none-at-all/", ANYBODY, scoped=False),
    ("GET", "accounts:password"): Rule("/account/password/", SIGNED_IN, scoped=False),
    ("GET", "accounts:second-factor"): Rule("/account/second-factor/", SIGNED_IN, scoped=False),
    ("POST", "api:deliver"): Rule("/api/v1/detections", ("sensor",), ok=415, no=(401,), scoped=False),
    ("POST", "api:beat"): Rule("/api/v1/heartbeats", ("sensor",), ok=415, no=(401,), scoped=False),
    ("GET", "api:whoami"): Rule("/api/v1/sensor", ("sensor",), no=(401,), scoped=False),
    ("GET", "api:read"): Rule(f"/api/v1/detections?division={OWN}", ("token",), no=(401, 403)),
    ("GET", "api:fetch"): Rule(f"/api/v1/weekly-lists/{WEEK}?division={OWN}", ("token",), no=(401, 403)),
    ("POST", "api:freeze_week"): Rule(f"/api/v1/weekly-lists/{WEEK}?division={OWN}", ("token",), no=(401, 403)),
    ("POST", "api:sign_for"): Rule(
        f"/api/v1/weekly-lists/{WEEK}/receipt?division={OWN}&issue=none&person=li",
        ("token",),
        ok=404,
        no=(401, 403),
    ),
    ("GET", "api:fetch_bulletin"): Rule(f"/api/v1/bulletins/{WEEK}?division={OWN}", ("token",), no=(401, 403)),
    ("POST", "api:freeze_bulletin"): Rule(f"/api/v1/bulletins/{WEEK}?division={OWN}", ("token",), no=(401, 403)),
    ("GET", "api:power_suspects"): Rule(
        f"/api/v1/power/suspects?division={OWN}&first=2026-11-16&last=2026-11-22", ("token",), no=(401, 403)
    ),
    ("GET", "api:show_lead"): Rule("/api/v1/leads/L1", ("token",), no=(401, 403, 404)),
    ("POST", "api:merge_lead"): Rule(
        "/api/v1/leads/L1/merge", ("token",), ok=400, no=(401, 403, 404), data=(("into", "L1"), *REASON.items())
    ),
    ("POST", "api:unmerge_lead"): Rule(
        "/api/v1/leads/L1/unmerge", ("token",), ok=400, no=(401, 403, 404), data=tuple(REASON.items())
    ),
    ("POST", "api:split_lead"): Rule(
        "/api/v1/leads/L1/split", ("token",), ok=400, no=(401, 403, 404), data=(("sessions", "x"), *REASON.items())
    ),
    ("GET", "api:list_allowances"): Rule("/api/v1/allowances", ("token",), no=(401, 403), scoped=False),
    ("GET", "api:closed_in_error"): Rule(
        "/api/v1/error-share?since=2026-11-01&until=2026-11-30", ("token",), no=(401, 403), scoped=False
    ),
    ("GET", "api:show_guide"): Rule(f"/api/v1{CASE}guide", ("token",), ok=400, no=(401, 403, 404)),
    ("GET", "api:list_referrals"): Rule("/api/v1/referrals", ("token",), no=(401, 403), scoped=False),
    ("POST", "api:hand_over"): Rule(
        "/api/v1/referrals",
        ("token",),
        ok=400,
        no=(401, 403, 404),
        data=(
            ("lead", "L1"),
            ("matter", "fiscal"),
            ("department", "财政局"),
            ("clause", "x"),
            ("sent_on", "2026-11-20"),
        ),
    ),
    # There is no referral in the matrix: nobody gets one that is not there.
    ("POST", "api:answer_referral"): Rule(
        "/api/v1/referrals/R2026-000001", (), no=(401, 403, 404), data=(("progress", "accepted"),)
    ),
    ("POST", "api:look_up_listed"): Rule("/api/v1/look-ups", ("token",), ok=400, no=(401, 403), scoped=False),
    ("GET", "api:park_sweep"): Rule(
        "/api/v1/parks?first=2026-11-16&last=2026-11-22", ("token",), no=(401, 403), scoped=False
    ),
    ("POST", "api:post_bundle"): Rule("/api/v1/bundles", ("token",), ok=400, no=(401, 403), scoped=False),
    ("GET", "api:get_bundle"): Rule(
        f"/api/v1/bundles?division={OWN}&since=2026-11-16T00:00:00Z&until=2026-11-22T00:00:00Z",
        ("token",),
        no=(401, 403),
    ),
    ("GET", "api:received_cases"): Rule("/api/v1/received/cases", ("token",), no=(401, 403), scoped=False),
    ("GET", "api:received_lists"): Rule("/api/v1/received/lists", ("token",), no=(401, 403), scoped=False),
    ("POST", "api:tell_power_suspects"): Rule(
        f"/api/v1/power/suspects?division={OWN}&first=2026-11-16&last=2026-11-22", ("token",), no=(401, 403)
    ),
    ("GET", "api:list_cases"): Rule("/api/v1/cases", ("token",), no=(401, 403), scoped=False),
    ("GET", "api:lead_sources"): Rule("/api/v1/lead-sources", ("token",), no=(401, 403), scoped=False),
    ("GET", "api:show_case"): Rule("/api/v1/cases/C2026-000001", ("token",), no=(401, 403, 404)),
    ("GET", "api:case_entries"): Rule("/api/v1/cases/C2026-000001/entries", ("token",), no=(401, 403, 404)),
    ("POST", "api:act_on_case"): Rule(
        "/api/v1/cases/C2026-000001/acts", ("token",), no=(401, 403, 404), data=(("action", "clearance"),)
    ),
    ("POST", "api:attach_evidence"): Rule(
        "/api/v1/cases/C2026-000001/evidence", ("token",), ok=400, no=(401, 403, 404)
    ),
    ("GET", "api:watched_endpoints"): Rule("/api/v1/watch/endpoints", ("token",), no=(401, 403), scoped=False),
    ("GET", "api:watch_proposals"): Rule("/api/v1/watch/proposals", ("token",), no=(401, 403), scoped=False),
    # There is no proposal in the matrix, and so no update.
    ("POST", "api:decide_proposal"): Rule("/api/v1/watch/proposals/1", ("token",), ok=400, no=(401, 403), scoped=False),
    ("POST", "api:make_signature_update"): Rule(
        "/api/v1/watch/updates", ("token",), ok=400, no=(401, 403), scoped=False
    ),
    ("GET", "api:fetch_signature_update"): Rule(
        "/api/v1/watch/updates/latest", ("token",), ok=404, no=(401, 403), scoped=False
    ),
    ("GET", "api:verification_requests"): Rule("/api/v1/watch/requests", ("token",), no=(401, 403), scoped=False),
    ("POST", "api:verification_answers"): Rule(
        "/api/v1/watch/answers", ("token",), ok=400, no=(401, 403), scoped=False
    ),
    ("GET", "api:health"): Rule("/api/v1/health", ANYBODY, scoped=False),
}


def routes() -> Iterator[tuple[str, str]]:
    """Method and name of every route: operations of the API, and what URL patterns lead to a page."""
    for _, router in api._routers:
        for path_view in router.path_operations.values():
            for operation in path_view.operations:
                for method in operation.methods:
                    yield method, f"api:{operation.view_func.__name__}"
    for name, pattern in _pages(get_resolver().url_patterns, ""):
        known = [method for method in ("GET", "POST") if (method, name) in RULES]
        allowed = getattr(pattern.callback, "view_class", None)
        yield from ((method, name) for method in known or ["POST" if allowed is None else "GET"])


def _pages(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[tuple[str, URLPattern]]:
    documents = {str(one.pattern) for one in get_openapi_urls(api)}
    for one in patterns:
        if isinstance(one, URLResolver):
            if one.namespace != "api":
                yield from _pages(one.url_patterns, one.namespace or space)
        elif str(one.pattern) not in documents:
            yield f"{space}:{one.name}", one

"""Which tables hold rows of persons that go after a term? One rule for each, with its option."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from collector.audit.retention import Purged, Rule, purge, purge_audit
from collector.ingest.models import Rejection
from collector.registry.choices import Source
from collector.registry.models import OwnershipRecord
from collector.settings.config import RetentionOptions

_CARRIER_LOGS = (Source.AAA, Source.CGN, Source.DHCP)
SESSIONS = Rule(
    "sessions", lambda before: OwnershipRecord.objects.filter(source__in=_CARRIER_LOGS, valid_to__lt=before)
)
REJECTIONS = Rule("rejections", lambda before: Rejection.objects.filter(created_at__lt=before))


def purge_all(options: RetentionOptions, actor: str, now: datetime) -> Iterator[Purged]:
    """Apply every rule that has a term. The audit log comes last: it tells of the others."""
    for rule, days in ((SESSIONS, options.sessions_days), (REJECTIONS, options.rejections_days)):
        if days is not None:
            yield purge(rule, days, actor, now)
    if options.audit_days is not None:
        yield purge_audit(options.audit_days, actor, now)

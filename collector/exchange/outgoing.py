"""What is written for another system? A division's detections of a span, in the form it reads; and that it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.accounts.scope import Scope, within
from collector.audit.choices import Action
from collector.audit.services import Deed, record
from collector.chain import digest
from collector.exchange.formats.cef import cef_lines
from collector.exchange.formats.ecs import ecs_lines
from collector.exchange.formats.misp import misp_feed
from collector.exchange.formats.stix import stix_bundle
from collector.faults import CollectorError
from collector.ingest.models import Detection
from collector.registry.divisions import is_code
from sensor.model.wire import Detection as Wire

MAX_ROWS = 100_000
_CHUNK = 1_000
_ORG = "Minewatch"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which detections, in which form: a division's, received in ``since <= t < until``."""

    form: str
    division_code: str
    since: datetime
    until: datetime


def written(wanted: Wanted) -> Mapping[str, bytes]:
    """The files by name; raises ``CollectorError``."""
    if not is_code(wanted.division_code):
        raise CollectorError(f"--division {wanted.division_code!r}: is no division code; give six digits, like 330400")
    rows = _rows(wanted)
    if wanted.form == "misp":
        return misp_feed(rows, _ORG)
    if wanted.form == "stix":
        return {"detections.stix.json": stix_bundle(rows)}
    lines = ecs_lines(rows) if wanted.form == "ecs" else cef_lines(rows)
    return {f"detections.{wanted.form}": b"".join(lines)}


def shared(wanted: Wanted, recipient: str, files: Mapping[str, bytes], actor: str, now: datetime) -> None:
    """Write down what left, and for whom."""
    detail = {"recipient": recipient, "form": wanted.form, "sha256": digest(b"".join(files.values()))}
    record(Deed(actor, Action.SHARE, "detections", wanted.division_code, purpose=recipient, detail=detail), now)


def _rows(wanted: Wanted) -> Iterator[Wire]:
    place = within("sensor__division_code", Scope((wanted.division_code,)))
    rows = Detection.objects.filter(place, received_at__gte=wanted.since, received_at__lt=wanted.until)
    for number, body in enumerate(rows.order_by("pk").values_list("body", flat=True).iterator(chunk_size=_CHUNK)):
        if number >= MAX_ROWS:
            raise CollectorError(f"more than {MAX_ROWS} detections; choose a shorter span with --since and --until")
        yield Wire.model_validate(body)

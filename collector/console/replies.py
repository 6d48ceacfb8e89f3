"""What happens when a reply is uploaded? Judged row by row; a carrier's has its sessions attributed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile

from collector.cases.services import update_leads
from collector.console.language import in_words
from collector.console.uploads import received
from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportRefusedError, ImportReport, ImportRequest, run_import
from collector.registry.imports.table import HeaderError
from collector.resolve.options import current_options
from collector.resolve.services import registry_for, resolve_many
from collector.resolve.state import registry_state
from collector.text import bilingual
from collector.trace.models import TraceRequest


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the file. ``refusal``: why nothing was taken; ``report``: the rows, where it got that far."""

    report: ImportReport | None = None
    refusal: str = ""
    is_rehearsal: bool = False


def take_reply(trace: TraceRequest, file: UploadedFile[Any] | None, user: User, *, is_rehearsal: bool) -> Taken:
    """Take in a carrier's reply to ``trace``; a rehearsal judges every row and changes nothing."""
    taken = _take(ImportKind.TRACE_REPLY, file, user, is_rehearsal=is_rehearsal)
    if not is_rehearsal and not taken.refusal:
        _attribute(trace)
    return taken


def take_list_reply(file: UploadedFile[Any] | None, user: User, *, is_rehearsal: bool) -> Taken:
    """Take in a county's reply to a list; rows find theirs by the hidden id."""
    return _take(ImportKind.LIST_REPLY, file, user, is_rehearsal=is_rehearsal)


def _take(kind: ImportKind, file: UploadedFile[Any] | None, user: User, *, is_rehearsal: bool) -> Taken:
    if file is None:
        return Taken(refusal=str(bilingual("请选择文件", "Choose a file")), is_rehearsal=is_rehearsal)
    try:
        with received(file) as path:
            wanted = ImportRequest(kind, path, dry_run=is_rehearsal, user=user)
            return Taken(run_import(wanted, settings.COLLECTOR.imports), is_rehearsal=is_rehearsal)
    except ImportRefusedError as fault:
        return Taken(fault.report, in_words(fault), is_rehearsal)
    except HeaderError:
        told = bilingual(
            "文件里没有行标识列：请用本页下载的文件填写后上传",
            "The file lacks the columns of row ids: fill in the file that this page offers, and bring that",
        )
        return Taken(refusal=str(told), is_rehearsal=is_rehearsal)
    except CollectorError as fault:
        return Taken(refusal=in_words(fault), is_rehearsal=is_rehearsal)


def _attribute(trace: TraceRequest) -> None:
    """The request's sessions only: all others wait for the next run over everything."""
    items = trace.items.exclude(user_type="").select_related("event__sensor").order_by("event")
    events = list({item.event_id: item.event for item in items}.values())
    options = current_options()
    if events:
        resolve_many(events, registry_for(options), registry_state(options))
        update_leads()

"""How does a tip-off come to be, and lead to something? With a code by which the teller can ask without a name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from collector.cases.choices import SourceKind
from collector.cases.models import Lead, LeadSource
from collector.cases.naming import Named
from collector.cases.sources import Report, move_source, note_source, report
from collector.faults import CollectorError
from collector.lists.choices import Progress
from collector.lists.registers import TipOff
from collector.registry.divisions import is_code
from collector.registry.numbers import hold

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without what is misread on the telephone: 0 and O, 1 and I and L, U and V."""
_CODE_CHARS = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What a teller said; the fields that local notices ask for."""

    address: str
    division_code: str
    channel: str = "12398"
    unit_name: str = ""
    electricity: str = ""
    text: str = ""
    contact: str = ""


def tip_off(told: Told, now: datetime) -> TipOff:
    """Write a tip-off down; answers it with its follow-up code. Raises ``CollectorError``."""
    if not is_code(told.division_code) or not told.address.strip():
        raise CollectorError(
            "tip-off: needs an address and a six-digit division code; ask the teller",
            "举报：须有地址和六位区划代码；请向举报人核实",
        )
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_CHARS))
    return TipOff.objects.create(code=code, told_at=now, **{name: getattr(told, name) for name in Told.__slots__})


def follow_up(code: str) -> TipOff:
    """The tip-off of a code, however it was typed. Raises ``CollectorError``."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    found = TipOff.objects.filter(code=plain).first()
    if found is None:
        raise CollectorError(
            f"tip-off {code}: there is none with this code; read it out again",
            f"举报 {code}：没有此查询码；请核对后重报",
        )
    return found


@transaction.atomic
def answer(code: str, progress: str, text: str, lead_no: str = "") -> TipOff:
    """Say how a tip-off stands. What is accepted speaks of a lead: of the one named, else of one of its own.

    What only came in, or is refused, speaks of nobody: anybody can send a tip-off.
    """
    hold("leads")
    found = follow_up(code)
    if progress not in Progress.values:
        raise CollectorError(
            f"progress {progress}: is none of {', '.join(Progress.values)}", f"办理状态 {progress}：不在可选项中"
        )
    found.progress, found.answer = progress, text[:500]
    found.lead = lead_named(lead_no) if lead_no else found.lead
    if progress in (Progress.ACCEPTED, Progress.DONE):
        found.lead = _speak(found)
    else:
        LeadSource.objects.filter(kind=SourceKind.TIP_OFF, reference=found.code).delete()
    found.save()
    return found


def _speak(told: TipOff) -> Lead:
    """Note the tip-off as a source of the lead it led to."""
    if told.lead is not None:
        move_source(SourceKind.TIP_OFF, told.code, told.lead)
        note_source(told.lead, SourceKind.TIP_OFF, told.code, told.told_at, told.told_at)
        return told.lead
    who = Named(unit_name=told.unit_name, place=told.division_code)
    key = "" if told.unit_name else f"tip-off:{told.code}"
    return report(Report(SourceKind.TIP_OFF, told.code, told.told_at, who, told.division_code, told.address, key))


def lead_named(no: str) -> Lead:
    """The lead of a number; raises ``CollectorError``."""
    found = Lead.objects.filter(no=no).first()
    if found is None:
        raise CollectorError(
            f"lead {no}: there is no such lead; take the number from a list", f"线索 {no}：不存在；编号见清单"
        )
    return found

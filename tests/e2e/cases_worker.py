"""What does an office do all day? Opens cases and works them, until somebody pulls the plug. Run as a process."""

from __future__ import annotations

import os
import sys
from itertools import count

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "collector.settings.deployed"
os.environ["MINEWATCH_COLLECTOR_CONFIG"] = sys.argv[1]
django.setup()

from django.utils import timezone  # noqa: E402  # after django.setup()

from collector.cases import casework  # noqa: E402
from collector.cases.choices import Action, Cause, Measure, SourceKind  # noqa: E402
from collector.cases.naming import Named  # noqa: E402
from collector.cases.sources import Report, report  # noqa: E402

WAY = (Action.LOCATE, Action.DISPATCH, Action.RECEIVE, Action.CHECK, Action.CONFIRM, Action.RECTIFY, Action.SUBMIT)


def work(round_no: int) -> None:
    """One case from lead to review; each step is several entries, or several tables, in one transaction."""
    now = timezone.now()
    unit = Named(unit_name=f"{os.getpid()}-{round_no}", place="330402")
    lead = report(Report(SourceKind.TIP_OFF, "T-1", now, unit, "330402"))
    no = casework.open_case(lead.no, "worker", now).no
    for action in WAY:
        now = timezone.now()
        if action == Action.DISPATCH:
            casework.dispatch(no, "worker", now)
        else:
            casework.move(no, action, "worker", now)
    casework.set_cause(no, Cause.HIJACKED, "worker", timezone.now())
    casework.take_measure(no, Measure.CLEANED, round_no, "worker", timezone.now())


for number in count():
    work(number)

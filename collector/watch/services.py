"""What does pool watch do by itself? Two jobs of the worker."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from collector.watch.lives import read_statements
from collector.watch.proposals import age, propose
from collector.watch.verifying import run_verification


def watch_pools(now: datetime) -> str:
    """Take new statements in, propose what they found, take back what nobody sees any longer."""
    return f"{read_statements()} statements, {propose(now)} proposals, {age(now)} stale"


def verify_servers(now: datetime) -> str:
    """Have suspected servers asked, where that is allowed at all."""
    options = settings.COLLECTOR.watch
    return run_verification(options.verify_config, options.verify_per_run, now)

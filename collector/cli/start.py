"""When does Django start? As late as possible: when a command really runs, under the configuration it was given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from typer.core import TyperCommand

from collector.faults import CollectorError
from collector.settings.config import CONFIG_VARIABLE
from sensor.model.errors import ConfigError

if TYPE_CHECKING:
    from typer._click.core import Context

_OWNER_ONLY = 0o077


def use_config(path: Path | None) -> None:
    """Make ``path`` the configuration of this process and of the workers it starts."""
    if path is not None:
        os.environ[CONFIG_VARIABLE] = str(path.resolve())


def start_django() -> None:
    """Load the settings and the models; raises ``ConfigError``. Files made from here on are the owner's only."""
    import django
    from django.conf import settings

    if settings.configured:
        return
    # A database of leads, names and tokens is nobody else's to read, whatever the shell's umask says.
    os.umask(_OWNER_ONLY)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collector.settings.deployed")
    try:
        django.setup()
    except ImproperlyConfigured as fault:
        hint = "install the extra: pip install 'minewatch[postgres]'" if "psycopg" in str(fault) else "check it"
        raise ConfigError(f"collector configuration: {fault}; {hint}") from None


class DjangoCommand(TyperCommand):
    """A command that needs the database; its faults become one line, never a traceback."""

    def invoke(self, ctx: Context) -> Any:
        """Start Django, then run."""
        start_django()
        try:
            return super().invoke(ctx)
        except DatabaseError as fault:
            raise CollectorError(
                f"database: {fault}; is it there and migrated? try: minewatch collector migrate"
            ) from None

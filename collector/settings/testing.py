"""Which settings do the tests run under? Those of a deployment, on a throw-away database.

SQLite in memory; PostgreSQL when ``MINEWATCH_TEST_POSTGRES`` names the host or socket directory of a server that lets
the user ``minewatch`` make databases.
"""

from __future__ import annotations

import os
from typing import Any

from collector.settings.base import *  # noqa: F403
from collector.settings.base import SQLITE_OPTIONS
from collector.settings.config import CollectorConfig

COLLECTOR = CollectorConfig()
SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
_SQLITE: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": SQLITE_OPTIONS}
_POSTGRES: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "minewatch",
    "USER": "minewatch",
    "HOST": os.environ.get("MINEWATCH_TEST_POSTGRES", ""),
}
DATABASES = {"default": _POSTGRES if _POSTGRES["HOST"] else _SQLITE}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True

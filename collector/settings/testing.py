"""Which settings do the tests run under? Those of a deployment, on a throw-away SQLite database in memory.

Tests that need a database run on it and on PostgreSQL: the fixture ``database`` in ``tests/conftest.py`` swaps them.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from collector.settings.base import *  # noqa: F403
from collector.settings.base import SQLITE_OPTIONS
from collector.settings.config import CollectorConfig

_data_dir = Path(tempfile.mkdtemp(prefix="minewatch-test-"))
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)

COLLECTOR = CollectorConfig(data_dir=_data_dir)
SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": SQLITE_OPTIONS}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True

"""Which settings does a deployment run under? Those of ``base`` and what ``collector.yaml`` says."""

from __future__ import annotations

from collector.settings.base import *  # noqa: F403
from collector.settings.base import POSTGRES_OPTIONS, SQLITE_OPTIONS
from collector.settings.config import CollectorConfig, PostgresOptions, load_config
from collector.settings.secret import secret_key
from sensor.model.errors import ConfigError


def _database(config: CollectorConfig) -> dict[str, object]:
    chosen = config.database
    if isinstance(chosen, PostgresOptions):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": chosen.name,
            "USER": chosen.user,
            "PASSWORD": chosen.password,
            "HOST": chosen.host,
            "PORT": chosen.port,
            "CONN_MAX_AGE": 60,
            "OPTIONS": POSTGRES_OPTIONS,
        }
    folder = config.sqlite_path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        raise ConfigError(f"{folder}: cannot be made: {fault.strerror}; set database.path or data_dir") from None
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(config.sqlite_path), "OPTIONS": SQLITE_OPTIONS}


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "collector": {"level": "INFO"},
        # Errors go to the log; nobody is mailed from an air-gapped machine.
        "django": {"handlers": [], "level": "WARNING"},
    },
}
COLLECTOR = load_config()
SECRET_KEY = secret_key(COLLECTOR)
DEBUG = False
ALLOWED_HOSTS = COLLECTOR.allowed_hosts
CSRF_TRUSTED_ORIGINS = COLLECTOR.trusted_origins
DATABASES = {"default": _database(COLLECTOR)}
LANGUAGE_CODE = COLLECTOR.language
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = COLLECTOR.over_https
SESSION_COOKIE_AGE = COLLECTOR.login.session_s
SECURE_HSTS_SECONDS = 31_536_000 if COLLECTOR.over_https else 0
if COLLECTOR.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

"""Which options does the collector have? ``collector.yaml``, checked; a fault names the file, line and key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from collector.settings.attribution import AttributionOptions
from collector.settings.cases import CasesOptions
from collector.settings.options import Bounded, Options
from sensor.model.options import load_options

CONFIG_VARIABLE = "MINEWATCH_COLLECTOR_CONFIG"
"""Environment variable that names the configuration file; without it and without ``--config`` the defaults hold."""


class SqliteOptions(Options):
    """One file, for one machine."""

    engine: Literal["sqlite"] = "sqlite"
    path: Path | None = None


class PostgresOptions(Options):
    """A PostgreSQL server; needs the optional extra ``postgres``."""

    engine: Literal["postgresql"]
    name: str = "minewatch"
    user: str = "minewatch"
    password: str = ""
    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 5432


class IngestOptions(Options):
    """Bounds of one delivery."""

    max_rows: Bounded = 10_000
    max_row_chars: Bounded = 1024 * 1024
    max_body_bytes: Bounded = 8 * 1024 * 1024
    max_decompressed_bytes: Bounded = 64 * 1024 * 1024
    max_rejections_kept: Bounded = 1_000
    max_rejections_per_sensor: Bounded = 100_000
    max_heartbeats_per_sensor: Bounded = 600_000
    max_raw_chars: Bounded = 2_000
    max_clock_ahead_s: Bounded = 86_400


class ImportOptions(Options):
    """Bounds of one imported file."""

    max_file_bytes: Bounded = 256 * 1024 * 1024
    max_rows: Bounded = 2_000_000
    max_faults_kept: Bounded = 1_000


class SelfAuditOptions(Options):
    """Bounds of what a unit has looked at, and how much of it is kept."""

    max_capture_bytes: Bounded = 1024 * 1024 * 1024
    max_asset_bytes: Bounded = 32 * 1024 * 1024
    max_run_s: Annotated[int, Field(ge=1, le=1_500)] = 1_500
    max_waiting_per_office: Bounded = 5
    max_kept_per_office: Bounded = 200


class LoginOptions(Options):
    """How often a password may be wrong, how long a login lasts, and who needs a second factor."""

    second_factor: Literal["optional", "required"] = "optional"
    max_failures: Bounded = 5
    window_s: Bounded = 900
    max_tracked: Bounded = 10_000
    session_s: Bounded = 14_400


class TipOffOptions(Options):
    """The public's form: whether it is open, and how much of it one sender and all together may use in a window."""

    is_open: bool = True
    max_per_sender: Bounded = 5
    max_wrong_codes: Bounded = 10
    max_in_all: Bounded = 500
    window_s: Bounded = 3_600


class BusOptions(Options):
    """A bus that sensors deliver over; ``consume`` reads it."""

    url: str = ""
    replicas: Annotated[int, Field(ge=1, le=5)] = 3
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class WatchOptions(Options):
    """Pool watch: whether suspected servers are verified, and how many at a time."""

    verify_config: Path | None = None
    verify_per_run: Annotated[int, Field(ge=1, le=200)] = 20


class RetentionOptions(Options):
    """How long rows of persons are kept, in days; null: for ever. The audit log stays six months at least."""

    audit_days: Annotated[int, Field(ge=180)] | None = None
    sessions_days: Bounded | None = 180
    rejections_days: Bounded | None = 90


class ServeOptions(Options):
    """Where and how the server listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8443
    workers: Bounded = 1
    threads: Bounded = 4
    stop_timeout_s: Bounded = 30
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.tls_certificate is None) is not (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        return self


class CollectorConfig(Options):
    """Every option of the collector."""

    data_dir: Path = Path("collector-data")
    database: Annotated[SqliteOptions | PostgresOptions, Field(discriminator="engine")] = SqliteOptions()
    secret_key: Annotated[str, Field(min_length=32)] | None = None
    allowed_hosts: list[str] = ["localhost", "127.0.0.1", "[::1]"]
    trusted_origins: list[str] = []
    https: bool | None = None
    behind_proxy: bool = False
    language: Literal["zh-hans", "en"] = "zh-hans"
    serve: ServeOptions = ServeOptions()
    login: LoginOptions = LoginOptions()
    watch: WatchOptions = WatchOptions()
    ingest: IngestOptions = IngestOptions()
    imports: ImportOptions = ImportOptions()
    self_audit: SelfAuditOptions = SelfAuditOptions()
    attribution: AttributionOptions = AttributionOptions()
    cases: CasesOptions = CasesOptions()
    tip_offs: TipOffOptions = TipOffOptions()
    retention: RetentionOptions = RetentionOptions()
    bus: BusOptions = BusOptions()

    @property
    def sqlite_path(self) -> Path:
        """Path of the SQLite file when none is named: inside the data directory."""
        named = self.database.path if isinstance(self.database, SqliteOptions) else None
        return named or self.data_dir / "collector.sqlite3"

    @property
    def over_https(self) -> bool:
        """Whether browsers reach the server over HTTPS; unless said, when TLS ends here or at a proxy in front."""
        return self.https if self.https is not None else self.behind_proxy or self.serve.tls_certificate is not None


def load_config(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> CollectorConfig:
    """The options in ``path``, or in the file the environment names, or the defaults; raises ``ConfigError``."""
    chosen = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    if chosen is None:
        return CollectorConfig()
    return load_options(chosen, CollectorConfig, example="configs/collector.yaml")

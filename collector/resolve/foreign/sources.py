"""Which foreign sources does this installation have, and have they changed?"""

from __future__ import annotations

from collections.abc import Sequence

from collector.resolve.claims import ForeignSource
from collector.resolve.foreign.geo import GeoFile
from collector.resolve.foreign.sql import SqlSource
from collector.settings.attribution import AttributionOptions


def foreign_sources(options: AttributionOptions) -> Sequence[ForeignSource]:
    """Every source that the configuration names; raises ``ConfigError`` where a file cannot be used."""
    files = [GeoFile(chosen).claims for chosen in options.geo_files]
    return [*files, *(SqlSource(chosen).claims for chosen in options.sql_sources)]


def foreign_state(options: AttributionOptions) -> tuple[object, ...]:
    """What changes when another file or table is named, or a file is replaced. A log that grows changes nothing."""
    files = []
    for chosen in options.geo_files:
        known = chosen.path.stat() if chosen.path.exists() else None
        files.append((str(chosen.path), known and (known.st_size, known.st_mtime_ns)))
    return (*files, *(source.model_dump_json(exclude={"password"}) for source in options.sql_sources))

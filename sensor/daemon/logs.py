"""How does the sensor's own log look? One event per line on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from sensor.config.options import LogFormat, LogOptions

_LEVELS = logging.getLevelNamesMapping()


def configure_logs(options: LogOptions) -> None:
    """Set up structlog for this process: level, format, UTC times."""
    renderer: Any = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if options.format is LogFormat.JSON:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[options.level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )

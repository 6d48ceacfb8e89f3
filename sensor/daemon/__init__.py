"""The thin supervisor: sources, engine sessions, pipelines and sinks under one roof."""

from sensor.daemon.logs import configure_logs
from sensor.daemon.plan import Plan, describe, prepare
from sensor.daemon.supervisor import run

__all__ = ["Plan", "configure_logs", "describe", "prepare", "run"]

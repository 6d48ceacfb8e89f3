"""Which commands does the office have? ``minewatch collector …``.

Commands import Django's models only when they run; help never touches the database or the data directory.
"""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from collector.cli import access, accounts, bus, cases, imports, keeping, server, trace
from collector.cli.start import DjangoCommand, use_config

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="The office's side: collector and registry."
)
_EXTENSIONS = (
    "collector.lists.cli",
    "collector.power.cli",
    "collector.bulletin.cli",
    "collector.exchange.cli",
    "collector.watch.cli",
    "collector.cases.cli",
    "collector.resolve.cli",
    "collector.console.cli",
)
"""Modules that may add commands of their own: each exposes ``register(app)``."""


@app.callback()
def _options(
    config: Annotated[Path | None, typer.Option(help="collector.yaml; else MINEWATCH_COLLECTOR_CONFIG")] = None,
) -> None:
    """The office's side: collector, registry, lists."""
    use_config(config)


def _register_all() -> None:
    for module in (server, imports, trace, accounts, access, bus, cases, keeping):
        module.register(app)
    for name in _EXTENSIONS:
        if importlib.util.find_spec(name.rpartition(".")[0]) and importlib.util.find_spec(name):
            import_module(name).register(app)
    for command in app.registered_commands:
        command.cls = DjangoCommand


_register_all()

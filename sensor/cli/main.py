"""Which subcommand is meant? ``minewatch`` and ``main(argv) -> int``.

Subcommands are imported only when they run, so that ``minewatch scan`` does not pay for scapy or Django.
Other packages add subcommands through the entry point group ``minewatch.commands``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from sensor.model.errors import MinewatchError
from sensor.model.garbage import collect_rarely, made_to_stay
from sensor.version import __version__

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter

EXIT_ERROR = 2

COMMANDS = {
    "scan": "Find mining in capture files.",
    "explain": "Tell why a flow is called mining: messages, evidence, arithmetic, a second opinion.",
    "audit": "Tell which machine of an asset table mines, and what could not be seen.",
    "sensor": "Run the sensor: sources, spool and uplink of a configuration file.",
    "verify": "Ask a server whether it is a pool; off unless a configuration turns it on.",
    "doctor": "Tell what is wrong on this host, and how to mend it.",
    "signatures": "Lint, test, list and show signatures.",
    "model": "Check, use, take back or sign a model of behaviour.",
    "simulate": "Make the traffic of a mining session, or of something that only looks like one.",
    "demo": "Play a day of an egress link from packet to weekly list.",
}


class LazyGroup(TyperGroup):
    """A group whose commands are modules, imported on first use."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Names in the order of the help page."""
        return [*COMMANDS, *sorted(_plugins())]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Import one subcommand; None when there is no such."""
        if cmd_name in COMMANDS:
            with made_to_stay():
                app = import_module(f"sensor.cli.{cmd_name}").app
        elif cmd_name in _plugins():
            app = _plugins()[cmd_name].load()
        else:
            return None
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Help without importing any subcommand."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS.get(name, "The office's side.")) for name in self.list_commands(ctx)])


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; answers the exit status. Faults a user can mend become one line on stderr."""
    try:
        command_line()(args=list(sys.argv[1:] if argv is None else argv), prog_name="minewatch")
    except MinewatchError as fault:
        sys.stderr.write(f"minewatch: error: {fault}\n")
        return EXIT_ERROR
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 0
    return 0


def entry() -> None:
    """The console script."""
    collect_rarely()
    # Whatever else is installed, none of it is to run on what goes through the models; to look for it takes long, too.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.exit(main())


def command_line() -> Command:
    """The whole command line; subcommands are imported when they are asked for."""
    app = typer.Typer(
        cls=LazyGroup, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    app.callback(invoke_without_command=True)(_root)
    return typer.main.get_command(app)


def _root(version: bool = typer.Option(False, "--version", help="Show release, engine and signature set.")) -> None:
    """Finds cryptocurrency mining in network traffic and leads it to the enterprise and address behind it."""
    if version:
        typer.echo(_version_line())
        raise typer.Exit


def _version_line() -> str:
    from sensor.cli.options import signature_set
    from sensor.engine.select import choose_engine

    name = choose_engine(os.environ).name
    engine = (
        name if name == "native" else f"{name} (complete but slow; the native one is built where Rust is installed)"
    )
    return f"minewatch {__version__} · engine {engine} · signatures {signature_set().fingerprint[:16]}"


def _plugins() -> dict[str, EntryPoint]:
    # Imported when a plug-in is asked for: the reader of package metadata is slow to load.
    from importlib.metadata import entry_points

    return {plugin.name: plugin for plugin in entry_points(group="minewatch.commands")}


if __name__ == "__main__":
    entry()

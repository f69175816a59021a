"""The verbs of the command line, each in a file of its own that is imported when it is called.

A file imports what its verb needs when it runs, so that help and usage errors load no numerics. A new verb
is a file ``simulations/cli/<verb>.py`` with a function ``run`` (Typer options as parameters, the exit status
as its value, its docstring the help) and its name in ``VERBS``, which is the order of the help.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup
from typer.main import get_command

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

VERBS = (
    "verify",
    "bounds",
    "evaluate",
    "measure",
    "certify",
    "prove",
    "attack",
    "check",
    "new",
    "sweep",
    "network",
    "plot",
    "bench",
)


class LazyVerbs(TyperGroup):
    """A group whose commands are the files beside this one."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Names in the order of the help."""
        return [*VERBS, *(name for name in super().list_commands(ctx) if name not in VERBS)]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The command of that name; its file is imported now. None for a name that is no verb."""
        if cmd_name not in VERBS:
            return super().get_command(ctx, cmd_name)
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(cmd_name)(importlib.import_module(f"simulations.cli.{cmd_name}").run)
        return get_command(app)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """The list of verbs with the first line of their help, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._short_help(ctx, name)) for name in self.list_commands(ctx)])

    def _short_help(self, ctx: Context, name: str) -> str:
        if name not in VERBS:
            command = super().get_command(ctx, name)
            return "" if command is None else str(command.get_short_help_str())
        tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
        run = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "run")
        return (ast.get_docstring(run) or "").split("\n")[0]

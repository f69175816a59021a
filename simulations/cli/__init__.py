"""The `collapse` command: one file a verb, which is imported when the verb is called.

Exit status: 0 all well; 1 a bound was violated, a proof failed or a check did not hold; 2 wrong input
(one line on stderr, no traceback); the rest as ``simulations.runtime.exits`` says.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.cli.verbs import LazyVerbs
from simulations.runtime import exits
from simulations.runtime.errors import InputError, printable
from simulations.runtime.exits import Interrupted
from simulations.runtime.gpu_errors import gpu_error
from simulations.runtime.workers import quiet
from theory.inheritance import override

if TYPE_CHECKING:
    from typer._click import Context


class Verbs(LazyVerbs):
    """Ctrl-C is reported by ``main``: newer versions of Typer make a silent exit status of it."""

    @override
    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: object
    ) -> Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except KeyboardInterrupt as wrong:
            raise Interrupted(str(wrong)) from None

    @override
    def invoke(self, ctx: Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as wrong:
            raise Interrupted(str(wrong)) from None


app = typer.Typer(
    cls=Verbs,
    name="collapse",
    help="Verify, measure and extend the theory of neural collapse in transfer learning.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# Typer brings its own copy of Click from 0.16 on; either way this is the base of its usage errors.
_USAGE_ERROR: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")


def _version(wanted: bool) -> None:
    if wanted:
        from simulations.runtime.version import version

        typer.echo(f"collapse {version()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        return
    try:
        os.getcwd()
    except OSError:  # neither relative paths nor worker processes have a folder to start from
        raise InputError("the current folder is gone; change to one that exists") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; the console script exits with it."""
    if arguments is None:
        quiet()

    def command() -> int:
        try:
            return int(app(args=None if arguments is None else list(arguments), standalone_mode=False) or 0)
        finally:
            _name_broken_plugins()

    return exits.guarded(command, _usage)


def _name_broken_plugins() -> None:
    # Modules are not loaded for the sake of their messages: only a verb that has used one can have caught its
    # error.
    plugins = sys.modules.get("theory.plugins")
    for line in getattr(plugins, "PROBLEMS", ()):
        exits.complain(line)


def _usage(wrong: Exception) -> str | None:
    """The line for a usage error of Typer's, and for an error on a GPU."""
    if isinstance(wrong, typer.Abort):
        return "interrupted"
    if not isinstance(wrong, _USAGE_ERROR):
        return gpu_error(wrong)
    text = printable(wrong.format_message().replace("\n", " "))
    command = getattr(getattr(wrong, "ctx", None), "command_path", None)
    return f"{text.rstrip('.')}; see {command or 'collapse'} --help"


if __name__ == "__main__":
    sys.exit(main())

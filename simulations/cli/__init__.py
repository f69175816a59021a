"""The `collapse` command: one file a verb, which is imported when the verb is called.

Exit status: 0 all well; 1 a bound was violated, a proof failed or a check did not hold; 2 wrong input
(one line on stderr, no traceback).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from typing import Annotated, Any

import typer

from simulations.cli.verbs import LazyVerbs
from simulations.runtime.card_errors import card_error
from simulations.runtime.errors import InputError, printable
from simulations.runtime.workers import quiet


class Interrupted(Exception):
    """Ctrl-C; ``str()`` says how to go on, where the verb knows."""


class Verbs(LazyVerbs):
    """Ctrl-C is told by ``main``: newer versions of Typer make a silent exit status of it."""

    def invoke(self, ctx: Any) -> Any:
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; the console script exits with it."""
    if arguments is None:
        quiet()
    try:
        status = app(args=None if arguments is None else list(arguments), standalone_mode=False)
        return int(status or 0)
    except InputError as wrong:
        return _complain(str(wrong))
    except _USAGE_ERROR as wrong:
        return _complain(_usage(wrong))
    except (Interrupted, typer.Abort, KeyboardInterrupt) as wrong:
        said = str(wrong)
        typer.echo("collapse: interrupted" + (f"; {printable(said)}" if said else ""), err=True)
        return 1
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`); nothing is wrong and nothing more can be said.
        sys.stderr.close()
        return 0
    except BrokenExecutor:
        return _complain(
            "a worker process was ended from outside, perhaps for want of memory; use fewer --jobs"
        )
    except MemoryError:
        return _complain("not enough memory for input of this size; use fewer samples, classes or dimensions")
    except Exception as wrong:
        line = card_error(wrong)
        if line is None:
            raise
        return _complain(line)
    finally:
        _name_broken_plugins()


def _name_broken_plugins() -> None:
    # Nothing is loaded for their sake: only a verb that has met them has anything to tell.
    plugins = sys.modules.get("theory.plugins")
    for line in getattr(plugins, "PROBLEMS", ()):
        _complain(line)


def _usage(wrong: Any) -> str:
    text = printable(wrong.format_message().replace("\n", " "))
    command = getattr(getattr(wrong, "ctx", None), "command_path", None)
    return f"{text.rstrip('.')}; see {command or 'collapse'} --help"


def _complain(line: str) -> int:
    typer.echo(f"collapse: {printable(line, 1000)}", err=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())

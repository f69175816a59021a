"""`--with FILE.py` of the verbs: the user's own files join; mistakes in them are reported in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

With = Annotated[
    list[Path] | None,
    typer.Option(
        "--with",
        metavar="FILE.py",
        help="A Python file whose bounds, families, populations and engines join; repeatable.",
    ),
]


@contextmanager
def quietly(paths: Sequence[Path] | None) -> Iterator[None]:
    """Around a computation in this process: what the code of user's files prints goes to stderr, and what it
    raises becomes one InputError that names the file."""
    if not paths:
        yield
        return
    from simulations.plugins.mistakes import in_file
    from simulations.runtime.errors import InputError
    from simulations.runtime.stdout import stdout_to_stderr

    try:
        with stdout_to_stderr():
            yield
    except (InputError, MemoryError):
        raise
    except Exception as wrong:
        for path in paths:
            line = in_file(wrong, path.resolve())
            if line is not None:
                raise InputError(line, file=path) from None
        raise


def join_user_files(paths: Sequence[Path] | None) -> None:
    """Enter what the files define, here and in the workers. Raises InputError for an author's mistake."""
    if not paths:
        return
    from simulations.jobs.check.run_checks import mistakes
    from simulations.plugins.join import join_everywhere
    from simulations.plugins.load import load_extension
    from simulations.runtime.errors import InputError
    from simulations.runtime.stdout import stdout_to_stderr

    # A file is a user's program: what it prints is not part of the output.
    with stdout_to_stderr():
        for path in paths:
            extension = load_extension(path)
            # A file with a family alone has nothing to check, but can still be added with --with.
            try:
                wrong = mistakes(extension) if extension.bounds else []
            except InputError as mistake:
                raise mistake.within(path) from None
            if wrong:
                raise InputError(wrong[0], file=path)
        join_everywhere([str(path) for path in paths])

"""`--with FILE.py`: what a user's file defines joins the catalogue, the families, engines and the suite."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulations.plugins.load import Extension, load_extension
from simulations.plugins.mistakes import unprintable
from simulations.populations import suite
from simulations.runtime.errors import InputError
from simulations.runtime.workers import PREPARATIONS
from theory import catalogue


def join_files(paths: Sequence[str]) -> list[Extension]:
    """Load every file and enter what it defines, in this process alone.

    Families and engines join when a file is loaded. Raises InputError naming the file.
    """
    extensions = []
    for path in paths:
        extension = load_extension(Path(path))
        try:
            for refusal in filter(None, map(unprintable, extension.bounds.values())):
                raise InputError(refusal)
            catalogue.join(extension.bounds.values())
            for name, population in extension.populations.items():
                suite.join(name, population)
        except InputError as wrong:
            raise wrong.within(extension.path) from None
        except ValueError as wrong:
            raise InputError(str(wrong), file=extension.path) from None
        extensions.append(extension)
    return extensions


def join_everywhere(paths: Sequence[str]) -> list[Extension]:
    """The same, and in every worker process that is started from now on."""
    extensions = join_files(paths)
    if paths:
        PREPARATIONS.append((join_files, ([str(Path(path).resolve()) for path in paths],)))
    return extensions
